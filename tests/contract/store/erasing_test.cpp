#include "contract/store/store_contract.hpp"

namespace parley::test {
namespace {

// What erasing an account needs of a store.

TEST_P(StoreContract, AnErasedAccountIsLoadedAndSaved) {
    const Actor ada = world->person("Ada");
    const AccountId id = world->account_id(ada);
    EXPECT_EQ(reader().account(id).value()->erasure, Erasure::none);
    EXPECT_TRUE(reader().accounts_being_erased(9).value().empty());
    ASSERT_TRUE(world->apply(ada, EraseAccount{id}).has_value());
    EXPECT_EQ(reader().account(id).value()->erasure, Erasure::under_way);
    EXPECT_EQ(reader().accounts_being_erased(9).value(), std::vector{id});
    EXPECT_EQ(reader().account_by_name_key("Ada").value(), std::nullopt);
    const auto now = world->load({}).now;
    EXPECT_EQ(reader().session_account(std::get<Digest256>(ada), now).value(), std::nullopt);
    world->person("Ada");  // the name is free
    ASSERT_TRUE(world->apply(TheOperator{}, FinishErasing{id}).has_value());
    EXPECT_EQ(reader().account(id).value()->erasure, Erasure::done);
    EXPECT_TRUE(reader().accounts_being_erased(9).value().empty());
}

TEST_P(StoreContract, AccountsBeingErasedAreReadInSteps) {
    std::vector<AccountId> ids;
    for (const std::string name : {"Ada", "Ben", "Cid"}) {
        ids.push_back(world->account_id(world->person(name)));
        ASSERT_TRUE(world->apply(TheOperator{}, EraseAccount{ids.back()}).has_value());
    }
    EXPECT_EQ(reader().accounts_being_erased(2).value(), (std::vector{ids[0], ids[1]}));
}

TEST_P(StoreContract, ItsCommentsComeInStepsWithTheirQuotes) {
    const Actor ada = world->person("Ada");
    const Actor ben = world->person("Ben");
    const DiscussionId id = world->open_discussion();
    const DiscussionId other = world->open_discussion("other");
    const AccountId account = world->account_id(ada);
    std::vector<CommentId> comments;
    for (std::size_t i = 0; i <= erased_comments_per_step_max; ++i) {
        comments.push_back(world->post(ada, id, "her words"));
    }
    const CommentId elsewhere = world->post(ada, other, "elsewhere");
    const auto quote = [&](CommentId said, const std::string& words) {
        return world->post(ben, id, "see", {}, PostComment::QuoteRequest{said, words});
    };
    const CommentId first = quote(comments.front(), "words");
    const CommentId last = quote(comments.back(), "never said");
    EXPECT_EQ(reader().discussions_of(account).value(), (std::vector{other, id}));
    ASSERT_TRUE(world->apply(ada, EraseAccount{account}).has_value());

    const auto step = [&](CommentId after) {
        const auto answer = world->apply(TheOperator{}, EraseComments{account, id, after});
        return std::get<DoneJob>(answer.value()).next;
    };
    const auto next = step(CommentId{});
    EXPECT_EQ(next, comments[erased_comments_per_step_max - 1]);
    EXPECT_EQ(world->comment(first).quote, (Quote{comments.front(), "", "", false}));
    EXPECT_EQ(world->comment(last).quote->author, "Ada");
    EXPECT_EQ(world->comment(comments.back()).body, "her words");
    EXPECT_FALSE(step(*next).has_value());
    EXPECT_EQ(world->comment(last).quote, (Quote{comments.back(), "", "never said", false}));
    EXPECT_EQ(world->comment(comments.back()).body, "");
    EXPECT_EQ(world->comment(elsewhere).body, "elsewhere");
    EXPECT_EQ(world->findings(), "");
}

TEST_P(StoreContract, ItsVotesComeInStepsWithTheirComments) {
    const Actor ada = world->person("Ada");
    const Actor ben = world->person("Ben");
    const DiscussionId id = world->open_discussion();
    const DiscussionId other = world->open_discussion("other");
    const CommentId elsewhere = world->post(ben, other, "elsewhere");
    std::vector<Command> posts;
    for (std::size_t i = 0; i <= changeset_comments_max; ++i) {
        posts.push_back(
            StoreWorld::command(ben, PostComment{id, {}, "text", {}}, world->fresh_key()));
    }
    std::vector<Command> votes{StoreWorld::command(ada, CastVote{elsewhere, 1})};
    for (const auto& answer : world->run(posts)) {
        const CommentId comment = std::get<CommentOutcome>(*answer).comment.id();
        votes.push_back(StoreWorld::command(ada, CastVote{comment, -1}));
    }
    (void)world->run(votes);
    const AccountId account = world->account_id(ada);
    EXPECT_EQ(reader().discussions_of(account).value(), (std::vector{other, id}));
    ASSERT_TRUE(world->apply(ada, EraseAccount{account}).has_value());

    const auto step = [&] {
        const auto answer = world->apply(TheOperator{}, EraseVotes{account, id});
        return std::get<DoneJob>(answer.value()).next.has_value();
    };
    EXPECT_TRUE(step());
    EXPECT_EQ(reader().votes_of(account, id).value().size(), 1U);
    EXPECT_EQ(world->findings(), "");
    EXPECT_FALSE(step());
    EXPECT_TRUE(reader().votes_of(account, id).value().empty());
    EXPECT_EQ(reader().votes_of(account, other).value().size(), 1U);
    for (const CommentRow& row : world->comments(id)) {
        EXPECT_EQ(std::tuple(row.base, row.up, row.down), std::tuple(-1, 0, 0));
    }
    EXPECT_EQ(world->findings(), "");
}

TEST_P(StoreContract, TheCheckFindsWhatIsLeftOfAnErasedAccount) {
    const Actor ada = world->person("Ada");
    const Actor ben = world->person("Ben");
    const DiscussionId id = world->open_discussion();
    world->post(ada, id, "still here");
    world->vote(ada, world->post(ben, id, "text"), 1);
    const AccountId account = world->account_id(ada);
    ASSERT_TRUE(world->apply(ada, EraseAccount{account}).has_value());
    EXPECT_EQ(world->findings(), "");  // it is under way
    ASSERT_TRUE(world->apply(TheOperator{}, FinishErasing{account}).has_value());
    const std::string found = world->findings();
    EXPECT_NE(found.find("comment 1 is still its own"), std::string::npos) << found;
    EXPECT_NE(found.find("vote on comment 2"), std::string::npos) << found;
    // The steps take it away, even so late.
    (void)world->apply(TheOperator{}, EraseComments{account, id, {}}).value();
    (void)world->apply(TheOperator{}, EraseVotes{account, id}).value();
    EXPECT_EQ(world->findings(), "");
}

}  // namespace
}  // namespace parley::test
