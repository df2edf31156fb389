#include "support/state_builder.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

namespace parley {
namespace {

// People do things at random, in batches; afterwards the invariants hold, and whoever followed the
// changesets in any grouping has what a fresh load shows.
class RandomWorld {
public:
    explicit RandomWorld(std::uint32_t seed) : random_(seed) {
        for (int i = 0; i < 6; ++i) people_.push_back(world_.person("p" + std::to_string(i)));
        people_.push_back(world_.person("moderator", Role::moderator));
        follow();  // the discussion's own first change comes with open_discussion()
        tram_ = world_.open_discussion();
        follow();
    }

    void live() {
        for (int round = 0; round < 150; ++round) {
            std::vector<Command> batch;
            const int size = pick(1, 8);
            for (int i = 0; i < size; ++i) batch.push_back(any_command());
            world_.advance(std::chrono::seconds{pick(0, 20)});
            const auto answers = world_.run(batch);
            for (const auto& answer : answers) remember(answer);
            follow();
            check_rows();
        }
    }

    void compare_followed_with_fresh() {
        ASSERT_TRUE(followed_.has_value());
        EXPECT_EQ(followed_->prev, 0);
        EXPECT_EQ(followed_->seq, world_.discussion(tram_).seq);
        EXPECT_EQ(followed_->comment_count, world_.discussion(tram_).comment_count);
        EXPECT_EQ(followed_->comments.size(), world_.memory.rows.comments.size());
        EXPECT_TRUE(followed_->scores.empty());
        for (const CommentView& view : followed_->comments) {
            const CommentRow& row = world_.comment(view.id());
            EXPECT_EQ(*view.content, public_content(row, author_of(row)));
            EXPECT_EQ(view.tally, public_tally(row));
        }
    }

private:
    int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
    const Actor& anybody() { return people_.at(static_cast<std::size_t>(pick(0, 6))); }
    CommentId any_comment() { return CommentId{pick(1, std::max(1, last_))}; }
    const AccountRow& author_of(const CommentRow& row) {
        return world_.memory.rows.accounts.at(row.author).row;
    }

    Command any_command() {
        const int kind = pick(0, 19);
        if (kind < 8) return post();
        if (kind < 13) {
            return world_.command(anybody(), CastVote{any_comment(), pick(-1, 1)});
        }
        if (kind < 15) {
            return world_.command(anybody(),
                                  EditComment{any_comment(), "edit " + std::to_string(pick(0, 3))});
        }
        if (kind < 17) return world_.command(anybody(), DeleteComment{any_comment()});
        if (kind < 19) {
            const auto state = pick(0, 1) == 0 ? CommentState::visible : CommentState::removed;
            return world_.command(people_.back(), SetCommentState{any_comment(), state});
        }
        PutDiscussion put{tram_, "Title " + std::to_string(pick(0, 3)), {}, {}, {}, {}, {}};
        return world_.command(TheOperator{}, put);
    }

    Command post() {
        PostComment action{tram_, {}, "words number " + std::to_string(pick(0, 9)), {}};
        if (last_ > 0 && pick(0, 3) > 0) action.parent = any_comment();
        if (last_ > 0 && pick(0, 2) == 0) {
            action.quote = PostComment::QuoteRequest{any_comment(), "words number"};
        }
        // Sometimes a repetition, sometimes a key that was used for something else.
        const std::string key = "k" + std::to_string(pick(0, 500));
        return world_.command(anybody(), std::move(action), key, std::to_string(pick(0, 1)));
    }

    void remember(const result<Outcome>& answer) {
        if (answer.has_error()) return;
        const auto* comment = std::get_if<CommentOutcome>(&*answer);
        if (comment == nullptr) return;
        last_ = std::max(last_, static_cast<int>(comment->comment.id()));
    }

    void follow() {
        for (const auto& change : world_.changesets) {
            EXPECT_EQ(change->seq, change->prev + 1);
            EXPECT_EQ(change->prev, followed_ ? followed_->seq : 0);
            EXPECT_LE(change->comments.size(), changeset_comments_max);
            followed_ = followed_ ? merge(*followed_, *change) : *change;
        }
        world_.changesets.clear();
    }

    void check_rows() {
        const DiscussionRow& discussion = world_.discussion(tram_);
        std::int64_t visible = 0;
        std::map<CommentId, std::int64_t> replies;
        std::set<std::vector<std::int64_t>> numbers;
        for (const auto& [id, tracked] : world_.memory.rows.comments) {
            const CommentRow& row = tracked.row;
            check_row(row, discussion);
            EXPECT_TRUE(numbers.insert(row.ordinals).second) << "a number was given twice";
            if (row.state != CommentState::visible) continue;
            ++visible;
            if (row.parent) ++replies[*row.parent];
        }
        EXPECT_EQ(discussion.comment_count, visible);
        for (const auto& [id, tracked] : world_.memory.rows.comments) {
            EXPECT_EQ(tracked.row.replies, replies[id]);
        }
    }

    void check_row(const CommentRow& row, const DiscussionRow& discussion) {
        EXPECT_GT(row.stamp, 0);
        EXPECT_LE(row.stamp, discussion.seq);
        EXPECT_LE(row.tally_stamp, discussion.seq);
        EXPECT_EQ(row.ordinals.size(), row.path.size() + 1);
        if (row.parent) {
            EXPECT_EQ(row.path.back(), *row.parent);
        }
        std::int64_t up = 0;
        std::int64_t down = 0;
        for (const auto& [ref, vote] : world_.memory.rows.votes) {
            if (ref.comment != row.id) continue;
            (vote.value == 1 ? up : down) += 1;
        }
        EXPECT_EQ(row.up, up);
        EXPECT_EQ(row.down, down);
        if (row.state == CommentState::deleted) {
            EXPECT_EQ(row.body, "");
        }
        if (row.quote && row.quote->verified) {
            EXPECT_EQ(world_.comment(*row.quote->comment).state, CommentState::visible)
                << "a quote shows a text that was taken away";
        }
    }

    std::mt19937 random_;
    test::StateBuilder world_;
    std::vector<Actor> people_;
    DiscussionId tram_;
    int last_ = 0;
    std::optional<Changeset> followed_;
};

TEST(History, KeepsTheInvariants) {
    const std::uint32_t seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    for (std::uint32_t i = 0; i < 5; ++i) {
        RandomWorld world(seed + i);
        world.live();
        world.compare_followed_with_fresh();
        ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed + i;
    }
}

}  // namespace
}  // namespace parley
