#include "unit/live/rooms_fixture.hpp"

namespace parley::test {
namespace {

// How a room finds what the bus lost, and what it does in another history.

TEST_F(RoomsTest, AGapHealsAfterItsTime) {
    open();
    store.vote(1);
    publish(store.vote(2));
    pass(room_held_ms - milliseconds(1));
    EXPECT_TRUE(port.reads.empty());
    pass(milliseconds(1));
    ASSERT_EQ(port.reads.size(), 1U);
    EXPECT_EQ(port.reads.front().since, 0);
    answer_all();
    tick();
    EXPECT_EQ(heard().back(), "updated 0-2");
    EXPECT_EQ(rooms.stats().heals, 1U);
}

TEST_F(RoomsTest, AGapThatClosesInTimeCostsNoRead) {
    open();
    const auto late = store.vote(1);
    publish(store.vote(2));
    publish(late);
    EXPECT_EQ(heard().back(), "updated 0-2");
    pass(milliseconds(1'000));
    EXPECT_TRUE(port.reads.empty());
}

TEST_F(RoomsTest, AGapHealsAtOnceWhenTooManyAreHeld) {
    open();
    store.vote(1);
    for (std::size_t i = 1; i < room_held_changesets_max; ++i) publish(store.vote(2));
    EXPECT_TRUE(port.reads.empty());
    publish(store.vote(2));
    EXPECT_EQ(port.reads.size(), 1U);
}

TEST_F(RoomsTest, TheSweepFindsALostLastMessage) {
    open();
    store.vote(1);
    sweep();
    ASSERT_EQ(port.reads.size(), 1U);
    answer_all();
    tick();
    EXPECT_EQ(heard().back(), "updated 0-1");
    sweep();
    EXPECT_TRUE(port.reads.empty());
}

TEST_F(RoomsTest, WhatCommitsDuringAHealFollowsIt) {
    open();
    store.vote(1);
    sweep();
    const Changeset read = store.since(0);
    const RoomTicket room = port.reads.front().room;
    port.reads.clear();
    publish(store.vote(2));
    rooms.on_changes(room, 0, read, now);
    tick();
    EXPECT_EQ(heard().back(), "updated 0-2");
    EXPECT_TRUE(port.reads.empty());
}

TEST_F(RoomsTest, AFailedHealIsTriedAgainAfterAWhile) {
    open();
    store.vote(1);
    sweep();
    fail_one(Errc::busy);
    pass(milliseconds(499));
    EXPECT_TRUE(port.reads.empty());
    pass(milliseconds(1));
    answer_all();
    tick();
    EXPECT_EQ(heard().back(), "updated 0-1");
}

TEST_F(RoomsTest, AMessageThatTheStoreNeverHeardOfCostsTwoReads) {
    open();
    LiveStore dream;
    for (int i = 0; i < 5; ++i) dream.vote(i);
    publish(dream.vote(1));
    for (int i = 0; i < 1'000; ++i) {
        pass(milliseconds(1));
        if (!port.reads.empty()) answer_one();
    }
    EXPECT_EQ(rooms.stats().store_reads, 2U);
    publish(store.vote(1));
    EXPECT_EQ(heard().back(), "updated 0-1");
}

TEST_F(RoomsTest, AnotherEpochRestartsEverybody) {
    open();
    watch(1, 1);
    heard({1, 1});
    publish(store.vote(1));
    heard();
    store.restore("b");
    store.vote(1);
    sweep();
    EXPECT_EQ(heard(), (Lines{"restarted 1 epoch"}));
    EXPECT_EQ(heard({1, 1}).back(), "restarted 1 epoch");
    publish(store.vote(2));
    EXPECT_EQ(heard().back(), "updated 1-2");
    EXPECT_EQ(rooms.stats().restarts, 1U);
}

TEST_F(RoomsTest, ASweepThatWasOvertakenTeachesNothing) {
    open();
    const Position before = store.position;
    const MonotonicTime asked_at = now;
    now += milliseconds(10);
    store.restore("b");
    sweep();
    rooms.on_sweep({{tram, before}}, asked_at, now + milliseconds(10));
    EXPECT_EQ(heard(), (Lines{"restarted 0 epoch"})) << "once, and not back again";
}

TEST_F(RoomsTest, WhatWaitedForItsWindowGoesWithItsEpoch) {
    open(10'000);
    for (int i = 0; i < 1'000; ++i) rooms.on_changeset(store.vote(1), now);
    tick();
    rooms.on_changeset(store.vote(1), now);
    heard();
    store.restore("b");
    sweep();
    pass(milliseconds(1'000));
    EXPECT_EQ(heard(), (Lines{"restarted 0 epoch"}));
}

TEST_F(RoomsTest, TheBusTeachesNoEpochButMakesTheRoomAsk) {
    open();
    store.restore("b");
    publish(store.vote(1));
    EXPECT_EQ(heard(), Lines{});
    pass(room_held_ms);
    ASSERT_EQ(port.reads.size(), 1U);
    answer_all();  // too far in the old history, then the position, of the new one
    tick();
    EXPECT_EQ(heard().front(), "restarted 1 epoch");
}

TEST_F(RoomsTest, ARoomThatIsTooFarBehindStartsOver) {
    open();
    for (int i = 0; i < 9; ++i) store.vote(i);
    sweep();
    fail_one(Errc::precondition_too_far);
    ASSERT_EQ(port.reads.size(), 1U);
    EXPECT_FALSE(port.reads.front().epoch) << "only the position tells where to go on";
    answer_all();
    EXPECT_EQ(heard(), (Lines{"restarted 9 too_far"}));
    publish(store.vote(1));
    EXPECT_EQ(heard().back(), "updated 9-10");
}

TEST_F(RoomsTest, AnEpochInAnAnswerThatIsNotTheRoomsMakesItAsk) {
    open();
    store.vote(1);
    sweep();
    const RoomTicket room = port.reads.front().room;
    port.reads.clear();
    store.restore("b");
    store.vote(1);
    rooms.on_changes(room, 0, store.since(0), now);
    EXPECT_EQ(heard(), Lines{});
    answer_all();
    EXPECT_EQ(heard().front(), "restarted 1 epoch");
}

}  // namespace
}  // namespace parley::test
