#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

class Keys : public testing::Test {
protected:
    result<Outcome> post(const Actor& who, const std::string& key, const std::string& request) {
        return world.apply(who, PostComment{tram, {}, "text of " + request, {}}, key, request);
    }
    static CommentId id_of(const result<Outcome>& answer) {
        return std::get<CommentOutcome>(answer.value()).comment.id();
    }

    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor bo = world.person("Bo");
    DiscussionId tram = world.open_discussion();
};

TEST_F(Keys, MakeARepetitionTheSame) {
    const auto first = post(ada, "key", "request");
    const auto second = post(ada, "key", "request");
    EXPECT_EQ(id_of(first), id_of(second));
    EXPECT_TRUE(std::get<CommentOutcome>(*second).created);
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(world.discussion(tram).comment_count, 1);
}

TEST_F(Keys, AnswerWithThePresentState) {
    const CommentId id = id_of(post(ada, "key", "request"));
    ASSERT_TRUE(world.apply(ada, EditComment{id, "edited"}).has_value());
    const auto again = post(ada, "key", "request");
    EXPECT_EQ(std::get<CommentOutcome>(*again).comment.content->body, "edited");
    ASSERT_TRUE(world.apply(ada, DeleteComment{id}).has_value());
    const auto gone = post(ada, "key", "request");
    EXPECT_EQ(std::get<CommentOutcome>(*gone).comment.content->state, CommentState::deleted);
}

TEST_F(Keys, AreNotForAnotherRequest) {
    ASSERT_TRUE(post(ada, "key", "request").has_value());
    EXPECT_EQ(post(ada, "key", "another").error().code, Errc::key_reused);
    EXPECT_EQ(world.discussion(tram).comment_count, 1);
}

TEST_F(Keys, BelongToAnAccount) {
    const CommentId first = id_of(post(ada, "key", "request"));
    EXPECT_NE(id_of(post(bo, "key", "request")), first);
    // Whichever session of it asks.
    const Actor elsewhere = world.session_of(world.account(ada).id);
    EXPECT_EQ(id_of(post(elsewhere, "key", "request")), first);
}

TEST_F(Keys, AreSeenByTheSameBatch) {
    const PostComment action{tram, {}, "text", {}};
    const auto answers =
        world.run({world.command(ada, action, "key"), world.command(ada, action, "key"),
                   world.command(ada, action, "key", "another")});
    EXPECT_EQ(id_of(answers[0]), id_of(answers[1]));
    EXPECT_EQ(answers[2].error().code, Errc::key_reused);
    EXPECT_EQ(world.discussion(tram).comment_count, 1);
}

TEST_F(Keys, AreRememberedOnlyOnSuccess) {
    const PostComment bad{tram, {}, "", {}};
    EXPECT_TRUE(world.apply(ada, bad, "key").has_error());
    EXPECT_TRUE(post(ada, "key", "another").has_value());
}

TEST_F(Keys, AreNeededToPost) {
    EXPECT_EQ(world.apply(ada, PostComment{tram, {}, "text", {}}).error().code, Errc::key_required);
}

TEST_F(Keys, HaveABoundedLength) {
    EXPECT_EQ(post(ada, std::string(65, 'k'), "r").error().code, Errc::invalid_field);
    EXPECT_TRUE(post(ada, std::string(64, 'k'), "r").has_value());
}

TEST_F(Keys, NeedASessionThatIsNotOver) {
    ASSERT_TRUE(post(ada, "key", "request").has_value());
    world.advance(session_hours);
    EXPECT_EQ(post(ada, "key", "request").error().code, Errc::unauthenticated);
}

TEST_F(Keys, WorkForVotes) {
    const CommentId comment = id_of(post(ada, "key", "request"));
    const auto vote = [&](int value, const std::string& key, const std::string& request) {
        return world.apply(bo, CastVote{comment, value}, key, request);
    };
    ASSERT_TRUE(vote(1, "up", "one").has_value());
    ASSERT_TRUE(vote(-1, "down", "two").has_value());
    // A late repetition of the first does not undo the second.
    const auto again = vote(1, "up", "one");
    EXPECT_EQ(std::get<VoteOutcome>(*again).tally.score, -1);
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_EQ(vote(0, "up", "three").error().code, Errc::key_reused);
}

TEST_F(Keys, WorkForEditsRemovalsAndDiscussions) {
    const Actor moderator = world.person("Mo", Role::moderator);
    const Actor admin = world.person("Ann", Role::admin);
    const CommentId comment = id_of(post(ada, "key", "request"));
    const auto twice = [&](const Actor& who, const Action& action) {
        ASSERT_TRUE(world.apply(who, action, "the key").has_value());
        EXPECT_EQ(world.changesets.size(), 1U);
        ASSERT_TRUE(world.apply(who, action, "the key").has_value());
        EXPECT_TRUE(world.changesets.empty());
        EXPECT_EQ(world.apply(who, action, "the key", "x").error().code, Errc::key_reused);
    };
    twice(ada, EditComment{comment, "edited"});
    twice(moderator, SetCommentState{comment, CommentState::removed});
    const CommentId other = id_of(post(bo, "key", "request"));
    twice(bo, DeleteComment{other});
    const PutDiscussion put{{"bus"}, "Buses", {}, {}, {}, {}, {}};
    twice(admin, put);
    const auto again = world.apply(admin, put, "the key");
    EXPECT_TRUE(std::get<DiscussionOutcome>(*again).created);
}

TEST_F(Keys, OfARemovalDoNotRepeatIt) {
    const Actor moderator = world.person("Mo", Role::moderator);
    const CommentId comment = id_of(post(ada, "key", "request"));
    const SetCommentState remove{comment, CommentState::removed};
    const SetCommentState restore{comment, CommentState::visible};
    ASSERT_TRUE(world.apply(moderator, remove, "k1").has_value());
    ASSERT_TRUE(world.apply(moderator, restore, "k2").has_value());
    ASSERT_TRUE(world.apply(moderator, remove, "k1").has_value());
    EXPECT_EQ(world.comment(comment).state, CommentState::visible);
}

TEST_F(Keys, OfTheOperatorAreNotRemembered) {
    PutDiscussion put{{"bus"}, "Buses", {}, {}, {}, {}, {}};
    ASSERT_TRUE(world.apply(TheOperator{}, put, "key").has_value());
    EXPECT_TRUE(world.memory.rows.keys.empty());
}

}  // namespace
}  // namespace parley
