#include "base/limits.hpp"
#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using Kind = AccountEvent::Kind;

class Tickets : public testing::Test {
protected:
    static Digest256 named(const std::string& name) { return test::StateBuilder::digest(name); }
    std::optional<Errc> take(const Digest256& name) {
        return world.refusal_of(NobodyInParticular{}, TakeTicket{name});
    }
    [[nodiscard]] const std::vector<AccountEvent>& events() const {
        return world.memory.rows.account_events;
    }

    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor moderator = world.person("Mo", Role::moderator);
    Actor admin = world.person("Ann", Role::admin);
    AccountId ada_id = world.account(ada).id;
    Digest256 ticket = named("ticket");
};

TEST_F(Tickets, AreForThoseWhoAreSignedIn) {
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, IssueTicket{ticket}), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(TheOperator{}, IssueTicket{ticket}), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(ada, IssueTicket{ticket}), std::nullopt);
    EXPECT_TRUE(events().empty());
}

TEST_F(Tickets, SayWhoseTheyAreOnce) {
    ASSERT_EQ(world.refusal_of(ada, IssueTicket{ticket}), std::nullopt);
    const auto taken = world.apply(NobodyInParticular{}, TakeTicket{ticket});
    ASSERT_TRUE(taken.has_value());
    const auto& outcome = std::get<TicketOutcome>(*taken);
    EXPECT_EQ(outcome.account.id, ada_id);
    EXPECT_EQ(outcome.session, std::get<Digest256>(ada));
    EXPECT_EQ(take(ticket), Errc::unauthenticated);
    EXPECT_EQ(take(named("nobody's")), Errc::unauthenticated);
}

TEST_F(Tickets, AreTakenOnceInABatchToo) {
    const auto answers = world.run({world.command(ada, IssueTicket{ticket}),
                                    world.command(NobodyInParticular{}, TakeTicket{ticket}),
                                    world.command(NobodyInParticular{}, TakeTicket{ticket})});
    EXPECT_TRUE(answers[0].has_value());
    EXPECT_TRUE(answers[1].has_value());
    EXPECT_EQ(answers[2].error().code, Errc::unauthenticated);
    EXPECT_EQ(take(ticket), Errc::unauthenticated);
}

TEST_F(Tickets, GetOld) {
    ASSERT_EQ(world.refusal_of(ada, IssueTicket{ticket}), std::nullopt);
    world.advance(ticket_lifetime_ms);
    EXPECT_EQ(take(ticket), Errc::unauthenticated);
}

TEST_F(Tickets, AreWorthNothingWithoutTheirSession) {
    ASSERT_EQ(world.refusal_of(ada, IssueTicket{ticket}), std::nullopt);
    ASSERT_EQ(world.refusal_of(ada, EndSession{}), std::nullopt);
    EXPECT_EQ(take(ticket), Errc::unauthenticated);
}

TEST_F(Tickets, AreNotForTheBanned) {
    ASSERT_EQ(world.refusal_of(ada, IssueTicket{ticket}), std::nullopt);
    ASSERT_EQ(world.refusal_of(moderator, SetBan{ada_id, true}), std::nullopt);
    EXPECT_EQ(take(ticket), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(ada, IssueTicket{named("another")}), Errc::banned);
}

TEST_F(Tickets, SayWhichEventsWereSeen) {
    ASSERT_EQ(world.refusal_of(ada, IssueTicket{ticket}), std::nullopt);
    ASSERT_EQ(world.refusal_of(moderator, EndSession{}), std::nullopt);
    const auto taken = world.apply(NobodyInParticular{}, TakeTicket{ticket});
    EXPECT_EQ(std::get<TicketOutcome>(taken.value()).account_events_seen, 1);
}

TEST_F(Tickets, ASignOutEndsOneSession) {
    ASSERT_EQ(world.refusal_of(ada, EndSession{}), std::nullopt);
    EXPECT_EQ(events(),
              (std::vector<AccountEvent>{{Kind::session_ended, ada_id, std::get<Digest256>(ada)}}));
    ASSERT_EQ(world.refusal_of(ada, EndSession{}), std::nullopt);
    EXPECT_EQ(events().size(), 1U) << "it was over already";
}

TEST_F(Tickets, PasswordsRolesAndBansConcernTheAccount) {
    const AccountEvent changed{Kind::account_changed, ada_id, std::nullopt};
    ASSERT_EQ(world.refusal_of(ada, SetPassword{ada_id, "new"}), std::nullopt);
    EXPECT_EQ(events(), std::vector{changed});
    ASSERT_EQ(world.refusal_of(admin, SetRole{ada_id, Role::moderator}), std::nullopt);
    ASSERT_EQ(world.refusal_of(admin, SetRole{ada_id, Role::moderator}), std::nullopt);
    EXPECT_EQ(events(), (std::vector{changed, changed})) << "the same role again is no change";
    ASSERT_EQ(world.refusal_of(admin, SetBan{ada_id, true}), std::nullopt);
    ASSERT_EQ(world.refusal_of(admin, SetBan{ada_id, true}), std::nullopt);
    EXPECT_EQ(events(), (std::vector{changed, changed, changed}));
}

TEST_F(Tickets, NobodyBansWhoMayDoAsMuch) {
    const AccountId moderator_id = world.account(moderator).id;
    const AccountId admin_id = world.account(admin).id;
    EXPECT_EQ(world.refusal_of(ada, SetBan{moderator_id, true}), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, SetBan{ada_id, true}), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(moderator, SetBan{moderator_id, true}), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(moderator, SetBan{admin_id, true}), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(admin, SetBan{AccountId{999}, true}), Errc::not_found);
    EXPECT_EQ(world.refusal_of(admin, SetBan{moderator_id, true}), std::nullopt);
    EXPECT_EQ(world.refusal_of(moderator, SetBan{ada_id, true}), Errc::banned);
    EXPECT_EQ(world.refusal_of(TheOperator{}, SetBan{admin_id, true}), std::nullopt);
}

}  // namespace
}  // namespace parley
