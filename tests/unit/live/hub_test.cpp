#include "hub_fixture.hpp"

namespace parley::test {
namespace {

using Types = std::vector<std::string>;
using std::chrono::milliseconds;

TEST_F(HubTest, ASubscriberWithoutAPositionStartsFromNow) {
    store.commit(CommentId{1});
    const ConnectionId id = reader();
    EXPECT_EQ(types(drain(id)), (Types{"subscribed", "current"}));
    commit_and_publish();
    const auto frames = drain(id);
    ASSERT_EQ(types(frames), (Types{"update"}));
    EXPECT_EQ(frames[0].at("prev").as_int64(), 1);
    EXPECT_EQ(frames[0].at("seq").as_int64(), 2);
}

TEST_F(HubTest, ASubscriberBehindGetsOneCatchUpThenLiveUpdates) {
    for (int i = 0; i < 5; ++i) store.commit(CommentId{i});
    const ConnectionId id = reader(2);
    auto frames = drain(id);
    ASSERT_EQ(types(frames), (Types{"subscribed", "update"}));
    EXPECT_EQ(frames[1].at("prev").as_int64(), 2);
    EXPECT_EQ(frames[1].at("seq").as_int64(), 5);
    commit_and_publish();
    frames = drain(id);
    ASSERT_EQ(types(frames), (Types{"update"}));
    EXPECT_EQ(frames[0].at("prev").as_int64(), 5);
}

TEST_F(HubTest, CommitsDuringACatchUpAreNeitherLostNorDoubled) {
    for (int i = 0; i < 5; ++i) store.commit(CommentId{i});
    const ConnectionId first = reader();
    drain(first);
    const ConnectionId id = hub.connect();
    hub.subscribe(id, tram, store.position.epoch, 1, now);
    ASSERT_EQ(port.reads.size(), 1u);
    const Changeset read_early = store.since(1);
    const RecordingPort::Read read = port.reads.front();
    port.reads.pop_front();
    commit_and_publish(9);
    hub.on_changes(read.room, 1, read_early, now);
    const auto frames = drain(id);
    ASSERT_EQ(types(frames), (Types{"subscribed", "update"}));
    EXPECT_EQ(frames[1].at("seq").as_int64(), 6);
    EXPECT_TRUE(port.reads.empty());
    commit_and_publish(9);
    EXPECT_EQ(drain(id).at(0).at("prev").as_int64(), 6);
}

TEST_F(HubTest, OneFrameServesAllReaders) {
    const ConnectionId a = reader();
    const ConnectionId b = reader();
    drain(a);
    drain(b);
    commit_and_publish();
    EXPECT_EQ(hub.take(a, now).get(), hub.take(b, now).get());
}

TEST_F(HubTest, AnotherEpochIsToldToReload) {
    const ConnectionId id = hub.connect();
    hub.subscribe(id, tram, Epoch{"old"}, 3, now);
    answer_all();
    const auto frames = drain(id);
    ASSERT_EQ(types(frames), (Types{"reload"}));
    EXPECT_EQ(frames[0].at("reason").as_string(), "epoch");
    EXPECT_TRUE(hub.watched().empty()) << "nobody is left in the room";
}

TEST_F(HubTest, APositionAheadOfTheRoomWaitsForTheCommitItHasSeen) {
    const ConnectionId first = reader();
    drain(first);
    const auto unseen = store.commit(CommentId{1});
    const ConnectionId id = hub.connect();
    hub.subscribe(id, tram, store.position.epoch, 1, now);
    answer_all();
    EXPECT_EQ(types(drain(id)), (Types{"subscribed", "current"}));
    hub.on_changeset(unseen, now);
    EXPECT_TRUE(drain(id).empty());
}

TEST_F(HubTest, APositionAheadOfTheStoreIsToldToReload) {
    const ConnectionId id = reader(7);
    const auto frames = drain(id);
    ASSERT_EQ(types(frames), (Types{"reload"}));
    EXPECT_EQ(frames[0].at("reason").as_string(), "ahead");
}

TEST_F(HubTest, UnknownDiscussionsAndPositionsWithoutEpochAreErrors) {
    const ConnectionId id = hub.connect();
    hub.subscribe(id, tram, std::nullopt, 3, now);
    EXPECT_EQ(drain(id).at(0).at("code").as_string(), "epoch_required");
    hub.subscribe(id, tram, std::nullopt, std::nullopt, now);
    ASSERT_EQ(port.reads.size(), 1u);
    hub.on_position(port.reads.front().room, std::optional<Position>(), now);
    const auto frames = drain(id);
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].at("code").as_string(), "unknown_discussion");
    EXPECT_EQ(frames[0].at("topic").as_string(), tram_topic);
}

TEST_F(HubTest, ASlowReaderGetsOneMergedUpdateInsteadOfAGrowingQueue) {
    const ConnectionId slow = reader();
    const ConnectionId quick = reader();
    drain(slow);
    drain(quick);
    for (int i = 0; i < 200; ++i) {
        commit_and_publish(i % 3);
        drain(quick);
    }
    EXPECT_GE(hub.stats().overflows, 1u);
    // What was handed to the kernel before is all it has; the rest comes as one update.
    const auto frames = drain(slow);
    answer_all();
    const auto merged = drain(slow);
    ASSERT_EQ(types(merged), (Types{"update"}));
    const Seq known = frames.empty() ? 0 : frames.back().at("seq").as_int64();
    EXPECT_LE(merged[0].at("prev").as_int64(), known);
    EXPECT_EQ(merged[0].at("seq").as_int64(), 200);
    EXPECT_EQ(merged[0].at("scores").as_array().size(), 3u);
    commit_and_publish();
    EXPECT_EQ(drain(slow).at(0).at("prev").as_int64(), 200);
}

TEST_F(HubTest, ALostLastMessageIsFoundByTheSweep) {
    const ConnectionId id = reader();
    drain(id);
    store.commit(CommentId{1});
    hub.on_sweep({{tram, store.position}}, now);
    answer_all();
    const auto frames = drain(id);
    ASSERT_EQ(types(frames), (Types{"update"}));
    EXPECT_EQ(frames[0].at("seq").as_int64(), 1);
}

TEST_F(HubTest, AGapHealsAfterItsTime) {
    const ConnectionId id = reader();
    drain(id);
    store.commit(CommentId{1});
    commit_and_publish(2);
    EXPECT_TRUE(port.reads.empty());
    now += room_held_ms;
    hub.tick(now);
    answer_all();
    const auto frames = drain(id);
    ASSERT_EQ(types(frames), (Types{"update"}));
    EXPECT_EQ(frames[0].at("seq").as_int64(), 2);
}

TEST_F(HubTest, ANewEpochReloadsEveryReader) {
    const ConnectionId id = reader();
    drain(id);
    store.position = {Epoch{"b"}, 0};
    hub.on_sweep({{tram, store.position}}, now);
    EXPECT_EQ(types(drain(id)), (Types{"reload"}));
}

TEST_F(HubTest, AFailedReadIsTriedAgainLater) {
    const ConnectionId id = hub.connect();
    hub.subscribe(id, tram, std::nullopt, std::nullopt, now);
    hub.on_position(port.reads.front().room, make_error(Errc::unavailable), now);
    port.reads.clear();
    hub.tick(now);
    EXPECT_TRUE(port.reads.empty());
    now += milliseconds(500);
    hub.tick(now);
    answer_all();
    EXPECT_EQ(types(drain(id)), (Types{"subscribed", "current"}));
}

TEST_F(HubTest, CurrentIsSentInQuietAndOnlyWhileTheSweepSucceeds) {
    const ConnectionId id = reader();
    drain(id);
    now += current_quiet_ms;
    hub.tick(now);
    EXPECT_TRUE(drain(id).empty()) << "no sweep has succeeded for too long";
    hub.on_sweep({{tram, store.position}}, now);
    hub.tick(now);
    const auto frames = drain(id);
    ASSERT_EQ(types(frames), (Types{"current"}));
    EXPECT_EQ(frames[0].at("seq").as_int64(), 0);
    hub.tick(now);
    EXPECT_TRUE(drain(id).empty());
}

TEST_F(HubTest, AnAnswerForARoomThatWasClosedMeanwhileIsDropped) {
    const ConnectionId id = hub.connect();
    hub.subscribe(id, tram, std::nullopt, std::nullopt, now);
    const RoomTicket old = port.reads.front().room;
    hub.unsubscribe(id, tram);
    port.reads.clear();
    hub.subscribe(id, tram, std::nullopt, std::nullopt, now);
    commit_and_publish();
    hub.on_position(old, std::optional<Position>(Position{store.position.epoch, 0}), now);
    EXPECT_TRUE(drain(id).empty());
    answer_all();
    EXPECT_EQ(drain(id).at(0).at("seq").as_int64(), 1);
}

TEST_F(HubTest, AReaderThatAsksForMoreThanItTakesAwayIsClosed) {
    const ConnectionId id = hub.connect();
    for (int i = 0; i < 100; ++i) {
        hub.send(id, encode_live_error(make_error(Errc::malformed), {}));
    }
    EXPECT_EQ(port.closed, std::vector<ConnectionId>{id});
}

TEST_F(HubTest, SubscriptionsOfOneConnectionAreBounded) {
    limits.subscriptions_per_connection_max = 2;
    const ConnectionId id = hub.connect();
    for (const char* name : {"one", "two", "three"}) {
        hub.subscribe(id, DiscussionId{name}, std::nullopt, std::nullopt, now);
    }
    EXPECT_EQ(types(drain(id)), (Types{"error"}));
    EXPECT_EQ(hub.watched().size(), 2u);
}

TEST_F(HubTest, LeavingClosesTheRoom) {
    const ConnectionId id = reader();
    EXPECT_EQ(hub.stats().rooms, 1u);
    hub.disconnect(id);
    EXPECT_EQ(hub.stats().rooms, 0u);
    EXPECT_EQ(hub.stats().connections, 0u);
}

}  // namespace
}  // namespace parley::test
