#include "discussion/changeset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>

namespace parley {
namespace {

bool same(const Changeset& a, const Changeset& b) {
    const auto same_view = [](const CommentView& x, const CommentView& y) {
        return *x.content == *y.content && x.tally == y.tally;
    };
    return a.discussion == b.discussion && a.epoch == b.epoch && a.prev == b.prev &&
           a.seq == b.seq && a.comment_count == b.comment_count && a.scores == b.scores &&
           a.info == b.info && a.takes_text_away == b.takes_text_away &&
           std::equal(a.comments.begin(), a.comments.end(), b.comments.begin(), b.comments.end(),
                      same_view);
}

// A made-up history: comment i hangs below i / 2; each change touches some contents, scores and
// sometimes the discussion.
class History {
public:
    explicit History(std::uint32_t seed) : random_(seed) {
        for (int i = 1; i <= 40; ++i) add_change(i);
    }

    // What happened after `prev` until `seq`, as a store would say it.
    [[nodiscard]] Changeset between(Seq prev, Seq seq) {
        Changeset all = changes_.at(static_cast<std::size_t>(prev));
        for (Seq i = prev + 1; i < seq; ++i) {
            all = merge(all, changes_.at(static_cast<std::size_t>(i)));
        }
        return all;
    }
    // What reading the changes since `since` gives where the store is at `seq`: every row with a
    // newer stamp, as it is then.
    [[nodiscard]] Changeset read_since(Seq since, Seq seq) {
        const Changeset all = between(0, seq);
        Changeset out;
        out.discussion = all.discussion;
        out.epoch = all.epoch;
        out.prev = since;
        out.seq = seq;
        out.comment_count = all.comment_count;
        for (const CommentView& one : all.comments) {
            if (one.content->stamp > since) out.comments.push_back(one);
        }
        for (const Tally& tally : tallies_at(all)) {
            const auto given =
                std::find_if(out.comments.begin(), out.comments.end(),
                             [&](const CommentView& one) { return one.id() == tally.id; });
            if (given == out.comments.end() && tally.stamp > since) out.scores.push_back(tally);
        }
        if (all.info && all.info->stamp > since) out.info = all.info;
        // Of a read nobody asks whether it takes text away; here it only must not change.
        out.takes_text_away = true;
        return out;
    }
    [[nodiscard]] Changeset any() {
        const Seq a = pick(0, 39);
        return between(a, pick(static_cast<int>(a) + 1, 40));
    }
    int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

private:
    static std::vector<Tally> tallies_at(const Changeset& all) {
        std::vector<Tally> tallies = all.scores;
        for (const CommentView& one : all.comments) tallies.push_back(one.tally);
        std::sort(tallies.begin(), tallies.end(),
                  [](const Tally& a, const Tally& b) { return a.id < b.id; });
        return tallies;
    }
    void add_change(int seq) {
        Changeset change;
        change.discussion = {"tram-line"};
        change.epoch = {"e"};
        change.prev = seq - 1;
        change.seq = seq;
        change.comment_count = pick(0, 100);
        change.takes_text_away = pick(0, 9) == 0;
        if (pick(0, 4) == 0) change.info = DiscussionInfo{std::to_string(seq), {}, {}, {}, seq};
        for (int id = 1; id <= 12; ++id) add_comment(change, id, seq);
        changes_.push_back(std::move(change));
    }
    void add_comment(Changeset& change, int id, Seq seq) {
        const int kind = pick(0, 5);
        if (kind > 1) return;
        Tally& tally = tallies_[static_cast<std::size_t>(id)];
        tally.id = CommentId{id};
        if (kind == 0 || pick(0, 1) == 0) {
            tally.up = pick(0, 100);
            tally.stamp = seq;
        }
        if (kind == 0) {
            change.scores.push_back(tally);
            return;
        }
        auto content = std::make_shared<CommentContent>();
        content->id = CommentId{id};
        for (int above = id / 2; above > 0; above /= 2) {
            content->path.insert(content->path.begin(), CommentId{above});
        }
        content->body = "text " + std::to_string(seq);
        content->stamp = seq;
        change.comments.push_back({std::move(content), tally});
    }

    std::mt19937 random_;
    std::array<Tally, 13> tallies_{};
    std::vector<Changeset> changes_;
};

std::uint32_t new_seed() {
    const std::uint32_t seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    return seed;
}

// Each pair overlaps or touches, as merge() wants it.
bool touch(const Changeset& a, const Changeset& b) {
    return std::max(a.prev, b.prev) <= std::min(a.seq, b.seq);
}

TEST(Merge, IsCommutativeAndIdempotent) {
    History history(new_seed());
    for (int round = 0; round < 500; ++round) {
        const Changeset a = history.any();
        const Changeset b = history.any();
        EXPECT_TRUE(same(merge(a, a), merge(merge(a, a), a)));
        if (touch(a, b)) {
            EXPECT_TRUE(same(merge(a, b), merge(b, a)));
            EXPECT_TRUE(same(merge(merge(a, b), b), merge(a, b)));
        }
    }
}

TEST(Merge, IsAssociative) {
    History history(new_seed());
    int compared = 0;
    for (int round = 0; round < 2'000; ++round) {
        const Changeset a = history.any();
        const Changeset b = history.any();
        const Changeset c = history.any();
        if (!touch(a, b) || !touch(b, c)) continue;
        ++compared;
        EXPECT_TRUE(same(merge(merge(a, b), c), merge(a, merge(b, c))));
    }
    EXPECT_GT(compared, 100);
}

TEST(Merge, OfAnyCutsIsTheWhole) {
    History history(new_seed());
    for (int round = 0; round < 200; ++round) {
        const int cut = history.pick(1, 39);
        const int overlap = history.pick(0, cut - 1);
        const Changeset first = history.between(0, cut);
        const Changeset second = history.between(overlap, 40);
        EXPECT_TRUE(same(merge(first, second), history.between(0, 40)));
    }
}

TEST(Merge, OfARunIsTheSameAsOneByOne) {
    History history(new_seed());
    for (int round = 0; round < 200; ++round) {
        const int first = history.pick(0, 38);
        const int last = history.pick(first + 1, 40);
        std::vector<std::shared_ptr<const Changeset>> run;
        for (int seq = first; seq < last; ++seq) {
            run.push_back(std::make_shared<const Changeset>(history.between(seq, seq + 1)));
        }
        EXPECT_TRUE(same(merge(run), history.between(first, last)));
    }
}

TEST(NewerThan, OfALongerReadIsTheShorterRead) {
    History history(new_seed());
    for (int round = 0; round < 2'000; ++round) {
        const int last = history.pick(1, 40);
        const Seq a = history.pick(0, last - 1);
        const Seq b = history.pick(static_cast<int>(a), last);
        EXPECT_TRUE(same(newer_than(history.read_since(a, last), b), history.read_since(b, last)))
            << a << " " << b << " " << last;
    }
}

TEST(NewerThan, OfARunIsWhatAReadGives) {
    History history(new_seed());
    for (int round = 0; round < 500; ++round) {
        const int last = history.pick(1, 40);
        const Seq a = history.pick(0, last - 1);
        Changeset merged = history.between(a, last);
        Changeset read = history.read_since(a, last);
        merged.takes_text_away = read.takes_text_away;
        merged.comment_count = read.comment_count;
        EXPECT_TRUE(same(newer_than(merged, a), read));
    }
}

TEST(NewerThan, IsAllOrNothingOutsideTheRange) {
    History history(new_seed());
    const Changeset changes = history.between(10, 20);
    EXPECT_TRUE(same(newer_than(changes, 3), changes));
    const Changeset nothing = newer_than(changes, 25);
    EXPECT_EQ(nothing.prev, 25);
    EXPECT_EQ(nothing.seq, 25);
    EXPECT_TRUE(nothing.comments.empty());
    EXPECT_TRUE(nothing.scores.empty());
    EXPECT_FALSE(nothing.info);
}

CommentView view(int id, Seq content_stamp, Seq tally_stamp, std::vector<CommentId> path = {}) {
    auto content = std::make_shared<CommentContent>();
    content->id = CommentId{id};
    content->path = std::move(path);
    content->stamp = content_stamp;
    CommentView made;
    made.tally.id = content->id;
    made.tally.stamp = tally_stamp;
    made.tally.up = tally_stamp;
    made.content = std::move(content);
    return made;
}

Changeset change(Seq prev, Seq seq) {
    Changeset made;
    made.prev = prev;
    made.seq = seq;
    return made;
}

TEST(Merge, TakesTheNewerOfEachPart) {
    Changeset first = change(1, 5);
    first.comments = {view(7, 5, 3)};
    first.comment_count = 10;
    Changeset second = change(4, 6);
    second.comments = {view(7, 2, 6)};
    second.comment_count = 11;
    second.takes_text_away = true;
    const Changeset merged = merge(first, second);
    EXPECT_EQ(merged.prev, 1);
    EXPECT_EQ(merged.seq, 6);
    EXPECT_EQ(merged.comment_count, 11);
    EXPECT_TRUE(merged.takes_text_away);
    ASSERT_EQ(merged.comments.size(), 1U);
    EXPECT_EQ(merged.comments[0].content->stamp, 5);
    EXPECT_EQ(merged.comments[0].tally.stamp, 6);
}

TEST(Merge, KeepsScoresApartUntilContentComes) {
    Changeset first = change(1, 2);
    first.scores = {view(7, 0, 2).tally, view(9, 0, 2).tally};
    Changeset second = change(2, 3);
    second.comments = {view(9, 3, 1)};
    const Changeset merged = merge(first, second);
    ASSERT_EQ(merged.scores.size(), 1U);
    EXPECT_EQ(merged.scores[0].id, CommentId{7});
    ASSERT_EQ(merged.comments.size(), 1U);
    EXPECT_EQ(merged.comments[0].tally.stamp, 2);
}

TEST(Merge, PutsParentsFirstWhateverTheirIds) {
    Changeset first = change(0, 1);
    first.comments = {view(3, 1, 1, {CommentId{5}, CommentId{4}})};
    Changeset second = change(1, 2);
    second.comments = {view(5, 2, 2), view(4, 2, 2, {CommentId{5}}), view(2, 2, 2)};
    std::vector<CommentId> order;
    for (const CommentView& one : merge(first, second).comments) order.push_back(one.id());
    EXPECT_EQ(order, (std::vector{CommentId{2}, CommentId{5}, CommentId{4}, CommentId{3}}));
}

TEST(Merge, TakesTheNewerInfo) {
    Changeset first = change(0, 4);
    first.info = DiscussionInfo{"new", {}, {}, {}, 4};
    Changeset second = change(3, 5);
    EXPECT_EQ(merge(first, second).info->title, "new");
    second.info = DiscussionInfo{"old", {}, {}, {}, 3};
    EXPECT_EQ(merge(first, second).info->title, "new");
    second.info->stamp = 5;
    EXPECT_EQ(merge(first, second).info->title, "old");
}

}  // namespace
}  // namespace parley
