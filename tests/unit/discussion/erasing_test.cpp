#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

// An account that is erased: what may be asked, and what each step does.
class ErasingRules : public testing::Test {
protected:
    DoneJob step(Action action) {
        return std::get<DoneJob>(world.apply(TheOperator{}, std::move(action)).value());
    }
    CommentId quote_it(const Actor& who, CommentId said, const std::string& words) {
        return world.post(who, tram, "see", {}, PostComment::QuoteRequest{said, words});
    }
    const AccountRow& account() { return world.memory.rows.accounts.at(id).row; }

    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor bo = world.person("Bo");
    AccountId id = world.account(ada).id;
    DiscussionId tram = world.open_discussion();
};

TEST_F(ErasingRules, OnlyTheOwnerAndTheOperatorAskForIt) {
    EXPECT_EQ(world.refusal_of(bo, EraseAccount{id}), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, EraseAccount{id}), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(TheOperator{}, EraseAccount{AccountId{99}}), Errc::not_found);
    EXPECT_EQ(account().erasure, Erasure::none);
    EXPECT_EQ(world.refusal_of(TheOperator{}, EraseAccount{id}), std::nullopt);
    EXPECT_EQ(account().erasure, Erasure::under_way);
}

TEST_F(ErasingRules, SomebodyWhoIsBannedMayGo) {
    world.account(ada).banned = true;
    EXPECT_EQ(world.refusal_of(ada, EraseAccount{id}), std::nullopt);
}

TEST_F(ErasingRules, EndsEverySessionAndFreesTheName) {
    const Actor also = world.session_of(id);
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    for (const Actor& session : {ada, also}) {
        EXPECT_EQ(world.refusal_of(session, EraseAccount{id}), Errc::unauthenticated);
    }
    ASSERT_EQ(world.memory.rows.account_events.size(), 1U);
    EXPECT_EQ(world.memory.rows.account_events[0],
              (AccountEvent{AccountEvent::Kind::account_changed, id, std::nullopt}));
    EXPECT_EQ(world.refusal_of(NobodyInParticular{},
                               CreateSession{id, "hash of Ada", test::StateBuilder::digest("s")}),
              Errc::bad_credentials);
    EXPECT_EQ(world.refusal_of(TheOperator{}, SetPassword{id, "another"}), Errc::conflict);
    EXPECT_EQ(
        world.refusal_of(NobodyInParticular{}, CreateAccount{"Ada", "Ada", "h", Role::member}),
        std::nullopt);
    // The name is shown until the comments are gone.
    EXPECT_EQ(account().name, "Ada");
}

TEST_F(ErasingRules, StepsAreTheServersOwnAndOnlyForAccountsThatAreErased) {
    const CommentId comment = world.post(ada, tram, "stays");
    for (const Action& action : {Action(EraseComments{id, tram, {}}), Action(EraseVotes{id, tram}),
                                 Action(FinishErasing{id})}) {
        EXPECT_EQ(world.refusal_of(ada, action), Errc::forbidden);
        EXPECT_EQ(world.refusal_of(TheOperator{}, action), Errc::conflict);
    }
    EXPECT_EQ(world.comment(comment).body, "stays");
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    EXPECT_EQ(world.refusal_of(TheOperator{}, EraseComments{id, {"nowhere"}, {}}),
              Errc::unknown_discussion);
    EXPECT_EQ(world.refusal_of(TheOperator{}, EraseVotes{id, {"nowhere"}}),
              Errc::unknown_discussion);
}

TEST_F(ErasingRules, NoTextIsLeftInWhateverStateItWas) {
    const Actor moderator = world.person("Mo", Role::moderator);
    const CommentId parent = world.post(bo, tram, "parent");
    const CommentId seen = world.post(ada, tram, "seen", parent);
    const CommentId removed = world.post(ada, tram, "removed");
    const CommentId deleted = world.post(ada, tram, "deleted");
    ASSERT_TRUE(world.apply(ada, EditComment{seen, "seen, edited"}).has_value());
    ASSERT_TRUE(world.apply(moderator, DeleteComment{removed}).has_value());
    ASSERT_TRUE(world.apply(ada, DeleteComment{deleted}).has_value());
    const PutDiscussion premoderate{tram, {}, {}, {}, {}, DiscussionState::premoderated, {}};
    ASSERT_TRUE(world.apply(TheOperator{}, premoderate).has_value());
    const CommentId waits = world.post(ada, tram, "waits");
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    const Seq before = world.discussion(tram).seq;

    EXPECT_EQ(step(EraseComments{id, tram, {}}).next, std::nullopt);
    for (const CommentId one : {seen, removed, deleted, waits}) {
        EXPECT_EQ(world.comment(one).state, CommentState::deleted);
        EXPECT_EQ(world.comment(one).body, "");
        EXPECT_FALSE(world.memory.earlier_texts.contains(one));
    }
    EXPECT_EQ(world.comment(waits).stamp, 0);
    EXPECT_EQ(world.comment(parent).replies, 0);
    EXPECT_EQ(world.discussion(tram).comment_count, 1);
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->seq, before + 1);
    EXPECT_TRUE(world.changesets[0]->takes_text_away);
    ASSERT_EQ(world.changesets[0]->comments.size(), 2U);  // seen and removed
    EXPECT_EQ(world.changesets[0]->comments[0].content->author, std::nullopt);

    EXPECT_EQ(step(EraseComments{id, tram, {}}).next, std::nullopt);
    EXPECT_TRUE(world.changesets.empty());
}

TEST_F(ErasingRules, QuotesKeepNeitherWordsNorName) {
    const CommentId said = world.post(ada, tram, "her words");
    const CommentId verified = quote_it(bo, said, "words");
    const CommentId unverified = quote_it(bo, said, "never said");
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    step(EraseComments{id, tram, {}});
    EXPECT_EQ(world.comment(verified).quote, (Quote{said, "", "", false}));
    EXPECT_EQ(world.comment(unverified).quote, (Quote{said, "", "never said", false}));
    EXPECT_EQ(world.changesets[0]->comments.size(), 3U);
}

TEST_F(ErasingRules, WhatIsQuotedOftenComesAgainUntilNoQuoteIsLeft) {
    const CommentId first = world.post(ada, tram, "first");
    const CommentId said = world.post(ada, tram, "her words");
    const CommentId last = world.post(ada, tram, "last");
    std::vector<CommentId> quoters;
    for (std::size_t i = 0; i < 2 * quotes_blanked_per_change_max + 5; ++i) {
        quoters.push_back(quote_it(bo, said, "words"));
    }
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    CommentId after{};
    int steps = 1;
    for (DoneJob done = step(EraseComments{id, tram, after}); done.next; ++steps) {
        ASSERT_LT(steps, 10);
        EXPECT_LE(world.changesets[0]->comments.size(), changeset_comments_max);
        after = *done.next;
        EXPECT_EQ(after, first);
        done = step(EraseComments{id, tram, after});
    }
    EXPECT_EQ(steps, 3);
    for (const CommentId quoter : quoters) EXPECT_EQ(world.comment(quoter).quote->text, "");
    EXPECT_EQ(world.comment(last).body, "");
}

TEST_F(ErasingRules, AStepStaysWithinAChangeset) {
    // Five to a page in this store: with the quotes of five, a step would change too much.
    std::vector<CommentId> comments;
    for (int i = 0; i < 7; ++i) {
        comments.push_back(world.post(ada, tram, "words"));
        for (std::size_t q = 0; q < quotes_blanked_per_change_max; ++q) {
            quote_it(bo, comments.back(), "words");
        }
    }
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    EXPECT_EQ(step(EraseComments{id, tram, {}}).next, comments[3]);
    EXPECT_EQ(world.changesets[0]->comments.size(), 4 * (1 + quotes_blanked_per_change_max));
    EXPECT_EQ(step(EraseComments{id, tram, comments[3]}).next, std::nullopt);
    EXPECT_EQ(world.discussion(tram).comment_count, 700);
}

TEST_F(ErasingRules, VotesBecomePartOfTheScore) {
    std::vector<CommentId> comments;
    for (int i = 0; i < 7; ++i) comments.push_back(world.post(bo, tram, "text"));
    for (const CommentId comment : comments) {
        const int value = comment == comments[0] ? -1 : 1;
        ASSERT_TRUE(world.apply(ada, CastVote{comment, value}).has_value());
    }
    const Actor cy = world.person("Cy");
    ASSERT_TRUE(world.apply(cy, CastVote{comments[0], 1}).has_value());
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    EXPECT_TRUE(step(EraseVotes{id, tram}).next.has_value());
    EXPECT_EQ(world.changesets[0]->scores.size(), 5U);
    EXPECT_EQ(step(EraseVotes{id, tram}).next, std::nullopt);
    EXPECT_EQ(world.changesets[0]->scores.size(), 2U);
    const CommentRow& first = world.comment(comments[0]);
    EXPECT_EQ(std::tuple(first.base, first.up, first.down), std::tuple(-1, 1, 0));
    const CommentRow& second = world.comment(comments[1]);
    EXPECT_EQ(std::tuple(second.base, second.up, second.down), std::tuple(1, 0, 0));
    EXPECT_EQ(world.memory.rows.votes.size(), 1U);
    EXPECT_EQ(step(EraseVotes{id, tram}).next, std::nullopt);
    EXPECT_TRUE(world.changesets.empty());
}

TEST_F(ErasingRules, TheLastStepTakesTheName) {
    world.account(ada).role = Role::moderator;
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    ASSERT_TRUE(world.apply(TheOperator{}, FinishErasing{id}).has_value());
    EXPECT_EQ(account().erasure, Erasure::done);
    EXPECT_EQ(account().role, Role::member);
    EXPECT_NE(account().name, "Ada");
    EXPECT_EQ(world.refusal_of(TheOperator{}, FinishErasing{id}), std::nullopt);
    EXPECT_EQ(world.refusal_of(TheOperator{}, EraseAccount{id}), std::nullopt);
    EXPECT_EQ(account().erasure, Erasure::done);
}

TEST_F(ErasingRules, AnImportBringsNothingOfItBack) {
    (void)world.apply(TheOperator{}, ImportAccounts{"old", {{"u", "Ursula"}}}).value();
    const auto item = [](const std::string& name) {
        ImportComment comment;
        comment.id = name;
        comment.author = "u";
        comment.body = "text";
        return comment;
    };
    const auto import = [&](const std::string& name) {
        const ImportComments action{"old", tram, {item(name)}};
        return std::get<DoneImport>(world.apply(TheOperator{}, action).value());
    };
    const auto vote = [&] {
        const ImportVotes action{"old", tram, {{"c", "u", 1}}};
        return std::get<DoneImport>(world.apply(TheOperator{}, action).value());
    };
    EXPECT_EQ(import("c").added, 1U);
    EXPECT_EQ(vote().added, 1U);
    const AccountId ursula{
        world.memory.rows.imports.at({ImportKey::Kind::account, "old", {}, "u"}).id};
    ASSERT_TRUE(world.apply(TheOperator{}, EraseAccount{ursula}).has_value());
    step(EraseComments{ursula, tram, {}});
    step(EraseVotes{ursula, tram});
    ASSERT_TRUE(world.apply(TheOperator{}, FinishErasing{ursula}).has_value());
    EXPECT_EQ(import("c").known, 1U);
    EXPECT_EQ(vote().known, 1U);
    EXPECT_TRUE(world.memory.rows.votes.empty());
    const DoneImport fresh = import("another");
    ASSERT_EQ(fresh.refused.size(), 1U);
    EXPECT_EQ(fresh.refused[0].second.code, Errc::conflict);
}

}  // namespace
}  // namespace parley
