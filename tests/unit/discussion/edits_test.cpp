#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using namespace std::chrono_literals;

class Edits : public testing::Test {
protected:
    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor bo = world.person("Bo");
    Actor moderator = world.person("Mo", Role::moderator);
    DiscussionId tram = world.open_discussion();
    CommentId comment = world.post(ada, tram, "first text");
};

TEST_F(Edits, KeepTheEarlierText) {
    world.advance(10s);
    const Seq before = world.discussion(tram).seq;
    const Outcome outcome = world.apply(ada, EditComment{comment, "second text"}).value();
    const auto& answer = std::get<CommentOutcome>(outcome);
    EXPECT_FALSE(answer.created);
    EXPECT_EQ(answer.comment.content->body, "second text");
    EXPECT_EQ(answer.comment.content->edited_at, world.now());
    EXPECT_EQ(world.memory.earlier_texts[comment], std::vector<std::string>{"first text"});
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->seq, before + 1);
    ASSERT_EQ(world.changesets[0]->comments.size(), 1U);
    EXPECT_EQ(world.changesets[0]->comments[0].content->stamp, before + 1);
    EXPECT_TRUE(world.changesets[0]->takes_text_away);
    // Only the content: its tally is what it was.
    EXPECT_EQ(world.comment(comment).tally_stamp, before);
}

TEST_F(Edits, ThatChangeNothingMakeNoChangeset) {
    const Outcome outcome = world.apply(ada, EditComment{comment, " first text\n"}).value();
    EXPECT_EQ(std::get<CommentOutcome>(outcome).comment.content->edited_at, std::nullopt);
    EXPECT_TRUE(world.changesets.empty());
    EXPECT_TRUE(world.memory.earlier_texts.empty());
}

TEST_F(Edits, AreTheAuthorsAndInTime) {
    const EditComment action{comment, "other"};
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, action), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(bo, action), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(moderator, action), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(ada, EditComment{CommentId{99}, "x"}), Errc::unknown_comment);
    EXPECT_EQ(world.refusal_of(ada, EditComment{comment, " "}), Errc::invalid_field);
    world.advance(5min + 1ms);
    EXPECT_EQ(world.refusal_of(ada, action), Errc::edit_window_over);
    EXPECT_EQ(world.comment(comment).body, "first text");
}

TEST_F(Edits, OfWhatIsGoneOrLockedAreRefused) {
    PutDiscussion lock{tram, {}, {}, {}, {}, DiscussionState::locked, {}};
    ASSERT_TRUE(world.apply(TheOperator{}, lock).has_value());
    EXPECT_EQ(world.refusal_of(ada, EditComment{comment, "x"}), Errc::discussion_locked);
    ASSERT_TRUE(world.apply(moderator, DeleteComment{comment}).has_value());
    EXPECT_EQ(world.refusal_of(ada, EditComment{comment, "x"}), Errc::comment_gone);
}

TEST_F(Edits, AreNeverBeforeTheComment) {
    world.advance(-1h);
    ASSERT_TRUE(world.apply(ada, EditComment{comment, "second"}).has_value());
    EXPECT_EQ(world.comment(comment).edited_at, world.comment(comment).created_at);
}

TEST_F(Edits, LeaveQuotesOfTheTextAsTheyWere) {
    const CommentId quoter =
        world.post(bo, tram, "hm", {}, PostComment::QuoteRequest{comment, "first text"});
    ASSERT_TRUE(world.apply(ada, EditComment{comment, "all new"}).has_value());
    EXPECT_EQ(world.comment(quoter).quote, (Quote{comment, "Ada", "first text", true}));
}

}  // namespace
}  // namespace parley
