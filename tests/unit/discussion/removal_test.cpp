#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

class Removal : public testing::Test {
protected:
    CommentOutcome outcome(const result<Outcome>& answer) {
        return std::get<CommentOutcome>(answer.value());
    }
    CommentId quote_it(const Actor& who, const std::string& words = "secret") {
        return world.post(who, tram, "quoting", {}, PostComment::QuoteRequest{comment, words});
    }

    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor bo = world.person("Bo");
    Actor moderator = world.person("Mo", Role::moderator);
    DiscussionId tram = world.open_discussion();
    CommentId parent = world.post(bo, tram, "parent");
    CommentId comment = world.post(ada, tram, "the secret text", parent);
};

TEST_F(Removal, ByTheAuthorForgetsTheText) {
    ASSERT_TRUE(world.apply(ada, EditComment{comment, "the secret text, edited"}).has_value());
    const Seq before = world.discussion(tram).seq;
    const CommentOutcome answer = outcome(world.apply(ada, DeleteComment{comment}));
    EXPECT_EQ(answer.comment.content->state, CommentState::deleted);
    EXPECT_EQ(world.comment(comment).body, "");
    EXPECT_FALSE(world.memory.earlier_texts.contains(comment));
    EXPECT_EQ(world.comment(comment).stamp, before + 1);
    EXPECT_EQ(world.comment(parent).replies, 0);
    EXPECT_EQ(world.comment(parent).tally_stamp, before + 1);
    EXPECT_EQ(world.discussion(tram).comment_count, 1);
    ASSERT_EQ(world.changesets.size(), 1U);
    const Changeset& change = *world.changesets[0];
    EXPECT_TRUE(change.takes_text_away);
    EXPECT_EQ(change.comment_count, 1);
    ASSERT_EQ(change.comments.size(), 1U);
    EXPECT_EQ(change.comments[0].content->body, "");
    EXPECT_EQ(change.comments[0].content->author, std::nullopt);
    EXPECT_EQ(change.comments[0].content->stamp, before + 1);
    ASSERT_EQ(change.scores.size(), 1U);
    EXPECT_EQ(change.scores[0].id, parent);
}

TEST_F(Removal, InTheBatchOfAnEditForgetsTheEarlierTextToo) {
    world.run({world.command(ada, EditComment{comment, "new"}),
               world.command(ada, DeleteComment{comment})});
    EXPECT_FALSE(world.memory.earlier_texts.contains(comment));
    EXPECT_EQ(world.comment(comment).body, "");
}

TEST_F(Removal, ByAModeratorKeepsTheTextForModerators) {
    const CommentOutcome answer = outcome(world.apply(moderator, DeleteComment{comment}));
    EXPECT_EQ(answer.comment.content->state, CommentState::removed);
    EXPECT_EQ(answer.comment.content->body, "");
    EXPECT_EQ(world.comment(comment).body, "the secret text");
    // Moderators are authors as well.
    const CommentId own = world.post(moderator, tram, "mine");
    EXPECT_EQ(outcome(world.apply(moderator, DeleteComment{own})).comment.content->state,
              CommentState::deleted);
}

TEST_F(Removal, IsForAuthorsAndModerators) {
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, DeleteComment{comment}),
              Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(bo, DeleteComment{comment}), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(ada, DeleteComment{CommentId{99}}), Errc::unknown_comment);
    EXPECT_EQ(world.refusal_of(ada, SetCommentState{comment, CommentState::removed}),
              Errc::forbidden);
    world.account(ada).banned = true;
    EXPECT_EQ(world.refusal_of(ada, DeleteComment{comment}), Errc::banned);
    EXPECT_EQ(world.comment(comment).state, CommentState::visible);
    EXPECT_EQ(world.refusal_of(TheOperator{}, DeleteComment{comment}), std::nullopt);
    EXPECT_EQ(world.comment(comment).state, CommentState::removed);
}

TEST_F(Removal, InALockedDiscussionWorks) {
    PutDiscussion lock{tram, {}, {}, {}, {}, DiscussionState::locked, {}};
    ASSERT_TRUE(world.apply(TheOperator{}, lock).has_value());
    EXPECT_TRUE(world.apply(ada, DeleteComment{comment}).has_value());
    EXPECT_TRUE(world.apply(moderator, SetCommentState{parent, CommentState::removed}).has_value());
}

TEST_F(Removal, TwiceChangesNothing) {
    ASSERT_TRUE(world.apply(ada, DeleteComment{comment}).has_value());
    EXPECT_TRUE(world.apply(ada, DeleteComment{comment}).has_value());
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(world.refusal_of(moderator, DeleteComment{comment}), Errc::comment_gone);
    EXPECT_EQ(world.refusal_of(moderator, SetCommentState{comment, CommentState::removed}),
              Errc::comment_gone);
    ASSERT_TRUE(world.apply(moderator, DeleteComment{parent}).has_value());
    EXPECT_TRUE(world.apply(moderator, SetCommentState{parent, CommentState::removed}).has_value());
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(world.refusal_of(bo, DeleteComment{parent}), Errc::comment_gone);
    EXPECT_EQ(world.discussion(tram).comment_count, 0);
}

TEST_F(Removal, CanBeTakenBackByAModerator) {
    ASSERT_TRUE(world.apply(moderator, DeleteComment{comment}).has_value());
    const Seq before = world.discussion(tram).seq;
    const CommentOutcome answer =
        outcome(world.apply(moderator, SetCommentState{comment, CommentState::visible}));
    EXPECT_EQ(answer.comment.content->body, "the secret text");
    EXPECT_EQ(answer.comment.content->number, "1.1");
    EXPECT_EQ(world.comment(parent).replies, 1);
    EXPECT_EQ(world.discussion(tram).comment_count, 2);
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->seq, before + 1);
    EXPECT_FALSE(world.changesets[0]->takes_text_away);
    EXPECT_TRUE(
        world.apply(moderator, SetCommentState{comment, CommentState::visible}).has_value());
    EXPECT_TRUE(world.changesets.empty());
    const CommentId next = world.post(bo, tram, "next", parent);
    EXPECT_EQ(format_number(world.comment(next).ordinals), "1.2");
}

TEST_F(Removal, ByTheAuthorCannotBeTakenBack) {
    ASSERT_TRUE(world.apply(ada, DeleteComment{comment}).has_value());
    EXPECT_EQ(world.refusal_of(moderator, SetCommentState{comment, CommentState::visible}),
              Errc::conflict);
}

TEST_F(Removal, TakesNoOtherState) {
    for (const auto state : {CommentState::pending, CommentState::deleted}) {
        EXPECT_EQ(world.refusal_of(moderator, SetCommentState{comment, state}),
                  Errc::invalid_field);
    }
}

TEST_F(Removal, OfWhatWasNeverPublicIsInNoChangeset) {
    CommentRow& row = world.memory.rows.comments.at(comment).row;
    row.state = CommentState::pending;
    row.stamp = 0;
    row.tally_stamp = 0;
    const Seq before = world.discussion(tram).seq;
    ASSERT_TRUE(world.apply(ada, DeleteComment{comment}).has_value());
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(world.comment(comment).stamp, 0);
    EXPECT_EQ(world.comment(comment).body, "");
    EXPECT_EQ(world.discussion(tram).seq, before);
    EXPECT_EQ(world.comment(parent).replies, 1);  // as it was put there: nothing is counted twice
}

TEST_F(Removal, BlanksVerifiedQuotesOfTheText) {
    const CommentId verified = quote_it(bo);
    const CommentId unverified = quote_it(bo, "never said");
    const CommentOutcome answer = outcome(world.apply(ada, DeleteComment{comment}));
    EXPECT_FALSE(answer.more_quotes);
    EXPECT_EQ(world.comment(verified).quote, (Quote{comment, "", "", false}));
    EXPECT_EQ(world.comment(verified).stamp, world.discussion(tram).seq);
    // What it never said stays, without the name of who is said to have said it.
    EXPECT_EQ(world.comment(unverified).quote, (Quote{comment, "", "never said", false}));
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->comments.size(), 3U);
}

TEST_F(Removal, BlanksQuotesOfTheSameBatch) {
    PostComment quoting{tram, {}, "q", PostComment::QuoteRequest{comment, "secret"}};
    const auto answers = world.run(
        {world.command(bo, quoting, "k"), world.command(moderator, DeleteComment{comment})});
    const CommentId quoter = std::get<CommentOutcome>(*answers[0]).comment.id();
    EXPECT_EQ(world.comment(quoter).quote, (Quote{comment, "", "", false}));
    EXPECT_EQ(std::get<CommentOutcome>(*answers[0]).comment.content->quote->text, "");
}

TEST_F(Removal, BlanksQuotesInTombstonesWithoutShowingIt) {
    const CommentId quoter = quote_it(bo);
    ASSERT_TRUE(world.apply(moderator, DeleteComment{quoter}).has_value());
    const Seq stamp = world.comment(quoter).stamp;
    ASSERT_TRUE(world.apply(ada, DeleteComment{comment}).has_value());
    EXPECT_EQ(world.comment(quoter).stamp, stamp);
    EXPECT_EQ(world.comment(quoter).quote->text, "");
    ASSERT_EQ(world.changesets[0]->comments.size(), 1U);
    ASSERT_TRUE(world.apply(moderator, SetCommentState{quoter, CommentState::visible}).has_value());
    EXPECT_EQ(world.changesets[0]->comments[0].content->quote->text, "");
}

TEST_F(Removal, OfADeletedQuoterForgetsItsQuote) {
    const CommentId quoter = quote_it(bo);
    ASSERT_TRUE(world.apply(bo, DeleteComment{quoter}).has_value());
    EXPECT_EQ(world.comment(quoter).quote, std::nullopt);
}

TEST_F(Removal, LeavesManyQuotesToAJob) {
    std::vector<CommentId> quoters;
    for (std::size_t i = 0; i < 2 * quotes_blanked_per_change_max + 5; ++i) {
        quoters.push_back(quote_it(bo));
    }
    const CommentOutcome answer =
        outcome(world.apply(ada, DeleteComment{comment}, "key", "delete"));
    EXPECT_TRUE(answer.more_quotes);
    EXPECT_EQ(world.changesets[0]->comments.size(), quotes_blanked_per_change_max + 1);
    // A repetition says so again, in case the job was lost.
    EXPECT_TRUE(outcome(world.apply(ada, DeleteComment{comment}, "key", "delete")).more_quotes);
    EXPECT_TRUE(outcome(world.apply(ada, DeleteComment{comment})).more_quotes);
    EXPECT_EQ(world.refusal_of(ada, BlankQuotes{comment}), Errc::forbidden);
    const auto job = [&] {
        return std::get<DoneJob>(world.apply(TheOperator{}, BlankQuotes{comment}).value());
    };
    EXPECT_EQ(job().next, comment);
    EXPECT_TRUE(world.changesets[0]->takes_text_away);
    EXPECT_EQ(job().next, std::nullopt);
    for (const CommentId id : quoters) EXPECT_EQ(world.comment(id).quote->text, "");
    EXPECT_FALSE(outcome(world.apply(ada, DeleteComment{comment})).more_quotes);
}

}  // namespace
}  // namespace parley
