#include "base/limits.hpp"
#include "unit/redis/session_fixture.hpp"

#include <random>

namespace parley::redis::test {
namespace {

using Lines = std::vector<std::string>;

struct RecordingSink : SubscribeSession::Sink {
    void on_subscribed() override { lines.emplace_back("subscribed"); }
    void on_message(std::string_view channel, std::string_view payload) override {
        lines.push_back(std::string(channel) + "=" + std::string(payload));
    }
    Lines lines;
};

class SubscriptionTest : public ::testing::Test {
protected:
    void SetUp() override {
        session.start(now);
        commands(session);
        hear(session, role_master, now);
    }
    // What the server says about one channel: a list of two texts and a number.
    void push(const std::string& what, const std::string& channel) {
        hear(session,
             "*3\r\n$" + std::to_string(what.size()) + "\r\n" + what + "\r\n$" +
                 std::to_string(channel.size()) + "\r\n" + channel + "\r\n:1\r\n",
             now);
    }
    void confirm_all() {
        for (const char* channel : {"a", "b", "c"}) push("subscribe", channel);
        commands(session);
        sink.lines.clear();
    }
    MonotonicTime now = start;
    RecordingSink sink;
    SubscribeSession session{{"", "", "", false, true}, {"a", "b", "c"}, sink};
};

TEST_F(SubscriptionTest, IsReadyWhenEveryChannelIsConfirmed) {
    EXPECT_EQ(commands(session), (Lines{"SUBSCRIBE a b c"}));
    push("subscribe", "a");
    push("subscribe", "c");
    push("subscribe", "c");
    EXPECT_FALSE(session.is_ready());
    EXPECT_EQ(sink.lines, Lines{});
    push("subscribe", "b");
    EXPECT_TRUE(session.is_ready());
    EXPECT_EQ(sink.lines, (Lines{"subscribed"}));
}

TEST_F(SubscriptionTest, HandsOnMessagesOfConfirmedChannelsInOrder) {
    push("subscribe", "a");
    hear(session, list_of({"message", "a", "1"}) + list_of({"message", "b", "2"}), now);
    EXPECT_EQ(sink.lines, (Lines{"a=1"}));
    confirm_all();
    hear(session, list_of({"message", "b", "3"}) + list_of({"message", "other", "4"}), now);
    hear(session, list_of({"message", "a", ""}), now);
    EXPECT_EQ(sink.lines, (Lines{"b=3", "a="}));
}

TEST_F(SubscriptionTest, AChannelThatIsNotConfirmedInTimeEndsIt) {
    push("subscribe", "a");
    push("subscribe", "b");
    session.tick(now + bus_command_deadline_ms - milliseconds(1));
    EXPECT_EQ(fault_of(session), "");
    session.tick(now + bus_command_deadline_ms);
    EXPECT_EQ(fault_of(session), "timeout");
}

TEST_F(SubscriptionTest, WhatWasLostIsSubscribedAgainAndTold) {
    confirm_all();
    push("unsubscribe", "b");
    EXPECT_EQ(commands(session), (Lines{"SUBSCRIBE b"}));
    EXPECT_FALSE(session.is_complete());
    push("unsubscribe", "a");
    EXPECT_EQ(commands(session), (Lines{"SUBSCRIBE a b"}));
    push("subscribe", "b");
    EXPECT_EQ(sink.lines, Lines{});
    push("subscribe", "a");
    EXPECT_EQ(sink.lines, (Lines{"subscribed"})) << "something may have been missed";
    push("unsubscribe", "other");
    EXPECT_EQ(commands(session), Lines{});
    EXPECT_EQ(fault_of(session), "");
}

TEST_F(SubscriptionTest, ANewSessionKnowsNothingOfTheOneBefore) {
    confirm_all();
    SubscribeSession next({"", "", "", false, true}, {"a", "b", "c"}, sink);
    next.start(now);
    hear(next, role_master, now);
    EXPECT_EQ(commands(next), (Lines{"ROLE", "SUBSCRIBE a b c"}));
    EXPECT_FALSE(next.is_ready());
}

TEST_F(SubscriptionTest, ARefusedChannelEndsIt) {
    hear(session, "-NOPERM this user has no permissions to access one of the channels\r\n", now);
    EXPECT_EQ(fault_of(session), "refused");
}

TEST_F(SubscriptionTest, SilenceIsAnsweredByAPingAndThatByAPong) {
    confirm_all();
    EXPECT_EQ(session.next_due(), now + bus_probe_interval_ms);
    now += bus_probe_interval_ms;
    session.tick(now);
    EXPECT_EQ(commands(session), (Lines{"PING"}));
    now += milliseconds(10);
    hear(session, list_of({"pong", ""}), now);
    session.tick(now + bus_command_deadline_ms);
    EXPECT_EQ(fault_of(session), "");
    EXPECT_EQ(commands(session), (Lines{"PING"})) << "quiet for so long again";
    session.tick(now + 2 * bus_command_deadline_ms);
    EXPECT_EQ(fault_of(session), "timeout");
}

TEST_F(SubscriptionTest, WhoHearsSomethingAsksNothing) {
    confirm_all();
    for (int i = 0; i < 10; ++i) {
        now += bus_probe_interval_ms - milliseconds(1);
        session.tick(now);
        hear(session, list_of({"message", "a", "x"}), now);
    }
    EXPECT_EQ(commands(session), Lines{});
}

TEST_F(SubscriptionTest, WhatIsNoMessageEndsItAndNeverMore) {
    for (const std::string& bytes :
         {std::string(":1\r\n"), std::string("*0\r\n"), std::string("*1\r\n$1\r\na\r\n"),
          std::string("*2\r\n:1\r\n:2\r\n"), list_of({"pmessage", "*", "a", "x"}),
          list_of({"message", "a"}), std::string("$-1\r\n")}) {
        SubscribeSession one({"", "", "", false, true}, {"a"}, sink);
        one.start(now);
        hear(one, role_master, now);
        hear(one, bytes, now);
        EXPECT_NE(fault_of(one), "") << bytes;
    }
}

// Whatever a server says of its channels: they are ready only while all of them are confirmed, and
// what is missing has been asked for.
TEST_F(SubscriptionTest, DesiredAndConfirmedNeverDriftApart) {
    std::mt19937 random(11);
    std::set<std::string> asked{"a", "b", "c"};
    std::set<std::string> confirmed;
    commands(session);
    for (int i = 0; i < 5'000; ++i) {
        const std::string channel(1, static_cast<char>('a' + random() % 4));
        if (random() % 2 == 0) {
            push("subscribe", channel);
            if (channel != "d") confirmed.insert(channel);
        } else {
            push("unsubscribe", channel);
            confirmed.erase(channel);
        }
        for (const std::string& line : commands(session)) {
            asked.clear();
            for (std::size_t k = 10; k < line.size(); k += 2) asked.insert(line.substr(k, 1));
        }
        ASSERT_EQ(session.is_complete(), confirmed.size() == 3) << i;
        for (const char* one : {"a", "b", "c"}) {
            ASSERT_TRUE(confirmed.contains(one) || asked.contains(one)) << one << " at " << i;
        }
    }
    EXPECT_EQ(fault_of(session), "");
}

}  // namespace
}  // namespace parley::redis::test
