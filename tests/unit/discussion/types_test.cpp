#include "discussion/types.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Ids, ReadOnlyTheOneFormThatIsWritten) {
    EXPECT_EQ(parse_comment_id("0"), CommentId{0});
    EXPECT_EQ(parse_comment_id("17"), CommentId{17});
    EXPECT_EQ(parse_comment_id("9223372036854775807"), CommentId{INT64_MAX});
    EXPECT_EQ(to_string(CommentId{INT64_MAX}), "9223372036854775807");
    for (const char* bad : {"", "-1", "+1", "01", "1 ", " 1", "1a", "9223372036854775808", "1.0"}) {
        EXPECT_EQ(parse_comment_id(bad), std::nullopt) << bad;
        EXPECT_EQ(parse_account_id(bad), std::nullopt) << bad;
    }
}

TEST(DiscussionIds, AreSlugs) {
    EXPECT_EQ(parse_discussion_id("A-z_0~.9").value().value, "A-z_0~.9");
    EXPECT_TRUE(parse_discussion_id(std::string(100, 'a')).has_value());
    for (const std::string& bad :
         {std::string(), std::string(101, 'a'), std::string("a/b"), std::string("ä"),
          std::string("a b"), std::string("."), std::string("..")}) {
        const auto parsed = parse_discussion_id(bad);
        ASSERT_TRUE(parsed.has_error()) << bad;
        EXPECT_EQ(parsed.error().code, Errc::invalid_field);
        EXPECT_EQ(parsed.error().field, "id");
    }
}

TEST(Names, OfEnumeratorsReadBack) {
    for (const auto role : {Role::member, Role::moderator, Role::admin}) {
        EXPECT_EQ(parse_role(to_string(role)), role);
    }
    for (const auto state :
         {DiscussionState::open, DiscussionState::premoderated, DiscussionState::locked}) {
        EXPECT_EQ(parse_discussion_state(to_string(state)), state);
    }
    for (const auto state : {CommentState::visible, CommentState::pending, CommentState::removed,
                             CommentState::deleted}) {
        EXPECT_EQ(parse_comment_state(to_string(state)), state);
    }
    for (const auto sort : {SortOrder::oldest, SortOrder::newest}) {
        EXPECT_EQ(parse_sort_order(to_string(sort)), sort);
    }
    EXPECT_EQ(parse_role("Admin"), std::nullopt);
    EXPECT_EQ(parse_role(""), std::nullopt);
}

TEST(CodePoints, AreCountedNotBytes) {
    EXPECT_EQ(count_code_points(""), 0U);
    EXPECT_EQ(count_code_points("abc"), 3U);
    EXPECT_EQ(count_code_points("ä€😀"), 3U);
}

}  // namespace
}  // namespace parley
