#include "interchange/plan.hpp"

#include "support/ndjson.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

namespace parley {
namespace {

using test::account_line;
using test::comment_line;
using test::CommentSpec;
using test::discussion_line;
using test::vote_line;

struct Planned {
    std::vector<ImportStep> steps;
    IssueList issues;
    std::uint64_t bytes_total = 0;
};

Planned plan_of(const std::string& text) {
    Planned planned;
    std::istringstream input(text);
    auto index = index_file(input, planned.issues, [](std::uint64_t) {});
    ImportPlan plan(std::move(*index), "test", planned.issues);
    planned.bytes_total = plan.bytes_total();
    while (auto step = plan.next(input)) planned.steps.push_back(std::move(*step));
    return planned;
}

// A plan in words, without line numbers.
std::vector<std::string> describe(const std::vector<ImportStep>& steps) {
    std::vector<std::string> words;
    for (const ImportStep& step : steps) {
        if (const auto* put = std::get_if<PutDiscussion>(&step.action)) {
            words.push_back("discussion " + put->discussion.value);
        } else if (const auto* accounts = std::get_if<ImportAccounts>(&step.action)) {
            for (const auto& one : accounts->accounts) {
                words.push_back("account " + one.id + " " + one.name);
            }
        } else if (const auto* comments = std::get_if<ImportComments>(&step.action)) {
            words.push_back("comments of " + comments->discussion.value);
            for (const auto& one : comments->comments) {
                words.push_back(one.id + " under " + one.parent.value_or("none") + " by " +
                                one.author + " " + std::to_string(one.base) + " " + one.body);
            }
        } else {
            const auto& votes = std::get<ImportVotes>(step.action);
            words.push_back("votes of " + votes.discussion.value);
            for (const auto& one : votes.votes) {
                words.push_back(one.comment + " " + one.account + " " + std::to_string(one.value));
            }
        }
    }
    return words;
}

using Words = std::vector<std::string>;

TEST(ImportPlan, PutsWhatIsReferredToFirst) {
    CommentSpec root{"c1", ""};
    root.more = "\"score\":5";
    const Planned planned =
        plan_of(vote_line("c1", "u2", 1) + comment_line({"c2", "c1"}) + comment_line(root) +
                account_line("u1", "Ada") + discussion_line("d") + vote_line("c1", "u1", -1) +
                vote_line("c1", "u3", 1, "d"));
    EXPECT_EQ(describe(planned.steps),
              (Words{"discussion d", "account u1 Ada", "account u2 u2", "account u3 u3",
                     "comments of d", "c1 under none by u1 4 Text.", "c2 under c1 by u1 0 Text.",
                     "votes of d", "c1 u1 -1", "c1 u2 1", "c1 u3 1"}));
    // Accounts without a line, at the lines that mention them first.
    EXPECT_EQ(planned.issues.warnings(), 2U);
    EXPECT_EQ(planned.issues.refused(), 0U);
    EXPECT_EQ(planned.issues.shown()[0].line, 1U);
    EXPECT_EQ(planned.issues.shown()[1].line, 7U);
}

TEST(ImportPlan, VotesThatAreNotClearAreRefused) {
    CommentSpec elsewhere{"c1", ""};
    elsewhere.discussion = "e";
    const Planned planned =
        plan_of(account_line("u1", "Ada") + comment_line({"c1", ""}) + comment_line(elsewhere) +
                vote_line("c1", "u1", 1) + vote_line("c9", "u1", 1) +
                vote_line("c9", "u1", 1, "d") + comment_line({"loop", "loop"}) +
                vote_line("loop", "u1", 1) + vote_line("c1", "u1", 1, "e") +
                vote_line("c1", "u1", 1, "e") + vote_line("c1", "u1", -1, "e"));
    const std::vector<ImportIssue> issues = planned.issues.shown();
    ASSERT_EQ(issues.size(), 6U);
    EXPECT_EQ(issues[0].line, 4U);  // in two discussions
    EXPECT_EQ(issues[0].code, Errc::invalid_field);
    EXPECT_EQ(issues[1].line, 5U);  // in none
    EXPECT_EQ(issues[1].code, Errc::unknown_comment);
    EXPECT_EQ(issues[2].line, 7U);  // the circle
    EXPECT_EQ(issues[3].line, 8U);  // a vote on it
    EXPECT_EQ(issues[4].severity, ImportIssue::Severity::warning);
    EXPECT_EQ(issues[5].line, 11U);
    EXPECT_EQ(issues[5].code, Errc::conflict);
    // One on a comment of an earlier file is left to the rules.
    const Words words = describe(planned.steps);
    EXPECT_EQ(Words(words.end() - 4, words.end()),
              (Words{"votes of d", "c9 u1 1", "votes of e", "c1 u1 1"}));
}

TEST(ImportPlan, StepsAreBounded) {
    std::string text = discussion_line("d");
    for (int at = 0; at < 1'203; ++at) {
        CommentSpec spec{std::to_string(at), ""};
        spec.author = "u" + std::to_string(at);
        text += comment_line(spec) + vote_line(spec.id, "u0", 1);
    }
    const Planned planned = plan_of(text);
    std::map<LineKind, std::vector<std::size_t>> sizes;
    std::uint64_t bytes = 0;
    for (const ImportStep& step : planned.steps) {
        sizes[step.kind].push_back(step.items.size());
        bytes += step.bytes;
    }
    const std::vector<std::size_t> cut = {500, 500, 203};
    EXPECT_EQ(sizes[LineKind::account], cut);
    EXPECT_EQ(sizes[LineKind::comment], cut);
    EXPECT_EQ(sizes[LineKind::vote], cut);
    EXPECT_LE(bytes, planned.bytes_total);
    EXPECT_GE(bytes + 10, planned.bytes_total);
}

TEST(ImportPlan, StepsAreBoundedInBytes) {
    std::string text;
    for (int at = 0; at < 9; ++at) {
        CommentSpec spec{std::to_string(at), ""};
        spec.body = std::string(import_step_bytes_max / 5, 'x');
        text += comment_line(spec);
    }
    const Planned planned = plan_of(text);
    std::size_t comments = 0;
    for (const ImportStep& step : planned.steps) {
        EXPECT_LE(step.bytes, import_step_bytes_max);
        if (step.kind == LineKind::comment) comments += step.items.size();
    }
    EXPECT_EQ(comments, 9U);
}

TEST(ImportPlan, AFileThatChangesMeanwhileIsNoticed) {
    const std::string text = comment_line({"c1", ""}) + comment_line({"c2", ""});
    std::istringstream input(text);
    IssueList issues;
    auto index = index_file(input, issues, [](std::uint64_t) {});
    ImportPlan plan(std::move(*index), "test", issues);
    std::istringstream changed(comment_line({"c1", ""}).substr(1) + comment_line({"c2", ""}));
    while (plan.next(changed)) {
    }
    EXPECT_EQ(issues.refused(LineKind::comment), 2U);
}

// The plan depends on what the lines say, not on where they stand.
class RandomForest : public testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomForest, AnyOrderOfLinesGivesTheSamePlan) {
    std::mt19937 random(GetParam());
    std::vector<std::string> lines = test::random_accounts();
    for (const char* discussion : {"d", "e"}) {
        const auto more = test::random_forest(random(), 700, discussion);
        lines.insert(lines.end(), more.begin(), more.end());
    }
    const Planned sorted = plan_of(test::join(lines));
    EXPECT_EQ(sorted.issues.refused(), 0U);
    std::shuffle(lines.begin(), lines.end(), random);
    const Planned shuffled = plan_of(test::join(lines));
    EXPECT_EQ(describe(shuffled.steps), describe(sorted.steps)) << "seed " << GetParam();
    EXPECT_EQ(shuffled.issues.refused(), 0U);
}

TEST_P(RandomForest, ParentsComeFirstAndSiblingsByTime) {
    std::mt19937 random(GetParam());
    std::vector<std::string> lines = test::random_forest(random(), 900, "d");
    std::shuffle(lines.begin(), lines.end(), random);
    std::set<std::string> seen;
    std::map<std::string, WallTime> last_sibling;
    for (const ImportStep& step : plan_of(test::join(lines)).steps) {
        const auto* comments = std::get_if<ImportComments>(&step.action);
        if (comments == nullptr) continue;
        for (const ImportComment& one : comments->comments) {
            EXPECT_TRUE(!one.parent || seen.contains(*one.parent)) << one.id;
            EXPECT_TRUE(seen.insert(one.id).second) << one.id;
            WallTime& last = last_sibling[one.parent.value_or("")];
            EXPECT_LE(last, one.created_at);
            last = one.created_at;
        }
    }
    EXPECT_EQ(seen.size(), 900U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomForest, testing::Values(1U, 2U, 3U, 20220122U));

}  // namespace
}  // namespace parley
