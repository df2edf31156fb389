#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using namespace std::chrono_literals;

class Accounts : public testing::Test {
protected:
    static CreateAccount sign_up(const std::string& name, Role role = Role::member) {
        return {name, "key of " + name, "hash of " + name, role};
    }
    static Digest256 token(const std::string& name) { return test::StateBuilder::digest(name); }

    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor admin = world.person("Ann", Role::admin);
    AccountId ada_id = world.account(ada).id;
};

TEST_F(Accounts, AreMadeByAnybody) {
    const Outcome outcome = world.apply(NobodyInParticular{}, sign_up("Bo")).value();
    const AccountRow& account = std::get<AccountOutcome>(outcome).account;
    EXPECT_EQ(account.name, "Bo");
    EXPECT_EQ(account.role, Role::member);
    EXPECT_EQ(account.created_at, world.now());
    EXPECT_TRUE(world.memory.rows.accounts.contains(account.id));
    EXPECT_TRUE(world.changesets.empty());
}

TEST_F(Accounts, HaveANameOfTheirOwn) {
    ASSERT_TRUE(world.apply(NobodyInParticular{}, sign_up("Bo")).has_value());
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, sign_up("Bo")), Errc::name_taken);
    const auto answers = world.run({world.command(NobodyInParticular{}, sign_up("Cy")),
                                    world.command(NobodyInParticular{}, sign_up("Cy"))});
    EXPECT_TRUE(answers[0].has_value());
    EXPECT_EQ(answers[1].error().code, Errc::name_taken);
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, CreateAccount{"x", "", "h", Role::member}),
              Errc::invalid_field);
}

TEST_F(Accounts, GetRolesOnlyFromTheOperator) {
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, sign_up("Bo", Role::admin)),
              Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(ada, sign_up("Bo", Role::moderator)), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(TheOperator{}, sign_up("Bo", Role::admin)), std::nullopt);
}

TEST_F(Accounts, ChangeRolesByAdminsAndTheOperator) {
    const SetRole action{ada_id, Role::moderator};
    EXPECT_EQ(world.refusal_of(ada, action), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, action), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(TheOperator{}, action), std::nullopt);
    EXPECT_EQ(world.account(ada).role, Role::moderator);
    EXPECT_EQ(world.refusal_of(admin, SetRole{ada_id, Role::member}), std::nullopt);
    EXPECT_EQ(world.refusal_of(admin, SetRole{AccountId{99}, Role::member}), Errc::not_found);
}

TEST_F(Accounts, ANewPasswordEndsAllSessions) {
    world.session_of(ada_id);
    EXPECT_EQ(world.refusal_of(world.person("Bo"), SetPassword{ada_id, "new"}), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, SetPassword{ada_id, "new"}),
              Errc::unauthenticated);
    const std::size_t before = world.memory.rows.sessions.size();
    EXPECT_EQ(world.refusal_of(ada, SetPassword{ada_id, "new"}), std::nullopt);
    EXPECT_EQ(world.memory.rows.sessions.size(), before - 2);
    EXPECT_EQ(world.memory.rows.accounts.at(ada_id).row.password_hash, "new");
    EXPECT_EQ(world.refusal_of(ada, SetPassword{ada_id, "newer"}), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(TheOperator{}, SetPassword{ada_id, "newer"}), std::nullopt);
    EXPECT_EQ(world.refusal_of(TheOperator{}, SetPassword{AccountId{99}, "x"}), Errc::not_found);
}

TEST_F(Accounts, ANewPasswordEndsSessionsOfTheSameBatch) {
    const std::vector<Command> batch{
        world.command(TheOperator{}, CreateSession{ada_id, "hash of Ada", token("t")}),
        world.command(TheOperator{}, SetPassword{ada_id, "new"})};
    Needs needs;
    for (const Command& command : batch) collect_needs(command, needs);
    State state = world.memory.load(needs);
    for (const Command& command : batch) {
        EXPECT_TRUE(decide(state, command, world.limits).has_value());
    }
    // There is nothing to insert and delete again.
    EXPECT_FALSE(state.sessions.contains(token("t")));
    EXPECT_TRUE(state.sessions.at(std::get<Digest256>(ada)).gone);
}

TEST_F(Accounts, SignInWithThePasswordThatWasVerified) {
    const CreateSession good{ada_id, "hash of Ada", token("t")};
    const Outcome outcome = world.apply(TheOperator{}, good).value();
    const auto& session = std::get<SessionOutcome>(outcome);
    EXPECT_EQ(session.account.name, "Ada");
    EXPECT_EQ(session.expires_at, world.now() + session_hours);
    EXPECT_EQ(world.refusal_of(TheOperator{}, CreateSession{ada_id, "old", token("u")}),
              Errc::bad_credentials);
    EXPECT_EQ(world.refusal_of(TheOperator{}, CreateSession{AccountId{99}, "", token("u")}),
              Errc::bad_credentials);
    world.account(ada).banned = true;
    EXPECT_EQ(world.refusal_of(TheOperator{}, CreateSession{ada_id, "hash of Ada", token("v")}),
              std::nullopt);
}

TEST_F(Accounts, ThatWereImportedCannotSignIn) {
    ASSERT_TRUE(world.apply(TheOperator{}, ImportAccounts{"src", {{"u1", "Old"}}}).has_value());
    const auto& imported = world.memory.rows.imports.begin()->second;
    const AccountId id{imported.id};
    EXPECT_EQ(world.refusal_of(TheOperator{}, CreateSession{id, "", token("u")}),
              Errc::bad_credentials);
    EXPECT_EQ(world.refusal_of(TheOperator{}, SetPassword{id, "new"}), Errc::conflict);
}

TEST_F(Accounts, SignOutAsOftenAsTheyLike) {
    EXPECT_EQ(world.refusal_of(ada, EndSession{}), std::nullopt);
    EXPECT_FALSE(world.memory.rows.sessions.contains(std::get<Digest256>(ada)));
    EXPECT_EQ(world.refusal_of(ada, EndSession{}), std::nullopt);
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, EndSession{}), std::nullopt);
    EXPECT_EQ(world.refusal_of(ada, SetPassword{ada_id, "x"}), Errc::unauthenticated);
}

TEST_F(Accounts, AreSignedInUntilTheSessionIsOver) {
    const DiscussionId tram = world.open_discussion();
    world.advance(session_hours - 1ms);
    EXPECT_EQ(world.refusal_of(ada, PostComment{tram, {}, "text", {}}), std::nullopt);
    world.advance(1ms);
    EXPECT_EQ(world.refusal_of(ada, PostComment{tram, {}, "text", {}}), Errc::unauthenticated);
}

TEST_F(Accounts, SignedOutInABatchWriteNothingMoreInIt) {
    const DiscussionId tram = world.open_discussion();
    const auto answers = world.run({world.command(ada, EndSession{}),
                                    world.command(ada, PostComment{tram, {}, "text", {}}, "k")});
    EXPECT_EQ(answers[1].error().code, Errc::unauthenticated);
}

}  // namespace
}  // namespace parley
