#include "base/limits.hpp"
#include "unit/redis/session_fixture.hpp"

namespace parley::redis::test {
namespace {

using Lines = std::vector<std::string>;

Session::Settings anybody() { return {"", "", "", false, true}; }
Session::Settings anybody_at_a_sentinel() { return {"", "", "", false, false}; }

// A publisher that signed in.
class PublisherTest : public ::testing::Test {
protected:
    void SetUp() override {
        session.start(now);
        commands(session);
        hear(session, role_master, now);
        ASSERT_TRUE(session.is_ready());
    }
    MonotonicTime now = start;
    PublishSession session{anybody()};
};

TEST(Login, SendsWhatIsNeededAtOnceAndIsReadyWhenAllIsAnswered) {
    PublishSession session({"bus", "secret", "parley-one", false, true});
    session.start(start);
    EXPECT_EQ(commands(session), (Lines{"AUTH bus secret", "CLIENT SETNAME parley-one", "ROLE"}));
    hear(session, "+OK\r\n", start);
    hear(session, "+OK\r\n", start);
    EXPECT_FALSE(session.is_ready());
    hear(session, role_master, start);
    EXPECT_TRUE(session.is_ready());
    EXPECT_EQ(fault_of(session), "");
}

TEST(Login, LeavesOutWhatIsNotConfigured) {
    PublishSession nobody(anybody());
    nobody.start(start);
    EXPECT_EQ(commands(nobody), (Lines{"ROLE"}));
    PublishSession default_user({"", "secret", "", false, true});
    default_user.start(start);
    EXPECT_EQ(commands(default_user), (Lines{"AUTH secret", "ROLE"}));
}

TEST(Login, AWrongPasswordIsAFaultOfItsOwn) {
    PublishSession session({"bus", "wrong", "", false, true});
    session.start(start);
    hear(session, "-WRONGPASS invalid username-password pair or user is disabled.\r\n", start);
    EXPECT_EQ(fault_of(session), "login");
    hear(session, role_master, start);
    EXPECT_FALSE(session.is_ready()) << "it is over";
}

TEST(Login, APasswordThatIsMissingIsTheSameFault) {
    PublishSession session(anybody());
    session.start(start);
    hear(session, "-NOAUTH Authentication required.\r\n", start);
    EXPECT_EQ(fault_of(session), "login");
}

TEST(Login, TheNameIsNotWorthAConnection) {
    PublishSession session({"", "", "parley", false, true});
    session.start(start);
    hear(session, "-NOPERM no permissions to run the 'client|setname' command\r\n", start);
    hear(session, role_master, start);
    EXPECT_TRUE(session.is_ready());
}

TEST(Login, AReplicaIsRefused) {
    PublishSession session(anybody());
    session.start(start);
    hear(session, role_slave, start);
    EXPECT_EQ(fault_of(session), "role");
    EXPECT_EQ(session.failure()->reason, "it is a slave");
}

TEST(Login, WhoMayNotAskForTheRoleIsBelievedButNotWithSentinels) {
    constexpr std::string_view answer = "-NOPERM no permissions to run the 'role' command\r\n";
    PublishSession plain(anybody());
    plain.start(start);
    hear(plain, answer, start);
    EXPECT_TRUE(plain.is_ready());
    commands(plain);
    plain.tick(start + bus_probe_interval_ms);
    EXPECT_EQ(commands(plain), (Lines{"PING"})) << "it is not asked for again";

    PublishSession strict({"", "", "", true, true});
    strict.start(start);
    hear(strict, answer, start);
    EXPECT_EQ(fault_of(strict), "refused");
}

TEST(Login, MustBeAnsweredInTime) {
    PublishSession session({"", "secret", "", false, true});
    session.start(start);
    EXPECT_EQ(session.next_due(), start + bus_command_deadline_ms);
    hear(session, "+OK\r\n", start + milliseconds(500));
    session.tick(start + bus_command_deadline_ms - milliseconds(1));
    EXPECT_EQ(fault_of(session), "");
    session.tick(start + bus_command_deadline_ms);
    EXPECT_EQ(fault_of(session), "timeout");
}

TEST(Login, WhatAServerSaysIsFitForALog) {
    PublishSession session(anybody());
    session.start(start);
    hear(session, "-ERR \x1b[31mred\x01" + std::string(500, 'x') + "\r\n", start);
    EXPECT_EQ(fault_of(session), "refused");
    EXPECT_EQ(session.failure()->reason.substr(0, 24), "ROLE: ERR ?[31mred?xxxxx");
    EXPECT_LT(session.failure()->reason.size(), 200U);
}

TEST_F(PublisherTest, PublishesAndCountsWhatIsNotAnswered) {
    session.publish("a channel", "x", now);
    session.publish("b", "y", now);
    EXPECT_EQ(session.unanswered_count(), 2U);
    EXPECT_EQ(commands(session), (Lines{"PUBLISH a channel x", "PUBLISH b y"}));
    hear(session, ":3\r\n:0\r\n", now);
    EXPECT_EQ(session.unanswered_count(), 0U);
    EXPECT_EQ(fault_of(session), "");
}

TEST_F(PublisherTest, TakesNoMoreThanItsBounds) {
    for (std::size_t i = 0; i < bus_unanswered_count_max; ++i) {
        ASSERT_TRUE(session.may_publish()) << i;
        session.publish("a", "x", now);
    }
    EXPECT_FALSE(session.may_publish());
    hear(session, ":1\r\n", now);
    EXPECT_TRUE(session.may_publish());
    session.publish("a", std::string(bus_unsent_bytes_max, 'x'), now);
    static_cast<void>(session.take_output());
    hear(session, ":1\r\n:1\r\n", now);
    EXPECT_TRUE(session.may_publish());
    session.publish("a", std::string(bus_unsent_bytes_max, 'x'), now);
    EXPECT_FALSE(session.may_publish()) << "that much lies unsent";
}

TEST_F(PublisherTest, ARefusedPublishEndsIt) {
    session.publish("a", "x", now);
    hear(session, "-NOPERM this user has no permissions to access one of the channels\r\n", now);
    EXPECT_EQ(fault_of(session), "refused");
    EXPECT_EQ(session.failure()->reason.substr(0, 15), "PUBLISH: NOPERM");
}

TEST_F(PublisherTest, EveryPublishHasItsDeadline) {
    session.publish("a", "x", now);
    now += milliseconds(1'500);
    session.publish("a", "y", now);
    hear(session, ":1\r\n", now);
    session.tick(start + milliseconds(2'500));
    EXPECT_EQ(fault_of(session), "");
    session.tick(now + bus_command_deadline_ms);
    EXPECT_EQ(fault_of(session), "timeout");
}

TEST_F(PublisherTest, AsksForTheRoleAgainAndEndsWhenItIsNoMasterAnyMore) {
    EXPECT_EQ(session.next_due(), start + bus_probe_interval_ms);
    now += bus_probe_interval_ms;
    session.tick(now);
    EXPECT_EQ(commands(session), (Lines{"ROLE"}));
    hear(session, role_master, now);
    EXPECT_TRUE(session.is_ready());
    now += bus_probe_interval_ms;
    session.tick(now);
    hear(session, role_slave, now);
    EXPECT_EQ(fault_of(session), "role");
}

TEST_F(PublisherTest, AnAnswerThatNobodyAskedForEndsIt) {
    hear(session, ":1\r\n", now);
    EXPECT_EQ(fault_of(session), "protocol");
}

TEST_F(PublisherTest, WhatCannotBeReadEndsIt) {
    hear(session, "HTTP/1.1 400 Bad Request\r\n", now);
    EXPECT_EQ(fault_of(session), "protocol");
    hear(session, ":1\r\n", now);
    EXPECT_EQ(fault_of(session), "protocol");
}

TEST(Sentinel, SaysWhereTheMasterIs) {
    SentinelSession session({"s", "q", "", false, false}, "mymaster");
    session.start(start);
    EXPECT_EQ(commands(session), (Lines{"AUTH s q"}));
    hear(session, "+OK\r\n", start);
    EXPECT_EQ(commands(session), (Lines{"SENTINEL GET-MASTER-ADDR-BY-NAME mymaster"}));
    hear(session, list_of({"10.0.0.7", "6380"}), start);
    EXPECT_EQ(fault_of(session), "done");
    EXPECT_EQ(session.answer(), (Host{"10.0.0.7", 6380}));
}

TEST(Sentinel, MayKnowNoSuchMaster) {
    SentinelSession session(anybody_at_a_sentinel(), "mymaster");
    session.start(start);
    hear(session, "*-1\r\n", start);
    EXPECT_EQ(fault_of(session), "done");
    EXPECT_EQ(session.answer(), std::nullopt);
}

TEST(Sentinel, MayAnswerNonsense) {
    for (const std::string& answer :
         {list_of({"10.0.0.7"}), list_of({"10.0.0.7", "x"}), list_of({"", "1"}),
          list_of({"10.0.0.7", "65536"}), list_of({"a", "1", "b"}), std::string(":1\r\n"),
          std::string("-ERR no\r\n"), std::string("*2\r\n:1\r\n:2\r\n")}) {
        SentinelSession session(anybody_at_a_sentinel(), "mymaster");
        session.start(start);
        hear(session, answer, start);
        EXPECT_NE(fault_of(session), "") << answer;
        EXPECT_NE(fault_of(session), "done") << answer;
        EXPECT_EQ(session.answer(), std::nullopt) << answer;
    }
}

TEST(Sentinel, TellsOfAnotherMaster) {
    EXPECT_EQ(new_master("mymaster 10.0.0.7 6379 10.0.0.8 6380", "mymaster"),
              (Host{"10.0.0.8", 6380}));
    for (const std::string_view payload :
         {"", "mymaster", "other 10.0.0.7 6379 10.0.0.8 6380", "mymaster 10.0.0.7 6379 10.0.0.8",
          "mymaster 10.0.0.7 6379 10.0.0.8 x", "mymaster 10.0.0.7 6379 10.0.0.8 6380 more",
          "mymaster 10.0.0.7 6379  6380"}) {
        EXPECT_EQ(new_master(payload, "mymaster"), std::nullopt) << payload;
    }
}

TEST(Sentinel, WhatMostOfThemSayIsTriedFirst) {
    const Host a{"a", 1};
    const Host b{"b", 1};
    const Host c{"c", 1};
    EXPECT_EQ(by_votes({a, b, c, b}), (std::vector<Host>{b, a, c}));
    EXPECT_EQ(by_votes({}), std::vector<Host>{});
}

}  // namespace
}  // namespace parley::redis::test
