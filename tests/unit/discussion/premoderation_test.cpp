#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

class Premoderation : public testing::Test {
protected:
    void SetUp() override {
        root = world.post(ada, tram, "root");
        const PutDiscussion put{tram, {}, {}, {}, {}, DiscussionState::premoderated, {}};
        ASSERT_EQ(world.refusal_of(TheOperator{}, put), std::nullopt);
        before = world.discussion(tram);
        world.memory.rows.account_events.clear();
    }
    CommentView answer(const result<Outcome>& done) {
        EXPECT_TRUE(done.has_value());
        return done.has_value() ? std::get<CommentOutcome>(*done).comment : CommentView{};
    }
    std::optional<Errc> set(CommentId comment, CommentState state) {
        return world.refusal_of(moderator, SetCommentState{comment, state});
    }
    // How many moderators and authors were told of what waits.
    std::size_t told() const { return world.memory.rows.account_events.size(); }

    test::StateBuilder world;
    DiscussionId tram = world.open_discussion();
    Actor ada = world.person("Ada");
    Actor bo = world.person("Bo");
    Actor moderator = world.person("Mo", Role::moderator);
    CommentId root{};
    DiscussionRow before;
};

TEST_F(Premoderation, WhatWaitsIsNowhereInPublic) {
    const auto done = world.apply(bo, PostComment{tram, root, "words", {}}, "k");
    const CommentView waits = answer(done);
    EXPECT_EQ(waits.content->state, CommentState::pending);
    EXPECT_EQ(waits.content->body, "words") << "its author reads it";
    EXPECT_EQ(waits.content->number, "");
    EXPECT_TRUE(std::get<CommentOutcome>(*done).created);
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(world.discussion(tram).seq, before.seq);
    EXPECT_EQ(world.discussion(tram).comment_count, 1);
    EXPECT_EQ(world.comment(root).replies, 0);
    EXPECT_EQ(world.comment(root).children_numbered, 0);
    EXPECT_EQ(world.comment(waits.id()).stamp, 0);
    EXPECT_EQ(told(), 1U);
    const auto again = world.apply(bo, PostComment{tram, root, "words", {}}, "k");
    EXPECT_EQ(answer(again).id(), waits.id());
}

TEST_F(Premoderation, ModeratorsDoNotWait) {
    const CommentId comment = world.post(moderator, tram, "words");
    EXPECT_EQ(world.comment(comment).state, CommentState::visible);
    EXPECT_EQ(told(), 0U);
}

TEST_F(Premoderation, AnApprovedOneIsNumberedAsItComes) {
    const CommentId first = world.post(bo, tram, "first", root);
    const CommentId second = world.post(ada, tram, "second", root);
    ASSERT_EQ(set(second, CommentState::visible), std::nullopt);
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->prev, before.seq);
    EXPECT_EQ(world.changesets[0]->comments.size(), 1U);
    EXPECT_FALSE(world.changesets[0]->takes_text_away);
    ASSERT_EQ(set(first, CommentState::visible), std::nullopt);
    EXPECT_EQ(format_number(world.comment(second).ordinals), "1.1");
    EXPECT_EQ(format_number(world.comment(first).ordinals), "1.2");
    EXPECT_EQ(world.comment(root).replies, 2);
    EXPECT_EQ(world.discussion(tram).comment_count, 3);
    EXPECT_EQ(world.comment(first).stamp, world.discussion(tram).seq);
    EXPECT_EQ(told(), 4U);
    ASSERT_EQ(set(first, CommentState::visible), std::nullopt);
    EXPECT_TRUE(world.changesets.empty()) << "it is there already";
}

TEST_F(Premoderation, ARejectedOneWasNeverThere) {
    const CommentId comment = world.post(bo, tram, "first");
    ASSERT_EQ(set(comment, CommentState::removed), std::nullopt);
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(world.discussion(tram).seq, before.seq);
    EXPECT_EQ(world.comment(comment).stamp, 0);
    EXPECT_EQ(told(), 2U);
    ASSERT_EQ(set(comment, CommentState::visible), std::nullopt);
    EXPECT_EQ(format_number(world.comment(comment).ordinals), "2");
    EXPECT_EQ(world.discussion(tram).comment_count, 2);
}

TEST_F(Premoderation, OthersKnowNothingOfIt) {
    const CommentId comment = world.post(bo, tram, "waits");
    EXPECT_EQ(world.refusal_of(ada, CastVote{comment, 1}), Errc::unknown_comment);
    EXPECT_EQ(world.refusal_of(ada, DeleteComment{comment}), Errc::unknown_comment);
    EXPECT_EQ(world.refusal_of(ada, EditComment{comment, "x"}), Errc::unknown_comment);
    EXPECT_EQ(world.refusal_of(ada, PostComment{tram, comment, "x", {}}), Errc::unknown_comment);
    const PostComment quoting{tram, {}, "x", PostComment::QuoteRequest{comment, "waits"}};
    EXPECT_EQ(world.refusal_of(ada, quoting), Errc::unknown_comment);
    EXPECT_EQ(world.refusal_of(ada, SetCommentState{comment, CommentState::visible}),
              Errc::forbidden);
    EXPECT_EQ(world.refusal_of(bo, SetCommentState{comment, CommentState::visible}),
              Errc::forbidden);
}

TEST_F(Premoderation, ItTakesNeitherVotesNorAnswers) {
    const CommentId comment = world.post(bo, tram, "waits");
    EXPECT_EQ(world.refusal_of(moderator, CastVote{comment, 1}), Errc::conflict);
    EXPECT_EQ(world.refusal_of(bo, CastVote{comment, 1}), Errc::own_comment);
    EXPECT_EQ(world.refusal_of(moderator, PostComment{tram, comment, "x", {}}), Errc::conflict);
    EXPECT_EQ(world.refusal_of(bo, PostComment{tram, comment, "x", {}}), Errc::conflict);
}

TEST_F(Premoderation, ItsAuthorMayChangeAndDeleteIt) {
    const CommentId comment = world.post(bo, tram, "waits");
    const CommentView changed = answer(world.apply(bo, EditComment{comment, "waits still"}));
    EXPECT_EQ(changed.content->body, "waits still");
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(told(), 2U);
    ASSERT_EQ(world.refusal_of(bo, DeleteComment{comment}), std::nullopt);
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(world.comment(comment).body, "");
    EXPECT_EQ(told(), 3U);
    EXPECT_EQ(set(comment, CommentState::visible), Errc::conflict);
}

TEST_F(Premoderation, WhatWasReadDoesNotChange) {
    const CommentId comment = world.post(bo, tram, "harmless");
    ASSERT_EQ(set(comment, CommentState::visible), std::nullopt);
    EXPECT_EQ(world.refusal_of(bo, EditComment{comment, "anything"}), Errc::conflict);
    EXPECT_EQ(world.refusal_of(ada, EditComment{root, "anything"}), Errc::conflict)
        << "nor what was there before";
    const CommentId own = world.post(moderator, tram, "from a moderator");
    EXPECT_EQ(world.refusal_of(moderator, EditComment{own, "better"}), std::nullopt);
    EXPECT_EQ(world.comment(comment).body, "harmless");
}

TEST_F(Premoderation, AnAnswerToWhatIsGoneStaysAway) {
    const CommentId comment = world.post(bo, tram, "waits", root);
    ASSERT_EQ(set(root, CommentState::removed), std::nullopt);
    EXPECT_EQ(set(comment, CommentState::visible), Errc::conflict);
    ASSERT_EQ(set(root, CommentState::visible), std::nullopt);
    EXPECT_EQ(set(comment, CommentState::visible), std::nullopt);
}

TEST_F(Premoderation, OpeningADiscussionDoesNotApproveWhatWaits) {
    const CommentId comment = world.post(bo, tram, "waits");
    const PutDiscussion put{tram, {}, {}, {}, {}, DiscussionState::open, {}};
    ASSERT_EQ(world.refusal_of(TheOperator{}, put), std::nullopt);
    EXPECT_EQ(world.comment(comment).state, CommentState::pending);
    EXPECT_EQ(world.comment(world.post(bo, tram, "does not")).state, CommentState::visible);
}

TEST_F(Premoderation, AQuoteInItIsBlankedAsAnyOther) {
    const PostComment quoting{tram, {}, "q", PostComment::QuoteRequest{root, "root"}};
    const CommentId comment = answer(world.apply(bo, quoting, "k")).id();
    ASSERT_EQ(world.comment(comment).quote->text, "root");
    ASSERT_EQ(set(root, CommentState::removed), std::nullopt);
    EXPECT_EQ(world.comment(comment).quote->text, "");
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->comments.size(), 1U) << "the one that waits is not in it";
}

}  // namespace
}  // namespace parley
