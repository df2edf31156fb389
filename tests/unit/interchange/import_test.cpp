#include "import_fixture.hpp"
#include "support/ndjson.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace parley {
namespace {

using test::account_line;
using test::comment_line;
using test::CommentSpec;
using test::discussion_line;
using test::vote_line;

class Interchange : public test::ImportFixture {};

std::string example() {
    std::ifstream file(PARLEY_SOURCE_DIR "/deploy/example/tram-line.ndjson");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST_F(Interchange, TheExampleIsImportedWhole) {
    const ImportReport report = import(example());
    EXPECT_EQ(report.of(LineKind::discussion).added, 1U);
    EXPECT_EQ(report.of(LineKind::account).added, 15U);
    EXPECT_EQ(report.of(LineKind::comment).added, 20U);
    EXPECT_EQ(report.lines_good, report.lines_read);
    EXPECT_EQ(report.issues.refused() + report.issues.warnings(), 0U);
    EXPECT_EQ(progress_.bytes_done, progress_.bytes_total);
    EXPECT_EQ(progress_.comments_done, 20U);
    const auto comments = comments_of(*store_, "tram-line");
    ASSERT_EQ(comments.size(), 20U);
    EXPECT_EQ(comments.at("1").base, -12);
    EXPECT_EQ(comments.at("1.1").base, 7);
    EXPECT_TRUE(comments.at("1.1").quote->verified);
    EXPECT_EQ(format_rfc3339(comments.at("1.1.1.1").created_at), "2022-01-22T10:14:00.000Z");
    expect_sound(*store_);
}

TEST_F(Interchange, TheSameFileAgainAddsNothing) {
    std::vector<std::string> lines = test::random_forest(7, 800, "d");
    const auto accounts = test::random_accounts();
    lines.insert(lines.end(), accounts.begin(), accounts.end());
    const std::string text = test::join(lines);
    const ImportReport first = import(text);
    EXPECT_EQ(first.issues.refused(), 0U);
    EXPECT_EQ(first.of(LineKind::comment).added, 800U);
    expect_sound(*store_);
    const std::string before = dump(*store_);
    const ImportReport second = import(text);
    EXPECT_EQ(second.issues.refused(), 0U);
    EXPECT_EQ(second.of(LineKind::comment).added, 0U);
    EXPECT_EQ(second.of(LineKind::comment).known, 800U);
    EXPECT_EQ(second.of(LineKind::vote).added, 0U);
    EXPECT_EQ(second.of(LineKind::account).known, 20U);
    EXPECT_EQ(second.of(LineKind::discussion).known, 1U);
    EXPECT_EQ(dump(*store_), before);
}

TEST_F(Interchange, AnyOrderOfLinesGivesTheSameStore) {
    std::vector<std::string> lines = test::random_forest(11, 600, "d");
    const auto accounts = test::random_accounts();
    lines.insert(lines.end(), accounts.begin(), accounts.end());
    import(test::join(lines));
    constexpr unsigned seed = 5;
    std::mt19937 random(seed);
    std::shuffle(lines.begin(), lines.end(), random);
    const auto other = make_store();
    import_into(*other, test::join(lines));
    EXPECT_EQ(dump(*other), dump(*store_)) << "seed " << seed;
}

TEST_F(Interchange, AnExportGivesTheSameDiscussionsAgain) {
    std::vector<std::string> lines = test::random_accounts();
    for (const char* discussion : {"d", "e"}) {
        const auto more = test::random_forest(23, 500, discussion);
        lines.insert(lines.end(), more.begin(), more.end());
    }
    import(test::join(lines));
    import(example());
    const std::string exported = export_of(*store_);
    const auto other = make_store();
    const ImportReport report = import_into(*other, exported);
    EXPECT_EQ(report.issues.refused() + report.issues.warnings(), 0U);
    for (const char* discussion : {"d", "e", "tram-line"}) {
        EXPECT_EQ(seen(*other, discussion), seen(*store_, discussion)) << discussion;
    }
    expect_sound(*other);
    // From there on it is the same to the letter: ids follow the order of an export.
    const std::string again = export_of(*other);
    const auto third = make_store();
    import_into(*third, again);
    EXPECT_EQ(export_of(*third), again);
    // The ids of an import are known to be the source's, so this adds nothing.
    EXPECT_EQ(import_into(*other, exported).of(LineKind::comment).added, 0U);
    EXPECT_EQ(export_of(*other), again);
}

TEST_F(Interchange, OneDiscussionIsExportedAlone) {
    import(discussion_line("d") + discussion_line("e") + account_line("u1", "Ada") +
           account_line("u2", "Bob") + comment_line({"c1"}) + comment_line({"c1", "", "e", "u2"}));
    const std::string text = export_of(*store_, DiscussionId{"e"});
    EXPECT_NE(text.find("Bob"), std::string::npos);
    EXPECT_EQ(text.find("Ada"), std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
    const auto reader = store_->open_reader();
    std::ostringstream output;
    const auto missing =
        export_ndjson(**reader, DiscussionId{"x"}, output, [](const ExportReport&) {});
    EXPECT_EQ(missing.error().code, Errc::unknown_discussion);
    EXPECT_EQ(output.str(), "");
}

TEST_F(Interchange, VotesAreNotCountedTwice) {
    CommentSpec spec{"c1"};
    spec.more = "\"score\":5";
    const std::string text = discussion_line("d") + account_line("u1", "Ada") +
                             account_line("u2", "Bob") + account_line("u3", "Cy") +
                             comment_line(spec) + vote_line("c1", "u2", 1) +
                             vote_line("c1", "u3", -1) + vote_line("c1", "u1", 1);
    EXPECT_EQ(import(text).of(LineKind::vote).added, 3U);
    const CommentRow row = comments_of(*store_, "d").at("1");
    EXPECT_EQ(row.up, 2);
    EXPECT_EQ(row.down, 1);
    EXPECT_EQ(row.base + row.up - row.down, 5);
}

TEST_F(Interchange, WhatIsRefusedIsReportedWithItsLine) {
    CommentSpec gone{"c4", "c1"};
    gone.discussion = "nowhere";
    CommentSpec empty{"c5", ""};
    empty.body = "";
    const ImportReport report =
        import(discussion_line("d") + account_line("u1", "Ada") + comment_line({"c1"}) +
               comment_line({"orphan", "lost"}) + comment_line({"child", "orphan"}) +
               comment_line(gone) + comment_line(empty) + comment_line({"c6", "c5"}) +
               vote_line("orphan", "u1", 1) + "nonsense\n" + comment_line({"c7", "c1"}));
    EXPECT_EQ(report.of(LineKind::comment).added, 2U);
    std::map<std::uint64_t, Errc> refused;
    for (const ImportIssue& issue : report.issues.shown()) refused[issue.line] = issue.code;
    EXPECT_EQ(refused.size(), 7U);
    EXPECT_EQ(refused[4], Errc::unknown_comment);
    EXPECT_EQ(refused[5], Errc::unknown_comment);
    EXPECT_EQ(refused[6], Errc::unknown_discussion);
    EXPECT_EQ(refused[7], Errc::invalid_field);
    EXPECT_EQ(refused[8], Errc::unknown_comment);
    EXPECT_EQ(refused[9], Errc::unknown_comment);
    EXPECT_EQ(refused[10], Errc::malformed);
    expect_sound(*store_);
}

TEST_F(Interchange, ALaterFileGoesOnWhereTheFirstEnded) {
    import(discussion_line("d") + account_line("u1", "Ada") + comment_line({"c1"}));
    const ImportReport report = import(comment_line({"c2", "c1"}) + vote_line("c1", "u1", 1));
    EXPECT_EQ(report.of(LineKind::comment).added, 1U);
    EXPECT_EQ(report.of(LineKind::vote).added, 1U);
    EXPECT_EQ(report.issues.refused(), 0U);
    EXPECT_TRUE(comments_of(*store_, "d").contains("1.1"));
    // Another source's ids are other ids.
    const ImportReport other = import(comment_line({"c3", "c1"}), {"other", false});
    EXPECT_EQ(other.issues.refused(LineKind::comment), 1U);
}

TEST_F(Interchange, TheSameIdWithAnotherTextIsReported) {
    const std::string start = discussion_line("d") + account_line("u1", "Ada");
    import(start + comment_line({"c1"}));
    CommentSpec changed{"c1"};
    changed.body = "Another text.";
    const ImportReport report = import(start + comment_line(changed));
    ASSERT_EQ(report.issues.refused(LineKind::comment), 1U);
    EXPECT_EQ(report.issues.shown().front().code, Errc::conflict);
    EXPECT_EQ(report.issues.shown().front().line, 3U);
    EXPECT_EQ(comments_of(*store_, "d").at("1").body, "Text.");
}

TEST_F(Interchange, ADryRunDecidesEverythingAndKeepsNothing) {
    std::vector<std::string> lines = test::random_forest(3, 700, "d");
    lines.push_back(comment_line({"orphan", "lost"}));
    const std::string text = test::join(lines);
    const std::string before = dump(*store_);
    const ImportReport dry = import(text, {"parley", true});
    EXPECT_TRUE(dry.dry_run);
    EXPECT_EQ(dump(*store_), before);
    const ImportReport real = import(text);
    for (const LineKind kind :
         {LineKind::discussion, LineKind::account, LineKind::comment, LineKind::vote}) {
        EXPECT_EQ(dry.of(kind).added, real.of(kind).added) << to_string(kind);
        EXPECT_EQ(dry.of(kind).known, real.of(kind).known) << to_string(kind);
    }
    EXPECT_EQ(dry.issues.shown(), real.issues.shown());
    EXPECT_EQ(real.issues.refused(), 1U);
}

TEST_F(Interchange, ManySmallDiscussionsShareTransactions) {
    std::string text = account_line("u1", "Ada");
    for (int at = 0; at < 300; ++at) {
        const std::string id = "d" + std::to_string(at);
        text += discussion_line(id) + comment_line({"c1", "", id}) + comment_line({"c2", "c1", id});
    }
    const ImportReport report = import(text);
    EXPECT_EQ(report.of(LineKind::discussion).added, 300U);
    EXPECT_EQ(report.of(LineKind::comment).added, 600U);
    EXPECT_EQ(report.issues.refused(), 0U);
    EXPECT_EQ(seen(*store_, "d299").size(), 2U);
    expect_sound(*store_);
}

TEST_F(Interchange, RemovedCommentsKeepTheirPlaceAndLoseTheirText) {
    CommentSpec removed{"c1"};
    removed.more = R"("state":"removed")";
    import(discussion_line("d") + account_line("u1", "Ada") + comment_line(removed) +
           comment_line({"c2", "c1"}) + comment_line({"c3"}));
    const std::string exported = export_of(*store_);
    const auto other = make_store();
    EXPECT_EQ(import_into(*other, exported).issues.refused(), 0U);
    const auto comments = comments_of(*other, "d");
    EXPECT_EQ(comments.at("1").state, CommentState::removed);
    EXPECT_EQ(comments.at("1").body, "");
    EXPECT_TRUE(comments.contains("1.1"));
    EXPECT_TRUE(comments.contains("2"));
    expect_sound(*other);
}

TEST_F(Interchange, BelowTheGreatestDepthRepliesKeepWhatTheyAnswer) {
    std::string text = discussion_line("d") + account_line("u1", "Ada");
    std::string later;
    std::string parent;
    for (int depth = 1; depth <= comment_depth_max + 6; ++depth) {
        const std::string id = "c" + std::to_string(depth);
        (depth <= comment_depth_max + 3 ? text : later) += comment_line({id, parent});
        parent = id;
    }
    EXPECT_EQ(import(text).issues.refused(), 0U);
    EXPECT_EQ(import(later).issues.refused(), 0U);
    const auto other = make_store();
    EXPECT_EQ(import_into(*other, export_of(*store_)).issues.refused(), 0U);
    EXPECT_EQ(seen(*other, "d"), seen(*store_, "d"));
    expect_sound(*other);
}

TEST_F(Interchange, ABadSourceIsRefused) {
    std::istringstream input;
    for (const std::string source : {"", "a b", "é", "x/y"}) {
        const auto report =
            import_ndjson(*store_, limits_, clock_, {source, false}, input, [](const auto&) {});
        ASSERT_TRUE(report.has_error()) << source;
        EXPECT_EQ(report.error().code, Errc::invalid_field);
    }
}

TEST_F(Interchange, AFileOfSomethingElseHasNoGoodLine) {
    const ImportReport report = import("a,b,c\n1,2,3\n");
    EXPECT_EQ(report.lines_good, 0U);
    EXPECT_EQ(report.lines_read, 2U);
    EXPECT_EQ(import("").lines_read, 0U);
}

}  // namespace
}  // namespace parley
