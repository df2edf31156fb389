#include "unit/live/rooms_fixture.hpp"

#include <random>

namespace parley::test {
namespace {

// How long rooms stay, and that a loop which waits for next_due() is not kept busy by them.

TEST_F(RoomsTest, ARoomStaysForThoseWhoComeBack) {
    open();
    publish(store.vote(1));
    say({0, 1}, Watch{});
    EXPECT_EQ(rooms.watched().size(), 1U) << "and the sweep keeps it true";
    publish(store.vote(2));
    pass(room_linger_ms - milliseconds(1));
    say({0, 2}, Watch{1, false, false});
    EXPECT_EQ(heard({0, 2}), (Lines{"opened 2"}));
    say({0, 2}, CatchUpRequest{{0}});
    EXPECT_EQ(heard({0, 2}), (Lines{"caught up 0-2"}));
    EXPECT_TRUE(port.reads.empty());
    pass(room_linger_ms);
    EXPECT_EQ(rooms.watched().size(), 1U);
}

TEST_F(RoomsTest, ARoomThatNobodyComesBackToIsClosed) {
    open();
    say({0, 1}, Watch{});
    pass(room_linger_ms - milliseconds(1));
    EXPECT_EQ(rooms.stats().rooms, 1U);
    pass(milliseconds(1));
    EXPECT_EQ(rooms.stats().rooms, 0U);
    EXPECT_FALSE(rooms.next_due());
}

TEST_F(RoomsTest, ARoomThatNobodyWatchesReadsNothing) {
    open();
    say({0, 1}, Watch{});
    store.vote(1);
    sweep();
    publish(store.vote(1));
    pass(milliseconds(1'000));
    EXPECT_TRUE(port.reads.empty());
    watch();
    EXPECT_EQ(heard(), (Lines{"opened 0"}));
    answer_all();
    tick();
    EXPECT_EQ(heard().back(), "updated 0-2") << "it heals for whoever comes back";
}

TEST_F(RoomsTest, AtMostSoManyRoomsLingerAndTheOldestGoFirst) {
    const std::size_t count = rooms_lingering_count_max + 10;
    for (std::size_t i = 0; i < count; ++i) {
        const DiscussionId id{"d" + std::to_string(i)};
        rooms.on_message({id, {0, i + 1}, Watch{1, false, false}}, now);
        rooms.on_message({id, {0, i + 1}, Watch{}}, now);
        now += milliseconds(1);
    }
    tick();
    EXPECT_EQ(rooms.stats().rooms, rooms_lingering_count_max);
    const auto watched = rooms.watched();
    EXPECT_EQ(std::count(watched.begin(), watched.end(), DiscussionId{"d9"}), 0);
    EXPECT_EQ(std::count(watched.begin(), watched.end(), DiscussionId{"d10"}), 1);
    pass(room_linger_ms);
    EXPECT_EQ(rooms.stats().rooms, 0U);
    EXPECT_FALSE(rooms.next_due());
}

TEST_F(RoomsTest, AWaitingLoopIsSeldomWokenByAQuietRoom) {
    open();
    ticks = 0;
    pass(milliseconds(60'000));
    EXPECT_LE(ticks, 2 * 60 + 10) << "no sweep proves anything, so `current` is looked at again";
}

TEST_F(RoomsTest, AWaitingLoopDoesNotSpinWhileTheStoreIsSilent) {
    watch();
    pass(milliseconds(60'000));
    EXPECT_LE(ticks, 2 * 60 + 10);
    answer_all();
    ticks = 0;
    store.vote(1);
    sweep();
    say({0, 1}, CatchUpRequest{{-3}});
    say({0, 1}, Doubt{9});
    pass(milliseconds(60'000));
    EXPECT_LE(ticks, 2 * 60 + 10);
}

TEST_F(RoomsTest, AWaitingLoopDoesNotSpinWhileTheStoreFails) {
    open();
    store.vote(1);
    publish(store.vote(1));
    say({0, 1}, CatchUpRequest{{-3}});
    say({0, 1}, Doubt{9});
    ticks = 0;
    int failed = 0;
    for (int i = 0; i < 60'000; ++i) {
        pass(milliseconds(1));
        for (; !port.reads.empty(); ++failed) fail_one(Errc::unavailable);
    }
    EXPECT_LE(ticks, 4 * 60 + 10);
    EXPECT_LE(failed, 2 * 60 + 10);
}

// Whatever happens in whatever order: after each tick the loop may wait, or ticks a few times more.
TEST_F(RoomsTest, TheAgendaNeverStaysInThePast) {
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto pick = [&](std::uint32_t bound) {
        return static_cast<std::uint32_t>(random() % bound);
    };
    for (int step = 0; step < 20'000; ++step) {
        now += milliseconds(pick(20));
        const WatchId id{pick(2), 1 + pick(2)};
        switch (pick(11)) {
            case 0: say(id, Watch{pick(4) * 500, pick(2) == 0, pick(2) == 0}); break;
            case 1: say(id, CatchUpRequest{{static_cast<Seq>(pick(100))}}); break;
            case 2: say(id, Doubt{store.position.seq + pick(3)}); break;
            case 3: rooms.on_changeset(store.vote(1), now); break;
            case 4: rooms.on_changeset(store.post(static_cast<int>(pick(9))), now); break;
            case 5: store.vote(2); break;
            case 6: sweep(); break;
            case 7:
            case 8:
                if (!port.reads.empty()) answer_one();
                break;
            case 9:
                if (!port.reads.empty()) {
                    fail_one(pick(2) == 0 ? Errc::unavailable : Errc::precondition_too_far);
                }
                break;
            case 10:
                if (pick(200) == 0) store.restore("e" + std::to_string(step));
                else if (pick(20) == 0) pass(milliseconds(pick(11'000)));
                break;
        }
        tick();
        const auto due = rooms.next_due();
        ASSERT_TRUE(!due || *due > now) << "step " << step;
        ASSERT_LE(port.reads.size(), 10U);
        port.told.clear();
    }
}

}  // namespace
}  // namespace parley::test
