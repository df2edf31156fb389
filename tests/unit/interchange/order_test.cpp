#include "interchange/order.hpp"

#include "support/ndjson.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace parley {
namespace {

using test::comment_line;
using test::CommentSpec;

struct Ordered {
    std::vector<std::string> ids;
    std::vector<ImportIssue> issues;
};

Ordered order_of(const std::string& text) {
    std::istringstream input(text);
    IssueList issues;
    const auto index = index_file(input, issues, [](std::uint64_t) {});
    const CommentOrder order = order_comments(*index, issues);
    Ordered ordered;
    for (const FileIndex::Ref comment : order.comments) {
        ordered.ids.push_back(index->ids.text(index->comments[comment].id));
        EXPECT_EQ(order.comments[order.rank[comment]], comment);
    }
    ordered.issues = issues.shown();
    return ordered;
}

CommentSpec at_minute(const std::string& id, const std::string& parent, int minute) {
    CommentSpec spec{id, parent};
    spec.time = "2022-01-22T09:" + std::to_string(10 + minute) + ":00Z";
    return spec;
}

using Ids = std::vector<std::string>;

TEST(CommentOrder, IsByTimeThenIdWithParentsFirst) {
    const Ordered ordered = order_of(
        comment_line(at_minute("c10", "", 5)) + comment_line(at_minute("late", "early", 1)) +
        comment_line(at_minute("early", "", 7)) + comment_line(at_minute("c2", "", 5)) +
        comment_line(at_minute("reply", "c2", 6)));
    EXPECT_EQ(ordered.ids, (Ids{"c2", "c10", "reply", "early", "late"}));
    EXPECT_TRUE(ordered.issues.empty());
}

TEST(CommentOrder, APlaceGoesBeforeTime) {
    const auto placed = [](const std::string& id, int minute, int place) {
        CommentSpec spec = at_minute(id, "", minute);
        spec.more = "\"place\":" + std::to_string(place);
        return comment_line(spec);
    };
    const Ordered ordered = order_of(placed("a", 9, 1) + placed("b", 1, 2) +
                                     comment_line(at_minute("c", "", 0)) + placed("d", 0, 3));
    EXPECT_EQ(ordered.ids, (Ids{"a", "b", "d", "c"}));
}

TEST(CommentOrder, AParentOutsideOfTheFileIsNoObstacle) {
    const Ordered ordered = order_of(comment_line(at_minute("a", "elsewhere", 1)) +
                                     comment_line(at_minute("b", "a", 0)));
    EXPECT_EQ(ordered.ids, (Ids{"a", "b"}));
    EXPECT_TRUE(ordered.issues.empty());
}

TEST(CommentOrder, DiscussionsFollowEachOther) {
    CommentSpec other = at_minute("x", "", 0);
    other.discussion = "e";
    const Ordered ordered = order_of(comment_line(other) + comment_line(at_minute("a", "", 1)) +
                                     test::discussion_line("e"));
    // The discussion without a line has no time, and comes first.
    EXPECT_EQ(ordered.ids, (Ids{"a", "x"}));
}

TEST(CommentOrder, CirclesAndWhatHangsBelowAreReported) {
    const Ordered ordered = order_of(
        comment_line(at_minute("a", "c", 1)) + comment_line(at_minute("b", "a", 2)) +
        comment_line(at_minute("c", "b", 3)) + comment_line(at_minute("below", "b", 4)) +
        comment_line(at_minute("self", "self", 5)) + comment_line(at_minute("deep", "below", 6)) +
        comment_line(at_minute("fine", "", 7)));
    EXPECT_EQ(ordered.ids, Ids{"fine"});
    ASSERT_EQ(ordered.issues.size(), 6U);
    EXPECT_EQ(ordered.issues[0].message,
              "The comment is an ancestor of itself: \"a\" under \"c\" under \"b\" under itself.");
    EXPECT_EQ(ordered.issues[3].message,
              "The comment hangs below comments that are ancestors of themselves.");
    EXPECT_EQ(ordered.issues[4].message,
              "The comment is an ancestor of itself: \"self\" under itself.");
    for (std::size_t at = 0; at < 6; ++at) EXPECT_EQ(ordered.issues[at].line, at + 1);
}

TEST(CommentOrder, ALongCircleAndALongChainTakeLinearTime) {
    constexpr int count = 4'000;
    std::string circle;
    std::string chain;
    for (int at = 0; at < count; ++at) {
        const std::string next = std::to_string((at + 1) % count);
        circle += comment_line({std::to_string(at), next});
        chain += comment_line({std::to_string(at), at + 1 == count ? "" : next});
    }
    EXPECT_TRUE(order_of(circle).ids.empty());
    const Ordered ordered = order_of(chain);
    ASSERT_EQ(ordered.ids.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(ordered.ids.front(), std::to_string(count - 1));
    EXPECT_EQ(ordered.ids.back(), "0");
}

}  // namespace
}  // namespace parley
