#include "interchange/index.hpp"

#include "base/limits.hpp"
#include "support/ndjson.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace parley {
namespace {

using test::account_line;
using test::comment_line;
using test::discussion_line;

struct Indexed {
    FileIndex index;
    IssueList issues;
    std::uint64_t progress = 0;
};

Indexed index_text(const std::string& text) {
    Indexed indexed;
    std::istringstream input(text);
    auto index = index_file(input, indexed.issues,
                            [&indexed](std::uint64_t bytes) { indexed.progress = bytes; });
    EXPECT_TRUE(index.has_value());
    if (index.has_value()) indexed.index = std::move(*index);
    return indexed;
}

TEST(FileIndex, KnowsWhatStandsWhere) {
    const std::string text = discussion_line("d") + account_line("u1", "Ada") +
                             comment_line({"c1", ""}) + comment_line({"c2", "c1"});
    const Indexed indexed = index_text(text);
    ASSERT_EQ(indexed.index.comments.size(), 2U);
    const FileIndex::Comment& reply = indexed.index.comments[1];
    EXPECT_EQ(reply.line.number, 4U);
    EXPECT_EQ(text.substr(reply.line.offset, reply.line.bytes) + "\n", comment_line({"c2", "c1"}));
    EXPECT_EQ(indexed.index.ids.text(reply.parent_id), "c1");
    EXPECT_EQ(indexed.index.comment_of(reply.discussion, reply.parent_id), 0U);
    EXPECT_EQ(indexed.index.comment_of(reply.discussion, 4'000), FileIndex::none);
    EXPECT_EQ(indexed.index.lines_read, 4U);
    EXPECT_EQ(indexed.index.lines_good, 4U);
    EXPECT_EQ(indexed.progress, text.size());
    EXPECT_EQ(indexed.issues.refused() + indexed.issues.warnings(), 0U);
}

TEST(FileIndex, ABadLineHarmsNoOther) {
    const std::string text =
        "nonsense\n" + comment_line({"c1", ""}) + std::string(2 * ndjson_line_bytes_max, 'x') +
        "\n" + "{\"type\":\"comment\",\"id\":\"\xC3\x28\"}\n" + comment_line({"c2", "c1"});
    const Indexed indexed = index_text(text);
    EXPECT_EQ(indexed.index.comments.size(), 2U);
    EXPECT_EQ(indexed.index.lines_read, 5U);
    EXPECT_EQ(indexed.index.lines_good, 2U);
    const std::vector<ImportIssue> issues = indexed.issues.shown();
    ASSERT_EQ(issues.size(), 3U);
    EXPECT_EQ(issues[0].line, 1U);
    EXPECT_EQ(issues[1].line, 3U);
    EXPECT_EQ(issues[1].code, Errc::too_large);
    EXPECT_EQ(issues[2].line, 4U);
    EXPECT_EQ(issues[2].message, "This is not in UTF-8.");
}

TEST(FileIndex, TheFirstOfRepeatedIdsCounts) {
    const std::string first = comment_line({"c1", ""});
    test::CommentSpec other{"c1", ""};
    other.body = "Another text.";
    test::CommentSpec elsewhere{"c1", ""};
    elsewhere.discussion = "e";
    const Indexed indexed = index_text(
        first + first + comment_line(other) + comment_line(elsewhere) + account_line("u1", "Ada") +
        account_line("u1", "Bob") + discussion_line("d") + discussion_line("d"));
    EXPECT_EQ(indexed.index.comments.size(), 2U);
    EXPECT_EQ(indexed.issues.warnings(), 2U);
    EXPECT_EQ(indexed.issues.refused(LineKind::comment), 1U);
    EXPECT_EQ(indexed.issues.refused(LineKind::account), 1U);
    EXPECT_EQ(indexed.issues.shown()[1].line, 3U);
    EXPECT_EQ(indexed.issues.shown()[1].message,
              "The comment \"c1\" is given with another content in line 1, which is used.");
}

TEST(FileIndex, OnlySoManyIssuesAreKeptButAllAreCounted) {
    std::string text;
    for (std::size_t line = 0; line < 3 * import_issues_shown_count_max; ++line) text += "{}\n";
    const Indexed indexed = index_text(text);
    EXPECT_EQ(indexed.issues.shown().size(), import_issues_shown_count_max);
    EXPECT_EQ(indexed.issues.refused(), 3 * import_issues_shown_count_max);
}

}  // namespace
}  // namespace parley
