#include "unit/live/rooms_fixture.hpp"

namespace parley::test {
namespace {

// What rooms and the rooms of other instances tell each other beside changesets.

class RoomsHintTest : public RoomsTest {
protected:
    void hint(const Position& position) {
        rooms.on_hint(tram, position, now);
        tick();
    }
};

TEST_F(RoomsHintTest, AHintIsReadFromTheStore) {
    open();
    store.vote(1);
    store.post(2);
    hint(store.position);
    ASSERT_EQ(port.reads.size(), 1U);
    answer_all();
    tick();
    EXPECT_EQ(heard().back(), "updated 0-2");
}

TEST_F(RoomsHintTest, WhatIsKnownCostsNoRead) {
    open();
    publish(store.vote(1));
    hint(store.position);
    hint({store.position.epoch, 0});
    EXPECT_TRUE(port.reads.empty());
}

TEST_F(RoomsHintTest, WhatNobodyWatchesCostsNoRead) {
    rooms.on_hint({"elsewhere"}, {store.position.epoch, 9}, now);
    tick();
    EXPECT_TRUE(port.reads.empty());
    EXPECT_TRUE(rooms.watched().empty());
}

// The read that was under way began before the commit that the hint is of.
TEST_F(RoomsHintTest, AReadThatBeganBeforeTheHintDoesNotSettleIt) {
    watch();
    ASSERT_EQ(port.reads.size(), 1U);
    const RoomTicket room = port.reads.front().room;
    port.reads.pop_front();
    const Position before = store.position;
    store.vote(1);
    hint(store.position);
    EXPECT_TRUE(port.reads.empty()) << "one read at a time";
    rooms.on_position(room, std::optional(before), now);
    ASSERT_EQ(port.reads.size(), 1U);
    answer_all();
    tick();
    EXPECT_EQ(heard(), (Lines{"opened 0", "presence 1", "updated 0-1"}));
}

TEST_F(RoomsHintTest, AHintOfAnotherEpochLooksAndAnotherHistoryIsFound) {
    open();
    store.restore("b");
    hint(store.position);
    ASSERT_EQ(port.reads.size(), 1U);
    answer_all();
    tick();
    EXPECT_EQ(heard().front(), "restarted 0 epoch");
}

TEST_F(RoomsHintTest, AHintThatTheStoreDoesNotConfirmIsForgotten) {
    open();
    hint({Epoch{"yesterday"}, 50});
    answer_all();
    hint({store.position.epoch, 50});
    answer_all();
    pass(milliseconds(5'000));
    EXPECT_TRUE(port.reads.empty());
    EXPECT_EQ(heard(), Lines{});
}

TEST_F(RoomsHintTest, AFailedReadIsTriedAgain) {
    open();
    store.vote(1);
    hint(store.position);
    fail_one(Errc::unavailable);
    EXPECT_TRUE(port.reads.empty());
    pass(milliseconds(1'000));
    ASSERT_EQ(port.reads.size(), 1U);
    answer_all();
    tick();
    EXPECT_EQ(heard().back(), "updated 0-1");
}

TEST_F(RoomsHintTest, NothingIsSaidToBeCurrentWhileAHintIsOpen) {
    open();
    sweep();
    store.vote(1);
    hint(store.position);
    say({0, 1}, Watch{1, false, true});
    EXPECT_EQ(heard(), (Lines{"greeting presence 1"}));
    answer_all();
    tick();
    heard();
    say({0, 1}, Watch{1, false, true});
    EXPECT_EQ(heard(), (Lines{"greeting current 1 presence 1"}));
}

class RoomsPresenceTest : public RoomsTest {
protected:
    void hear_of(const std::string& instance, std::uint32_t readers) {
        others.on_presence(instance, tram, readers, now);
        step();
    }
    void set_readers(std::uint32_t readers) {
        others.on_message({tram, {0, 1}, Watch{readers, false, false}}, now);
        step();
    }
    void step() {
        others.tick(now);
        while (!port.reads.empty()) {
            others.on_position(port.reads.front().room, std::optional(store.position), now);
            port.reads.pop_front();
            others.tick(now);
        }
    }
    // As pass(), for these rooms.
    void wait(milliseconds time) {
        const MonotonicTime until = now + time;
        int steps = 0;
        for (auto due = others.next_due(); due && *due <= until; due = others.next_due()) {
            now = std::max(now, *due);
            step();
            ASSERT_LT(++steps, 100'000) << "the agenda spins";
        }
        now = until;
    }
    Lines told_others() { return std::exchange(port.presence, {}); }

    Rooms others{port, encoder, Rooms::Settings{milliseconds(250), true}};
};

TEST_F(RoomsPresenceTest, OthersAreToldOnChangeAndAgain) {
    set_readers(3);
    EXPECT_EQ(told_others(), (Lines{"tram 3"}));
    wait(presence_tell_again_ms - milliseconds(1));
    EXPECT_EQ(told_others(), Lines{});
    wait(milliseconds(1));
    EXPECT_EQ(told_others(), (Lines{"tram 3"}));
    wait(3 * presence_tell_again_ms);
    EXPECT_EQ(told_others().size(), 3U);
}

TEST_F(RoomsPresenceTest, OthersAreToldAtMostOnceASecond) {
    set_readers(1);
    for (std::uint32_t readers = 2; readers <= 100; ++readers) {
        wait(milliseconds(30));
        set_readers(readers);
    }
    wait(milliseconds(1'000));
    const Lines lines = told_others();
    EXPECT_LE(lines.size(), 5U) << "in some 3 seconds";
    EXPECT_EQ(lines.back(), "tram 100");
}

TEST_F(RoomsPresenceTest, OthersAreToldWhenTheLastReaderLeaves) {
    set_readers(2);
    told_others();
    set_readers(0);
    wait(presence_tell_min_ms);
    EXPECT_EQ(told_others(), (Lines{"tram 0"}));
    wait(milliseconds(60'000));
    EXPECT_EQ(told_others(), Lines{});
    EXPECT_TRUE(others.watched().empty()) << "the room is closed";
}

TEST_F(RoomsPresenceTest, OthersAreToldWhenTheInstanceEnds) {
    set_readers(2);
    others.on_message({{"bridge"}, {0, 2}, Watch{5, false, false}}, now);
    others.on_position(port.reads.back().room, std::optional(store.position), now);
    port.reads.clear();
    step();
    EXPECT_EQ(told_others(), (Lines{"tram 2", "bridge 5"}));
    others.take_leave();
    EXPECT_EQ(told_others(), (Lines{"bridge 0", "tram 0"}));
    others.take_leave();
    EXPECT_EQ(told_others(), Lines{});
}

TEST_F(RoomsPresenceTest, NothingIsToldOfADiscussionThatThereIsNot) {
    others.on_message({tram, {0, 1}, Watch{1, false, false}}, now);
    others.on_position(port.reads.front().room, std::optional<Position>(), now);
    port.reads.clear();
    wait(milliseconds(60'000));
    EXPECT_EQ(told_others(), Lines{});
}

TEST_F(RoomsPresenceTest, WithoutOtherInstancesNobodyIsTold) {
    open(3);
    pass(milliseconds(60'000));
    EXPECT_EQ(told_others(), Lines{});
}

TEST_F(RoomsPresenceTest, ReadersGetTheSumOfAllInstances) {
    set_readers(3);
    wait(presence_tell_again_ms);
    heard();
    hear_of("two", 4);
    EXPECT_EQ(heard(), (Lines{"presence 7"}));
    hear_of("three", 10);
    hear_of("two", 5);
    others.on_changeset(store.vote(1), now);
    step();
    EXPECT_EQ(heard(), (Lines{"presence 18", "updated 0-1"})) << "with the next update";
    EXPECT_EQ(told_others().back(), "tram 3") << "what others told is not told on";
}

TEST_F(RoomsPresenceTest, ARoomThatOpensKnowsWhoReadsElsewhere) {
    hear_of("two", 4);
    others.on_message({tram, {0, 1}, Watch{1, false, true}}, now);
    step();
    others.on_message({tram, {0, 1}, Watch{2, false, true}}, now);
    EXPECT_EQ(heard().back(), "greeting current 0 presence 6");
}

TEST_F(RoomsPresenceTest, AnInstanceThatIsSilentIsForgotten) {
    set_readers(1);
    hear_of("two", 4);
    wait(presence_forget_ms - milliseconds(1));
    EXPECT_EQ(heard().back(), "presence 5");
    wait(milliseconds(1));
    EXPECT_EQ(heard(), (Lines{"presence 1"}));
}

TEST_F(RoomsPresenceTest, AFewMoreElsewhereAreNotWorthAFrame) {
    set_readers(100);
    wait(milliseconds(20'000));
    heard();
    hear_of("two", 4);
    wait(milliseconds(15'000));
    EXPECT_EQ(heard(), Lines{});
}

}  // namespace
}  // namespace parley::test
