#include "unit/live/rooms_fixture.hpp"

namespace parley::test {
namespace {

// What readers are told beside updates: `current` and `presence`.

class RoomsNoticeTest : public RoomsTest {
protected:
    // Time passes while the sweep succeeds twice a second.
    void pass_swept(milliseconds time) {
        for (milliseconds passed{0}; passed < time; passed += milliseconds(500)) {
            sweep();
            pass(milliseconds(500));
        }
    }
    void set_readers(std::uint32_t readers) {
        say({0, 1}, Watch{readers, false, false});
        tick();
    }
};

TEST_F(RoomsNoticeTest, CurrentComesEvery15SecondsOfQuiet) {
    open();
    pass_swept(milliseconds(14'500));
    EXPECT_EQ(heard(), Lines{});
    pass_swept(milliseconds(1'000));
    EXPECT_EQ(heard(), (Lines{"current 0"}));
    pass_swept(milliseconds(30'000));
    EXPECT_EQ(heard(), (Lines{"current 0", "current 0"}));
}

TEST_F(RoomsNoticeTest, CurrentComesOnlyWhereTheSweepProvesIt) {
    open();
    pass(milliseconds(40'000));
    EXPECT_EQ(heard(), Lines{});
    sweep();
    pass(milliseconds(500));
    EXPECT_EQ(heard(), (Lines{"current 0"}));
}

TEST_F(RoomsNoticeTest, ASweepThatTookLongProvesNothing) {
    open();
    pass(milliseconds(20'000));
    rooms.on_sweep({{tram, store.position}}, now - milliseconds(2'100), now);
    pass(milliseconds(600));
    EXPECT_EQ(heard(), Lines{});
}

TEST_F(RoomsNoticeTest, AReadOfThePositionProvesHowItWasWhenItBegan) {
    watch();
    pass(milliseconds(20'000));
    answer_all();
    pass(milliseconds(1'000));
    EXPECT_EQ(heard(), (Lines{"opened 0", "presence 1"})) << "that may be long past";
}

TEST_F(RoomsNoticeTest, CurrentWaitsWhereSomethingNewerIsKnown) {
    open();
    pass_swept(milliseconds(14'500));
    store.vote(1);
    sweep();
    pass(milliseconds(1'000));
    EXPECT_EQ(heard(), Lines{});
    answer_all();
    pass(milliseconds(500));
    EXPECT_EQ(heard(), (Lines{"updated 0-1 current 1"}));
}

TEST_F(RoomsNoticeTest, ABusyRoomSaysHowOftenItSends) {
    open(1'000);
    for (int i = 0; i < 3'000; ++i) {
        pass(milliseconds(1));
        if (i % 500 == 0) sweep();
        rooms.on_changeset(store.post(1), now);
        tick();
    }
    Lines currents;
    for (const std::string& line : heard()) {
        const auto every = line.find("every");
        if (every != std::string::npos) currents.push_back(line.substr(every));
    }
    ASSERT_FALSE(currents.empty());
    EXPECT_LE(currents.size(), 4U) << "at most once a second";
    EXPECT_EQ(currents.back(), "every 150");
    pass_swept(milliseconds(20'000));
    EXPECT_EQ(heard().back(), "current 3000") << "and that it is quiet again";
}

// Between its updates something always waits, so `current` comes with one of them.
TEST_F(RoomsNoticeTest, ARoomThatIsNeverQuietIsCurrentAsOftenAsAQuietOne) {
    open(1'000);
    int currents = 0;
    for (int i = 0; i < 60'000; ++i) {
        pass(milliseconds(1));
        if (i % 500 == 0) sweep();
        rooms.on_changeset(store.post(1), now);
        tick();
        for (const std::string& line : heard()) currents += line.find(" current ") != line.npos;
    }
    EXPECT_GE(currents, 4) << "in a minute";
}

TEST_F(RoomsNoticeTest, ANewcomerIsGreetedWithWhatIsKnown) {
    watch();
    answer_all();
    heard();
    say({0, 1}, Watch{1, false, true});
    EXPECT_EQ(heard(), (Lines{"greeting current 0 presence 1"}));
    pass(milliseconds(5'000));
    heard();
    say({0, 1}, Watch{2, false, true});
    EXPECT_EQ(heard(), (Lines{"greeting presence 2"})) << "nothing proves that it is current";
    store.vote(1);
    sweep();
    say({0, 1}, Watch{3, false, true});
    EXPECT_EQ(heard(), (Lines{"greeting presence 3"})) << "it is not";
}

TEST_F(RoomsNoticeTest, EveryWatchWithNewcomersIsAnswered) {
    say({0, 1}, Watch{1, false, true});
    EXPECT_EQ(heard(), (Lines{"greeting"})) << "nothing is known yet";
    say({0, 1}, Watch{2, false, true});
    EXPECT_EQ(heard(), (Lines{"greeting"}));
}

TEST_F(RoomsNoticeTest, PresenceComesWithTheNextUpdate) {
    open(100);
    set_readers(101);
    EXPECT_EQ(heard(), Lines{});
    publish(store.vote(1));
    EXPECT_EQ(heard(), (Lines{"presence 101", "updated 0-1"}));
    publish(store.vote(1));
    EXPECT_EQ(heard(), (Lines{"updated 1-2"}));
}

TEST_F(RoomsNoticeTest, PresenceAloneComesWhenItMovedByATwentieth) {
    open(100);
    set_readers(104);
    pass(milliseconds(60'000));
    EXPECT_EQ(heard(), Lines{});
    set_readers(105);
    EXPECT_EQ(heard(), (Lines{"presence 105"}));
    set_readers(99);
    pass(milliseconds(9'999));
    EXPECT_EQ(heard(), Lines{}) << "at most every ten seconds";
    pass(milliseconds(1));
    EXPECT_EQ(heard(), (Lines{"presence 99"}));
}

TEST_F(RoomsNoticeTest, PresenceIsTheSumOfAllShards) {
    open(3);
    watch(4, 1);
    heard({1, 1});
    pass(milliseconds(10'000));
    EXPECT_EQ(heard(), (Lines{"presence 7"}));
    EXPECT_EQ(heard({1, 1}), (Lines{"presence 7"}));
}

}  // namespace
}  // namespace parley::test
