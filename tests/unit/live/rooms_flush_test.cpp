#include "unit/live/rooms_fixture.hpp"

namespace parley::test {
namespace {

// When a room sends what it has.

class RoomsFlushTest : public RoomsTest {
protected:
    // A room that gathers: many readers, many changes, and what they were told is forgotten.
    void busy(milliseconds time = milliseconds(2'000)) {
        const MonotonicTime until = now + time;
        while (now < until) {
            pass(milliseconds(1));
            rooms.on_changeset(store.vote(1), now);
            tick();
        }
        // Until what waited is out.
        const auto flushes = rooms.stats().flushes;
        while (rooms.stats().flushes == flushes) pass(milliseconds(1));
        heard();
    }
    // Whether `changeset` is sent within `time`.
    bool is_sent_within(milliseconds time) {
        const auto flushes = rooms.stats().flushes;
        pass(time);
        return rooms.stats().flushes > flushes;
    }
};

TEST_F(RoomsFlushTest, AQuietRoomSendsAtOnce) {
    open(10'000);
    for (int i = 0; i < 20; ++i) {
        pass(milliseconds(500));
        publish(store.post(i));
        EXPECT_EQ(heard().back(), "updated " + MessageLine::range(i, i + 1));
    }
}

TEST_F(RoomsFlushTest, WhatComesInOneTurnIsOneFrame) {
    open();
    rooms.on_changeset(store.vote(1), now);
    rooms.on_changeset(store.vote(2), now);
    tick();
    EXPECT_EQ(heard().back(), "updated 0-2");
}

TEST_F(RoomsFlushTest, ABusyRoomGathers) {
    open(1'000);
    busy();
    const auto flushes = rooms.stats().flushes;
    for (int i = 0; i < 1'000; ++i) {
        pass(milliseconds(1));
        rooms.on_changeset(store.vote(i % 7), now);
        tick();
    }
    const auto sent = rooms.stats().flushes - flushes;
    EXPECT_GE(sent, 4U) << "at most every window_max";
    EXPECT_LE(sent, 8U) << "scores alone wait three times as long as text";
}

TEST_F(RoomsFlushTest, TextShortensTheWaitOfScores) {
    open(1'000);
    busy();
    rooms.on_changeset(store.vote(1), now);
    tick();
    EXPECT_FALSE(is_sent_within(milliseconds(60)));
    rooms.on_changeset(store.post(2), now);
    EXPECT_TRUE(is_sent_within(milliseconds(60)));
}

TEST_F(RoomsFlushTest, NothingThatComesProlongsTheWait) {
    open(1'000);
    busy();
    rooms.on_changeset(store.post(2), now);
    const auto flushes = rooms.stats().flushes;
    const MonotonicTime came = now;
    while (rooms.stats().flushes == flushes) {
        pass(milliseconds(1));
        for (int i = 0; i < 50; ++i) rooms.on_changeset(store.vote(i), now);
        tick();
    }
    EXPECT_LE(now - came, milliseconds(120));
}

TEST_F(RoomsFlushTest, WhatTakesTextAwayGoesAtOnce) {
    open(1'000);
    store.post(5);
    sweep();
    answer_all();
    busy();
    publish(store.remove(5));
    const Lines lines = heard();
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines.back().substr(0, 7), "updated");
}

TEST_F(RoomsFlushTest, SoMuchThatAFrameIsFullGoesAtOnce) {
    open(1'000);
    busy();
    const auto flushes = rooms.stats().flushes;
    rooms.on_changeset(store.post(2, 20'000), now);
    tick();
    EXPECT_EQ(rooms.stats().flushes, flushes);
    rooms.on_changeset(store.post(3, 25'000), now);
    tick();
    EXPECT_EQ(rooms.stats().flushes, flushes + 1);
}

TEST_F(RoomsFlushTest, ALateLoopWidensTheWindow) {
    open(1'000);
    rooms.on_loop_lag(milliseconds(40));
    publish(store.post(1));
    heard();
    rooms.on_changeset(store.post(2), now);
    tick();
    EXPECT_EQ(heard(), Lines{});
    pass(milliseconds(70));
    EXPECT_EQ(heard(), (Lines{"updated 1-2"}));
}

TEST_F(RoomsFlushTest, AnUpdateSaysSinceWhenTheFirstOfItsChangesWasKnown) {
    const auto told_since = [this] {
        std::vector<std::optional<MonotonicTime>> times;
        for (const ToHub& message : port.told) {
            if (const auto* update = std::get_if<Updated>(&message.what)) {
                times.push_back(update->known_since);
            }
        }
        return times;
    };
    open(1'000);
    busy();
    const MonotonicTime first = now - milliseconds(30);
    rooms.on_changeset(store.post(2), now, first);
    rooms.on_changeset(store.post(3), now, now);
    pass(milliseconds(250));
    ASSERT_FALSE(told_since().empty());
    EXPECT_EQ(told_since().back(), first);
    pass(milliseconds(1'000));
    rooms.on_changeset(store.vote(1), now, now);
    const MonotonicTime second = now;
    pass(milliseconds(250));
    EXPECT_EQ(told_since().back(), second) << "each has its own";
    // One that says nothing new leaves nothing behind, and what the store told has no time.
    pass(milliseconds(1'000));
    const auto again = store.vote(1);
    rooms.on_changeset(again, now, now);
    pass(milliseconds(1'000));
    rooms.on_changeset(again, now, now);
    store.vote(1);
    sweep();
    answer_all();
    pass(milliseconds(1'000));
    EXPECT_EQ(told_since().back(), std::nullopt);
}

TEST_F(RoomsFlushTest, WhatIsTooMuchForAFrameIsARestart) {
    open();
    publish(store.post_many(1, 100, 10'000));
    EXPECT_EQ(heard(), (Lines{"restarted 1 too_far"}));
    publish(store.vote(1));
    EXPECT_EQ(heard().back(), "updated 1-2");
}

TEST_F(RoomsFlushTest, ARoomThatNobodyWatchesSendsNothing) {
    open();
    say({0, 1}, Watch{});
    publish(store.vote(1));
    EXPECT_EQ(rooms.stats().flushes, 0U);
    watch();
    EXPECT_EQ(heard(), (Lines{"opened 1"})) << "and yet it knows";
    publish(store.vote(1));
    EXPECT_EQ(heard().back(), "updated 1-2");
}

TEST_F(RoomsFlushTest, WhatWaitedForAWatchThatEndedIsNotSentToTheNext) {
    open(1'000);
    busy();
    const Seq before = store.position.seq;
    rooms.on_changeset(store.vote(1), now);
    tick();
    say({0, 1}, Watch{});
    rooms.on_changeset(store.vote(2), now);
    tick();
    watch(1'000);
    EXPECT_EQ(heard().back(), "opened " + std::to_string(before + 2));
    rooms.on_changeset(store.vote(3), now);
    pass(milliseconds(300));
    EXPECT_EQ(heard().back(), "updated " + MessageLine::range(before + 2, before + 3))
        << "without the one that nobody was there for it must not begin before that";
}

}  // namespace
}  // namespace parley::test
