#include "discussion/rules.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

CommentRow example_row() {
    CommentRow row;
    row.id = CommentId{17};
    row.discussion = {"tram-line"};
    row.parent = CommentId{16};
    row.path = {CommentId{16}};
    row.ordinals = {3, 1};
    row.author = AccountId{4};
    row.body = "some *text*";
    row.quote = Quote{CommentId{16}, "Ada", "words", true};
    row.edited_at = WallTime{std::chrono::milliseconds{5}};
    row.up = 9;
    row.down = 2;
    row.base = -1;
    row.replies = 3;
    row.stamp = 41;
    row.tally_stamp = 43;
    return row;
}

AccountRow example_author() {
    AccountRow row;
    row.id = AccountId{4};
    row.name = "Bo";
    row.role = Role::moderator;
    return row;
}

TEST(PublicForms, OfACommentHaveEverythingAReaderSees) {
    const CommentView view = public_comment(example_row(), example_author());
    EXPECT_EQ(view.content->number, "3.1");
    EXPECT_EQ(view.content->author, (Author{AccountId{4}, "Bo", {"moderator"}}));
    EXPECT_EQ(view.content->body, "some *text*");
    EXPECT_EQ(view.content->content, parse_markdown("some *text*"));
    EXPECT_EQ(view.content->quote->text, "words");
    EXPECT_EQ(view.content->stamp, 41);
    EXPECT_EQ(view.tally, (Tally{CommentId{17}, 9, 2, 6, 3, 43}));
    EXPECT_EQ(view.seq(), 43);
}

TEST(PublicForms, OfACommentThatIsNotVisibleAreTombstones) {
    const CommentContent whole = public_content(example_row(), example_author());
    for (const auto state : {CommentState::pending, CommentState::removed, CommentState::deleted}) {
        CommentRow row = example_row();
        row.state = state;
        const CommentContent content = public_content(row, example_author());
        EXPECT_EQ(content.author, std::nullopt);
        EXPECT_EQ(content.body, "");
        EXPECT_TRUE(content.content.empty());
        EXPECT_EQ(content.quote, std::nullopt);
        EXPECT_EQ(content.edited_at, std::nullopt);
        EXPECT_EQ(content.number, "3.1");
        EXPECT_EQ(content.path, row.path);
        EXPECT_EQ(content.stamp, 41);
        CommentContent other = whole;
        other.state = state;
        EXPECT_EQ(make_tombstone(other), content);
    }
}

TEST(PublicForms, OfADiscussionLeaveTheArticleOut) {
    DiscussionRow row;
    row.id = {"tram-line"};
    row.title = "Trams";
    row.comment_count = 20;
    row.seq = 57;
    row.stamp = 12;
    const DiscussionView view = public_discussion(row, {"k3v9"});
    EXPECT_EQ(view.position, (Position{{"k3v9"}, 57}));
    EXPECT_EQ(view.title, "Trams");
    EXPECT_EQ(view.comment_count, 20);
    EXPECT_EQ(view.stamp, 12);
}

TEST(Badges, AreTheRoleOfThoseWhoHaveOne) {
    EXPECT_TRUE(badges_of(Role::member).empty());
    EXPECT_EQ(badges_of(Role::admin), std::vector<std::string>{"admin"});
}

TEST(Numbers, AreOrdinalsWithDots) {
    EXPECT_EQ(format_number({}), "");
    EXPECT_EQ(format_number({1, 2, 10}), "1.2.10");
}

TEST(OrderKeys, SortAsTheCommentsAreShown) {
    using Ordinals = std::vector<std::int64_t>;
    const std::vector<Ordinals> oldest{{1}, {1, 1}, {1, 1, 5}, {1, 2}, {2}, {255}, {256}, {70'000}};
    const std::vector<Ordinals> newest{{70'000}, {256}, {255}, {2}, {1}, {1, 2}, {1, 1}, {1, 1, 5}};
    for (const auto& [shown, sort] :
         {std::pair(oldest, SortOrder::oldest), std::pair(newest, SortOrder::newest)}) {
        for (std::size_t i = 1; i < shown.size(); ++i) {
            EXPECT_LT(order_key(shown[i - 1], sort), order_key(shown[i], sort)) << i;
        }
    }
    EXPECT_EQ(order_key({1, 258}, SortOrder::oldest), std::string("\0\0\0\1\0\0\1\2", 8));
    EXPECT_TRUE(
        order_key({7, 9}, SortOrder::newest).starts_with(order_key({7}, SortOrder::newest)));
}

}  // namespace
}  // namespace parley
