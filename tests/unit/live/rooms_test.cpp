#include "unit/live/rooms_fixture.hpp"

namespace parley::test {
namespace {

// How a room opens, who watches it, and how it ends.

TEST_F(RoomsTest, AWatchOpensARoomAndIsToldItsPosition) {
    store.vote(1);
    watch();
    EXPECT_EQ(rooms.watched(), std::vector<DiscussionId>{tram});
    EXPECT_EQ(port.reads.size(), 1U);
    EXPECT_EQ(heard(), Lines{});
    answer_all();
    EXPECT_EQ(heard(), (Lines{"opened 1"}));
    publish(store.vote(1));
    EXPECT_EQ(heard(), (Lines{"presence 1", "updated 1-2"}));
}

TEST_F(RoomsTest, HoldsWhatComesBeforeItsFirstRead) {
    store.vote(1);
    watch();
    const auto second = store.vote(1);
    const auto third = store.vote(2);
    publish(third);
    publish(second);
    EXPECT_EQ(heard(), Lines{});
    // The read was made before both.
    const RoomTicket room = port.reads.front().room;
    port.reads.pop_front();
    rooms.on_position(room, std::optional<Position>(Position{store.position.epoch, 1}), now);
    EXPECT_EQ(heard(), (Lines{"opened 3"}));
    publish(store.vote(3));
    EXPECT_EQ(heard().back().substr(0, 7), "updated");
    EXPECT_TRUE(port.reads.empty());
}

TEST_F(RoomsTest, AnUnknownDiscussionIsGoneAndTheRoomIsClosed) {
    watch(1, 0);
    watch(1, 1);
    rooms.on_position(port.reads.front().room, std::optional<Position>(), now);
    EXPECT_EQ(heard(), (Lines{"gone unknown_discussion"}));
    EXPECT_EQ(heard({1, 1}), (Lines{"gone unknown_discussion"}));
    EXPECT_TRUE(rooms.watched().empty());
    EXPECT_FALSE(rooms.next_due());
    say({0, 1}, Watch{});
    say({0, 1}, CatchUpRequest{{3}});
    EXPECT_TRUE(rooms.watched().empty()) << "what is under way opens nothing";
}

TEST_F(RoomsTest, ADiscussionThatVanishesIsGoneToo) {
    open();
    say({0, 1}, CatchUpRequest{{-5}});
    fail_one(Errc::unknown_discussion);
    rooms.on_position(port.reads.front().room, std::optional<Position>(), now);
    EXPECT_EQ(heard(), (Lines{"gone unknown_discussion"}));
    EXPECT_TRUE(rooms.watched().empty());
}

TEST_F(RoomsTest, AWatchOfARoomThatIsClosedOpensItAgain) {
    watch();
    const RoomTicket first = port.reads.front().room;
    rooms.on_position(first, std::optional<Position>(), now);
    heard();
    say({0, 2}, Watch{2, false, false});
    EXPECT_EQ(port.reads.size(), 2U);
    rooms.on_position(first, std::optional<Position>(store.position), now);
    EXPECT_EQ(heard({0, 2}), Lines{}) << "an answer for the room before";
    port.reads.pop_front();
    answer_all();
    EXPECT_EQ(heard({0, 2}), (Lines{"opened 0"}));
}

TEST_F(RoomsTest, EveryWatchingShardIsTold) {
    open(3);
    watch(4, 1);
    EXPECT_EQ(heard({1, 1}), (Lines{"opened 0"}));
    publish(store.vote(1));
    EXPECT_EQ(heard(), (Lines{"presence 7", "updated 0-1"}));
    EXPECT_EQ(heard({1, 1}), (Lines{"presence 7", "updated 0-1"}));
    say({1, 1}, Watch{});
    publish(store.vote(1));
    EXPECT_EQ(heard({1, 1}), Lines{});
    EXPECT_EQ(heard(), (Lines{"presence 3", "updated 1-2"}));
}

TEST_F(RoomsTest, AllShardsShareOneFrame) {
    open();
    watch(1, 1);
    port.told.clear();
    publish(store.vote(1));
    std::vector<Frame> frames;
    for (const ToHub& message : port.told) {
        if (const auto* update = std::get_if<Updated>(&message.what)) {
            frames.push_back(update->frame);
        }
    }
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0], frames[1]);
    EXPECT_EQ(frames[0]->event_id, "a:1");
    EXPECT_EQ(parse_frame(frames[0]).at("topic").as_string(), "discussion:tram");
}

TEST_F(RoomsTest, AFrameIsDeflatedWhereSomebodyTakesThat) {
    open();
    const auto deflated = [&] {
        publish(store.post(1, 5'000));
        const bool is = !std::get<Updated>(port.told.back().what).frame->deflated.empty();
        port.told.clear();
        return is;
    };
    EXPECT_FALSE(deflated());
    say({1, 1}, Watch{1, true, false});
    EXPECT_TRUE(deflated());
    say({1, 1}, Watch{1, false, false});
    EXPECT_FALSE(deflated());
}

TEST_F(RoomsTest, ANewerWatchOfAShardReplacesTheOlder) {
    open();
    say({0, 2}, Watch{1, false, false});
    EXPECT_EQ(heard({0, 2}), (Lines{"opened 0"}));
    say({0, 1}, Watch{});
    publish(store.vote(1));
    EXPECT_EQ(heard({0, 1}), Lines{});
    EXPECT_EQ(heard({0, 2}).back(), "updated 0-1") << "the end of the older ends it no more";
}

TEST_F(RoomsTest, AFailedPositionReadIsTriedAgainAfterAWhile) {
    watch();
    fail_one(Errc::unavailable);
    pass(milliseconds(499));
    EXPECT_TRUE(port.reads.empty());
    pass(milliseconds(1));
    EXPECT_EQ(port.reads.size(), 1U);
    answer_all();
    EXPECT_EQ(heard(), (Lines{"opened 0"}));
}

TEST_F(RoomsTest, RoomsAreCountedWithWhatTheyDo) {
    open();
    publish(store.vote(1));
    store.vote(1);
    sweep();
    answer_all();
    say({0, 1}, CatchUpRequest{{0, -7}});
    answer_all();
    tick();
    const Rooms::Stats stats = rooms.stats();
    EXPECT_EQ(stats.rooms, 1U);
    EXPECT_EQ(stats.changesets, 2U);
    EXPECT_EQ(stats.flushes, 2U);
    EXPECT_EQ(stats.heals, 1U);
    EXPECT_EQ(stats.store_reads, 2U);
    EXPECT_EQ(stats.catch_ups, 2U);
    EXPECT_EQ(stats.restarts, 0U);
}

}  // namespace
}  // namespace parley::test
