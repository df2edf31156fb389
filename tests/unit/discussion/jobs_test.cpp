#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

class Jobs : public testing::Test {
protected:
    DoneJob restamp(CommentId after = {}) {
        const RestampAuthor action{world.account(ada).id, tram, after};
        return std::get<DoneJob>(world.apply(TheOperator{}, action).value());
    }

    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor bo = world.person("Bo");
    DiscussionId tram = world.open_discussion();
};

TEST_F(Jobs, RestampAnAuthorsCommentsPageByPage) {
    std::vector<CommentId> comments;
    for (int i = 0; i < 7; ++i) comments.push_back(world.post(ada, tram, "text"));
    const CommentId others = world.post(bo, tram, "text");
    ASSERT_TRUE(world.apply(ada, DeleteComment{comments[0]}).has_value());
    const Seq tombstone = world.comment(comments[0]).stamp;
    ASSERT_TRUE(
        world.apply(TheOperator{}, SetRole{world.account(ada).id, Role::moderator}).has_value());
    EXPECT_TRUE(world.changesets.empty());
    const Seq before = world.discussion(tram).seq;

    const DoneJob first = restamp();
    EXPECT_EQ(first.next, comments[4]);
    ASSERT_EQ(world.changesets.size(), 1U);
    EXPECT_EQ(world.changesets[0]->seq, before + 1);
    EXPECT_EQ(world.changesets[0]->comments.size(), 4U);
    EXPECT_EQ(world.changesets[0]->comments[0].content->author->badges,
              std::vector<std::string>{"moderator"});
    EXPECT_FALSE(world.changesets[0]->takes_text_away);

    EXPECT_EQ(restamp(*first.next).next, std::nullopt);
    EXPECT_EQ(world.comment(comments[6]).stamp, before + 2);
    EXPECT_EQ(world.comment(comments[0]).stamp, tombstone);
    EXPECT_LE(world.comment(others).stamp, before);
}

TEST_F(Jobs, AreTheServersOwn) {
    const RestampAuthor action{world.account(ada).id, tram, {}};
    EXPECT_EQ(world.refusal_of(bo, action), Errc::forbidden);
    EXPECT_EQ(world.refusal_of(NobodyInParticular{}, action), Errc::unauthenticated);
    EXPECT_EQ(world.refusal_of(TheOperator{}, RestampAuthor{AccountId{1}, {"nowhere"}, {}}),
              Errc::unknown_discussion);
    EXPECT_EQ(restamp().next, std::nullopt);
    EXPECT_TRUE(world.changesets.empty());
}

TEST_F(Jobs, LeaveQuotesOfWhatIsVisibleAlone) {
    const CommentId said = world.post(ada, tram, "words");
    const CommentId quoter =
        world.post(bo, tram, "q", {}, PostComment::QuoteRequest{said, "words"});
    const auto done = std::get<DoneJob>(world.apply(TheOperator{}, BlankQuotes{said}).value());
    EXPECT_EQ(done.next, std::nullopt);
    EXPECT_EQ(world.comment(quoter).quote->text, "words");
}

TEST_F(Jobs, WeighWhatTheyMayChange) {
    const auto weigh = [](Action action) {
        return weight({TheOperator{}, {}, {}, std::move(action)});
    };
    EXPECT_EQ(weigh(CastVote{}), 1U);
    EXPECT_EQ(weigh(PostComment{}), 2U);
    EXPECT_GT(weigh(DeleteComment{}), quotes_blanked_per_change_max);
    EXPECT_EQ(weigh(RestampAuthor{}), changeset_comments_max);
    ImportComments import;
    import.comments.resize(changeset_comments_max);
    EXPECT_EQ(weigh(std::move(import)), changeset_comments_max);
    EXPECT_EQ(weigh(CreateSession{}), 0U);
}

}  // namespace
}  // namespace parley
