#include "unit/live/live_fixture.hpp"

namespace parley::test {
namespace {

// How a reader subscribes, follows and leaves.

TEST_F(LiveTest, ASubscriberWithoutAPositionStartsFromNow) {
    store.vote(1);
    const ConnectionId id = subscribe(home);
    run_with_store();
    EXPECT_EQ(home.drain(id), (Lines{"subscribed 1", "current 1", "presence 1"}));
    publish(store.vote(1));
    EXPECT_EQ(home.drain(id), (Lines{"update 1-2"}));
}

TEST_F(LiveTest, ASubscriberWhoIsLevelIsLiveAtOnce) {
    live_reader(home);
    const ConnectionId id = subscribe(home, 0);
    EXPECT_EQ(home.drain(id), (Lines{"subscribed 0"}));
    run();
    EXPECT_EQ(home.drain(id), (Lines{"current 0", "presence 2"}));
    EXPECT_TRUE(port.reads.empty());
}

TEST_F(LiveTest, ASubscriberBehindGetsOneCatchUpThenLiveUpdates) {
    for (int i = 0; i < 5; ++i) store.vote(i);
    const ConnectionId id = subscribe(other, 2);
    run_with_store();
    const Lines lines = other.drain(id);
    ASSERT_GE(lines.size(), 2U);
    EXPECT_EQ(lines[0], "subscribed 5");
    EXPECT_EQ(lines[1], "update 2-5");
    publish(store.vote(1));
    EXPECT_EQ(other.drain(id).back(), "update 5-6");
    EXPECT_EQ(other.hub.stats().catch_ups, 1U);
}

TEST_F(LiveTest, OneFrameServesAllReadersOfAShard) {
    const ConnectionId a = live_reader(home);
    const ConnectionId b = live_reader(home);
    publish(store.vote(1));
    std::array<std::string_view, 8> of_a;
    std::array<std::string_view, 8> of_b;
    ASSERT_EQ(home.hub.gather(a, of_a), home.hub.gather(b, of_b));
    EXPECT_EQ(of_a[0].data(), of_b[0].data());
}

TEST_F(LiveTest, ReadersAreWokenWhenSomethingWaits) {
    const ConnectionId id = live_reader(home);
    home.port.woken.clear();
    publish(store.vote(1));
    publish(store.vote(1));
    EXPECT_EQ(home.port.woken, std::vector<ConnectionId>{id}) << "once, until it was emptied";
    home.drain(id);
    publish(store.vote(1));
    EXPECT_EQ(home.port.woken.size(), 2U);
}

TEST_F(LiveTest, AnotherEpochIsToldToReload) {
    live_reader(home);
    const ConnectionId early = other.hub.connect(FrameForm::plain);
    const ConnectionId late = home.hub.connect(FrameForm::plain);
    other.hub.subscribe(early, tram, Epoch{"old"}, 3);
    home.hub.subscribe(late, tram, Epoch{"old"}, 3);
    run_with_store();
    EXPECT_EQ(other.drain(early), (Lines{"reload epoch"}));
    EXPECT_EQ(home.drain(late), (Lines{"reload epoch"}));
    EXPECT_EQ(other.hub.stats().subscriptions, 0U);
    pass(room_linger_ms);
    EXPECT_EQ(rooms.stats().rooms, 1U);
}

TEST_F(LiveTest, ANewEpochReloadsEveryReader) {
    const ConnectionId a = live_reader(home);
    const ConnectionId b = live_reader(other);
    store.restore("b");
    sweep();
    run();
    EXPECT_EQ(home.drain(a).back(), "reload epoch");
    EXPECT_EQ(other.drain(b), (Lines{"reload epoch"}));
    home.hub.subscribe(a, tram, store.position.epoch, 0);
    run();
    EXPECT_EQ(home.drain(a), (Lines{"subscribed 0", "current 0", "presence 1"}));
}

TEST_F(LiveTest, APositionAheadOfTheRoomWaitsForTheCommitItHasSeen) {
    live_reader(home);
    const auto unseen = store.vote(1);
    const ConnectionId id = subscribe(other, 1);
    run();
    EXPECT_EQ(other.drain(id), Lines{});
    publish(unseen);
    EXPECT_EQ(other.drain(id).front(), "subscribed 1");
    run_with_store();
    publish(store.vote(1));
    EXPECT_EQ(other.drain(id).back(), "update 1-2");
}

TEST_F(LiveTest, APositionAheadOfTheStoreIsToldToReload) {
    live_reader(home);
    const ConnectionId id = subscribe(home, 7);
    run_with_store();
    EXPECT_EQ(home.drain(id), (Lines{"reload ahead"}));
    const ConnectionId first = subscribe(other, 7);
    run_with_store();
    EXPECT_EQ(other.drain(first), (Lines{"reload ahead"}));
}

TEST_F(LiveTest, UnknownDiscussionsAndPositionsWithoutAnEpochAreErrors) {
    const ConnectionId id = home.hub.connect(FrameForm::plain);
    home.hub.subscribe(id, tram, std::nullopt, 3);
    EXPECT_EQ(home.drain(id), (Lines{"error epoch_required"}));
    home.hub.subscribe(id, tram, std::nullopt, 0);
    run();
    rooms.on_position(port.reads.front().room, std::optional<Position>(), now);
    run();
    EXPECT_EQ(home.drain(id), (Lines{"error unknown_discussion"}));
    EXPECT_EQ(home.hub.stats().subscriptions, 0U);
    EXPECT_EQ(rooms.stats().rooms, 0U);
}

TEST_F(LiveTest, SubscriptionsOfOneConnectionAreBounded) {
    limits.subscriptions_per_connection_max = 2;
    const ConnectionId id = home.hub.connect(FrameForm::plain);
    for (const char* name : {"one", "two", "three", "two"}) {
        home.hub.subscribe(id, DiscussionId{name}, std::nullopt, std::nullopt);
    }
    EXPECT_EQ(home.drain(id), (Lines{"error too_large"}));
    EXPECT_EQ(home.hub.stats().subscriptions, 2U);
    home.hub.unsubscribe(id, DiscussionId{"one"});
    home.hub.subscribe(id, DiscussionId{"three"}, std::nullopt, std::nullopt);
    EXPECT_EQ(home.drain(id), Lines{});
}

TEST_F(LiveTest, SubscribingAgainReplacesTheSubscription) {
    for (int i = 0; i < 5; ++i) store.vote(i);
    live_reader(home);
    const ConnectionId id = live_reader(home);
    publish(store.vote(1));
    home.drain(id);
    publish(store.vote(1));
    home.hub.subscribe(id, tram, store.position.epoch, 3);
    run_with_store();
    const Lines lines = home.drain(id);
    ASSERT_GE(lines.size(), 2U);
    EXPECT_EQ(lines[0], "subscribed 7") << "what waited for the one before is gone";
    EXPECT_EQ(lines[1], "update 3-7");
    EXPECT_EQ(home.hub.stats().subscriptions, 2U);
}

TEST_F(LiveTest, AReaderMayLeaveInEveryState) {
    for (int i = 0; i < 9; ++i) store.vote(i);
    const ConnectionId stays = live_reader(home);
    for (const bool whole : {false, true}) {
        const ConnectionId live = live_reader(home);
        const ConnectionId behind = subscribe(home, 2);
        const ConnectionId waiting = subscribe(home, 99);
        const ConnectionId fresh = subscribe(other, 2);
        run();
        publish(store.vote(1));
        for (const ConnectionId id : {live, behind, waiting}) {
            if (whole) home.hub.disconnect(id);
            else home.hub.unsubscribe(id, tram);
        }
        if (whole) other.hub.disconnect(fresh);
        else other.hub.unsubscribe(fresh, tram);
        run_with_store();
        EXPECT_EQ(home.hub.stats().subscriptions, 1U);
        EXPECT_EQ(other.hub.stats().subscriptions, 0U);
        for (const ConnectionId id : {live, behind, waiting}) {
            for (const std::string& line : home.drain(id)) EXPECT_FALSE(line.starts_with("update"));
        }
        home.drain(stays);
    }
    publish(store.vote(1));
    EXPECT_EQ(home.drain(stays).back().substr(0, 6), "update");
    home.hub.disconnect(stays);
    home.hub.disconnect(stays);
    run();
    EXPECT_EQ(home.hub.stats().connections, 3U) << "the others only unsubscribed";
    pass(room_linger_ms);
    EXPECT_EQ(rooms.stats().rooms, 0U);
}

TEST_F(LiveTest, TheLastWordIsTheLast) {
    const ConnectionId id = live_reader(home);
    publish(store.vote(1));
    home.hub.send_control(id, FrameEncoder::control(WireOpcode::ping));
    home.hub.send_last(id, FrameEncoder::close(1012));
    publish(store.vote(1));
    home.hub.send(id, home.encoder.text("{}", false));
    home.hub.send_control(id, FrameEncoder::control(WireOpcode::ping));
    home.hub.subscribe(id, tram, store.position.epoch, 0);
    run_with_store();
    EXPECT_EQ(home.drain(id), (Lines{"ping", "close"}));
}

TEST_F(LiveTest, AFormIsWhatTheReaderTakes) {
    const ConnectionId stream = home.hub.connect(FrameForm::event);
    home.hub.subscribe(stream, tram, std::nullopt, std::nullopt);
    const ConnectionId deflated = home.hub.connect(FrameForm::deflated);
    home.hub.subscribe(deflated, tram, std::nullopt, std::nullopt);
    run_with_store();
    home.drain(stream);
    home.drain(deflated);
    publish(store.post(1, 1'900));
    EXPECT_GT(home.hub.queued_bytes(stream), 1'900U);
    EXPECT_LT(home.hub.queued_bytes(deflated), 1'000U);
    std::array<std::string_view, 8> pieces;
    ASSERT_GE(home.hub.gather(stream, pieces), 2U);
    EXPECT_EQ(pieces[0], "id: ");
    EXPECT_EQ(pieces[1], "a:1");
}

}  // namespace
}  // namespace parley::test
