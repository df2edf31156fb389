#include "service/erasing.hpp"

#include "support/state_builder.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

class ErasingSteps : public testing::Test {
protected:
    // Carries out all that is left, and counts it.
    int run(Erasing& erasing) {
        int steps = 0;
        while (const auto step = erasing.next()) {
            if (++steps > 100) break;
            erasing.advance(world.apply(TheOperator{}, *step).value());
        }
        return steps;
    }

    test::StateBuilder world;
    Actor ada = world.person("Ada");
    Actor bo = world.person("Bo");
    AccountId id = world.account(ada).id;
    DiscussionId one = world.open_discussion("one");
    DiscussionId two = world.open_discussion("two");
};

TEST_F(ErasingSteps, TakeWhatIsThereInEveryDiscussionAndThenTheName) {
    std::vector<CommentId> hers;
    std::vector<CommentId> his;
    for (const DiscussionId& where : {one, two}) {
        for (int i = 0; i < 6; ++i) {
            hers.push_back(world.post(ada, where, "hers"));
            his.push_back(world.post(bo, where, "his"));
            ASSERT_TRUE(world.apply(ada, CastVote{his.back(), 1}).has_value());
        }
    }
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    Erasing erasing(id, {one, two});
    EXPECT_EQ(run(erasing), 2 * (2 + 2) + 1);  // five to a page
    for (const CommentId comment : hers) EXPECT_EQ(world.comment(comment).body, "");
    for (const CommentId comment : his) {
        EXPECT_EQ(world.comment(comment).body, "his");
        EXPECT_EQ(world.comment(comment).base, 1);
    }
    EXPECT_TRUE(world.memory.rows.votes.empty());
    EXPECT_EQ(world.memory.rows.accounts.at(id).row.erasure, Erasure::done);
}

TEST_F(ErasingSteps, OfAnAccountWithoutTracesAreOne) {
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    Erasing erasing(id, {});
    EXPECT_EQ(run(erasing), 1);
    EXPECT_FALSE(erasing.next().has_value());
}

TEST_F(ErasingSteps, MayBeTakenTwiceAtOnceAndBegunAgain) {
    for (int i = 0; i < 12; ++i) world.post(ada, one, "hers");
    ASSERT_TRUE(world.apply(ada, EraseAccount{id}).has_value());
    Erasing first(id, {one});
    Erasing second(id, {one});
    for (int i = 0; i < 2; ++i) {
        for (Erasing* each : {&first, &second}) {
            each->advance(world.apply(TheOperator{}, *each->next()).value());
        }
    }
    Erasing third(id, {one});
    run(third);
    run(first);
    run(second);
    EXPECT_EQ(world.discussion(one).comment_count, 0);
    EXPECT_EQ(world.memory.rows.accounts.at(id).row.erasure, Erasure::done);
}

}  // namespace
}  // namespace parley
