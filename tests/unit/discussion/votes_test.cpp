#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

class Votes : public testing::Test {
protected:
    VoteOutcome cast(const Actor& who, int value) {
        return std::get<VoteOutcome>(world.apply(who, CastVote{comment, value}).value());
    }

    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor bo = world.person("Bo");
    Actor cy = world.person("Cy");
    DiscussionId tram = world.open_discussion();
    CommentId comment = world.post(ada, tram, "text");
};

TEST_F(Votes, AreTotals) {
    EXPECT_EQ(cast(bo, 1).tally.score, 1);
    EXPECT_EQ(cast(cy, -1).tally.score, 0);
    EXPECT_EQ(cast(cy, 1).tally.score, 2);
    const VoteOutcome last = cast(bo, -1);
    EXPECT_EQ(last.tally.up, 1);
    EXPECT_EQ(last.tally.down, 1);
    EXPECT_EQ(last.seq, world.discussion(tram).seq);
    EXPECT_EQ(cast(bo, 0).tally.down, 0);
    EXPECT_EQ(cast(cy, 0).tally.up, 0);
    EXPECT_TRUE(world.memory.rows.votes.empty());
}

TEST_F(Votes, ThatChangeNothingMakeNoChangeset) {
    cast(bo, 1);
    EXPECT_EQ(world.changesets.size(), 1U);
    const Seq seq = world.discussion(tram).seq;
    EXPECT_EQ(cast(bo, 1).seq, seq);
    EXPECT_TRUE(world.changesets.empty());
    cast(cy, 0);
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(world.discussion(tram).seq, seq);
}

TEST_F(Votes, LeaveTheContentAlone) {
    const Seq stamp = world.comment(comment).stamp;
    cast(bo, 1);
    EXPECT_EQ(world.comment(comment).stamp, stamp);
    EXPECT_EQ(world.comment(comment).tally_stamp, stamp + 1);
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_TRUE(world.changesets[0]->comments.empty());
    ASSERT_EQ(world.changesets[0]->scores.size(), 1U);
    EXPECT_FALSE(world.changesets[0]->takes_text_away);
}

TEST_F(Votes, OfOneBatchAreOneTally) {
    const auto answers =
        world.run({world.command(bo, CastVote{comment, 1}), world.command(cy, CastVote{comment, 1}),
                   world.command(bo, CastVote{comment, -1})});
    for (const auto& answer : answers) {
        EXPECT_EQ(std::get<VoteOutcome>(answer.value()).tally.score, 0);
    }
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->scores.size(), 1U);
}

TEST_F(Votes, AreRefusedWithAReason) {
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, CastVote{comment, 1}), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(TheOperator{}, CastVote{comment, 1}), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(ada, CastVote{comment, 1}), Errc::own_comment);
    EXPECT_EQ(world.refusal_of(bo, CastVote{CommentId{99}, 1}), Errc::unknown_comment);
    for (const int value : {-2, 2, 100}) {
        EXPECT_EQ(world.refusal_of(bo, CastVote{comment, value}), Errc::invalid_field);
    }
    ASSERT_TRUE(world.apply(ada, DeleteComment{comment}).has_value());
    EXPECT_EQ(world.refusal_of(bo, CastVote{comment, 1}), Errc::comment_gone);
    PutDiscussion lock{tram, {}, {}, {}, {}, DiscussionState::locked, {}};
    const CommentId other = world.post(ada, tram, "text");
    ASSERT_TRUE(world.apply(TheOperator{}, lock).has_value());
    EXPECT_EQ(world.refusal_of(bo, CastVote{other, 1}), Errc::discussion_locked);
}

}  // namespace
}  // namespace parley
