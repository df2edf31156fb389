#include "unit/live/rooms_fixture.hpp"

namespace parley::test {
namespace {

// What a room tells those who are behind, and those who say they are ahead.

TEST_F(RoomsTest, ACatchUpFromMemoryCostsNoRead) {
    open();
    for (int i = 0; i < 9; ++i) publish(store.vote(i));
    heard();
    say({0, 1}, CatchUpRequest{{2, 5}});
    EXPECT_EQ(heard(), (Lines{"caught up 2-9", "caught up 5-9"}));
    EXPECT_TRUE(port.reads.empty());
}

TEST_F(RoomsTest, WhoMissedNothingIsToldSo) {
    open();
    publish(store.vote(1));
    heard();
    say({0, 1}, CatchUpRequest{{1}});
    EXPECT_EQ(heard(), (Lines{"nothing missed 1-1"}));
}

TEST_F(RoomsTest, OneReadServesSeveralPositionsAndShards) {
    for (int i = 0; i < 9; ++i) store.vote(i);
    open();
    watch(1, 1);
    heard({1, 1});
    say({0, 1}, CatchUpRequest{{2, 5}});
    say({1, 1}, CatchUpRequest{{2}});
    ASSERT_EQ(port.reads.size(), 1U);
    answer_one();
    EXPECT_EQ(heard(), (Lines{"caught up 2-9", "caught up 5-9"}));
    EXPECT_EQ(heard({1, 1}), (Lines{"caught up 2-9"}));
    EXPECT_TRUE(port.reads.empty());
    EXPECT_EQ(rooms.stats().catch_ups, 2U);
}

TEST_F(RoomsTest, AnOlderPositionThatIsAskedForDuringAReadIsReadNext) {
    for (int i = 0; i < 9; ++i) store.vote(i);
    open();
    say({0, 1}, CatchUpRequest{{5}});
    say({0, 1}, CatchUpRequest{{2, 7}});
    answer_one();
    EXPECT_EQ(heard(), (Lines{"caught up 5-9", "caught up 7-9"}));
    ASSERT_EQ(port.reads.size(), 1U);
    EXPECT_EQ(port.reads.front().since, 2);
    answer_one();
    EXPECT_EQ(heard(), (Lines{"caught up 2-9"}));
}

TEST_F(RoomsTest, ACatchUpLeadsToWhereTheRoomIs) {
    for (int i = 0; i < 5; ++i) store.vote(i);
    open();
    say({0, 1}, CatchUpRequest{{2}});
    const Changeset read = store.since(2);
    const RoomTicket room = port.reads.front().room;
    port.reads.clear();
    publish(store.vote(1));
    publish(store.vote(2));
    heard();
    rooms.on_changes(room, 2, read, now);
    EXPECT_EQ(heard(), (Lines{"caught up 2-7"}));
}

TEST_F(RoomsTest, ACatchUpMovesTheRoomToo) {
    store.vote(1);
    open();
    store.vote(2);
    say({0, 1}, CatchUpRequest{{0}});
    answer_one();
    EXPECT_EQ(heard(), (Lines{"caught up 0-2"}));
    tick();
    EXPECT_EQ(heard().back(), "updated 1-2") << "for those who were live";
}

TEST_F(RoomsTest, WhoIsTooFarBehindReadsAgainAndTheOthersAreServed) {
    for (int i = 0; i < 9; ++i) store.vote(i);
    open();
    say({0, 1}, CatchUpRequest{{2, 7}});
    fail_one(Errc::precondition_too_far);
    EXPECT_EQ(heard(), (Lines{"too far 2"}));
    answer_all();
    EXPECT_EQ(heard(), (Lines{"caught up 7-9"}));
    EXPECT_EQ(rooms.stats().restarts, 0U);
}

TEST_F(RoomsTest, ACatchUpThatIsTooLargeIsTooFar) {
    store.post_many(1, 200, 3'000);
    open();
    say({0, 1}, CatchUpRequest{{0}});
    answer_all();
    EXPECT_EQ(heard(), (Lines{"too far 0"}));
}

TEST_F(RoomsTest, AFailedCatchUpIsTriedAgainAfterAWhile) {
    for (int i = 0; i < 9; ++i) store.vote(i);
    open();
    say({0, 1}, CatchUpRequest{{2}});
    fail_one(Errc::unavailable);
    say({0, 1}, CatchUpRequest{{3}});
    pass(milliseconds(499));
    EXPECT_TRUE(port.reads.empty());
    pass(milliseconds(1));
    answer_all();
    EXPECT_EQ(heard(), (Lines{"caught up 2-9", "caught up 3-9"}));
}

TEST_F(RoomsTest, AWatchThatEndsTakesItsQuestionsAlong) {
    for (int i = 0; i < 9; ++i) store.vote(i);
    open();
    watch(1, 1);
    say({0, 1}, CatchUpRequest{{5}});
    say({1, 1}, CatchUpRequest{{2}});
    say({1, 1}, Watch{});
    answer_one();
    EXPECT_TRUE(port.reads.empty()) << "nobody asks for 2 any more";
    EXPECT_EQ(heard(), (Lines{"caught up 5-9"}));
}

TEST_F(RoomsTest, ARestartAnswersWhoWaitsForACatchUp) {
    for (int i = 0; i < 9; ++i) store.vote(i);
    open();
    say({0, 1}, CatchUpRequest{{2}});
    const RoomTicket room = port.reads.front().room;
    port.reads.clear();
    store.restore("b");
    sweep();
    EXPECT_EQ(heard(), (Lines{"restarted 0 epoch"}));
    rooms.on_changes(room, 2, make_error(Errc::precondition_too_far), now);
    answer_all();
    EXPECT_EQ(heard(), Lines{}) << "the answer of the old history is for nobody";
}

TEST_F(RoomsTest, ADoubtIsSettledByAReadThatBeganLater) {
    open();
    say({0, 1}, Doubt{1});
    ASSERT_EQ(port.reads.size(), 1U);
    answer_one();
    EXPECT_EQ(heard(), (Lines{"ahead 1"}));
}

TEST_F(RoomsTest, ADoubtAboutACommitThatTheBusDelaysIsNoneSoon) {
    open();
    const auto late = store.vote(1);
    say({0, 1}, Doubt{1});
    publish(late);
    EXPECT_EQ(heard().back(), "updated 0-1");
    answer_all();
    EXPECT_EQ(heard(), Lines{});
}

TEST_F(RoomsTest, ADoubtAboutACommitThatTheBusLostHealsTheRoom) {
    open();
    store.vote(1);
    say({0, 1}, Doubt{1});
    answer_all();
    tick();
    EXPECT_EQ(heard().back(), "updated 0-1");
}

TEST_F(RoomsTest, ADoubtWaitsForTheStore) {
    open();
    say({0, 1}, Doubt{1});
    fail_one(Errc::unavailable);
    EXPECT_EQ(heard(), Lines{}) << "nobody knows yet";
    pass(milliseconds(500));
    answer_all();
    EXPECT_EQ(heard(), (Lines{"ahead 1"}));
}

TEST_F(RoomsTest, ADoubtThatComesDuringAReadIsSettledByTheNext) {
    open();
    say({0, 1}, Doubt{2});
    say({0, 1}, Doubt{1});
    ASSERT_EQ(port.reads.size(), 1U) << "one read at a time";
    answer_one();
    EXPECT_EQ(heard(), Lines{}) << "that read may be older than the second doubt";
    ASSERT_EQ(port.reads.size(), 1U);
    answer_one();
    EXPECT_EQ(heard(), (Lines{"ahead 1"})) << "which is for all who claim at least that";
    EXPECT_TRUE(port.reads.empty());
}

TEST_F(RoomsTest, ManyDoubtsAreOne) {
    open();
    for (Seq since = 1'000; since > 0; --since) say({0, 1}, Doubt{since});
    answer_all();
    EXPECT_EQ(heard(), (Lines{"ahead 1"}));
}

TEST_F(RoomsTest, ADoubtThatIsRepeatedIsSettledOnce) {
    open();
    for (int i = 0; i < 100; ++i) say({0, 1}, Doubt{5});
    answer_all();
    EXPECT_EQ(heard(), (Lines{"ahead 5"}));
}

// What the sweep has seen may be newer than what a read that was under way then brings.
TEST_F(RoomsTest, ADoubtAboutWhatTheSweepHasSeenIsKeptUntilItIsThere) {
    open();
    store.vote(1);
    sweep();
    const Changeset read = store.since(0);
    const RoomTicket room = port.reads.front().room;
    port.reads.clear();
    store.vote(1);
    sweep();
    say({0, 1}, Doubt{2});
    say({0, 1}, Doubt{3});
    rooms.on_changes(room, 0, read, now);
    answer_all();
    tick();
    EXPECT_EQ(heard().back(), "updated 0-2");
    say({0, 1}, Doubt{3});  // the hub asks again about who still waits
    answer_all();
    EXPECT_EQ(heard(), (Lines{"ahead 3"}));
}

}  // namespace
}  // namespace parley::test
