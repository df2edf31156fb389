#pragma once

#include "discussion/rules.hpp"
#include "service/export.hpp"
#include "service/import.hpp"
#include "store/store.hpp"
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

namespace parley::test {

// A store in memory and what a test does with it.
class ImportFixture : public testing::Test {
protected:
    static std::unique_ptr<Store> make_store() {
        auto store = open_store("sqlite::memory:", StoreAccess::serve);
        EXPECT_TRUE(store.has_value());
        return std::move(*store);
    }

    ImportReport import_into(Store& store, const std::string& text,
                             const ImportOptions& options = {}) {
        std::istringstream input(text);
        auto report = import_ndjson(store, limits_, clock_, options, input,
                                    [this](const ImportProgress& done) { progress_ = done; });
        EXPECT_TRUE(report.has_value()) << (report.has_error() ? report.error().message : "");
        return report.has_value() ? std::move(*report) : ImportReport{};
    }
    ImportReport import(const std::string& text, const ImportOptions& options = {}) {
        return import_into(*store_, text, options);
    }

    static std::string export_of(Store& store, const std::optional<DiscussionId>& only = {}) {
        const auto reader = store.open_reader();
        std::ostringstream output;
        const auto report = export_ndjson(**reader, only, output, [](const ExportReport&) {});
        EXPECT_TRUE(report.has_value()) << (report.has_error() ? report.error().message : "");
        return output.str();
    }

    // Everything that the walks over a store show, stamps included.
    static std::string dump(Store& store) {
        const auto reader = store.open_reader();
        std::ostringstream out;
        std::vector<DiscussionId> ids;
        EXPECT_TRUE((*reader)
                        ->each_discussion([&](const DiscussionRow& row) {
                            ids.push_back(row.id);
                            out << row.id.value << ' ' << row.title << ' ' << row.url << ' '
                                << row.article << ' ' << to_string(row.state) << ' '
                                << row.comment_count << ' ' << row.roots_numbered << ' ' << row.seq
                                << ' ' << row.stamp << '\n';
                            return true;
                        })
                        .has_value());
        EXPECT_TRUE((*reader)
                        ->each_account([&](const AccountRow& row) {
                            out << to_string(row.id) << ' ' << row.name << ' ' << row.name_key
                                << '\n';
                            return true;
                        })
                        .has_value());
        for (const DiscussionId& id : ids) {
            EXPECT_TRUE((*reader)
                            ->each_comment(id,
                                           [&](const CommentRow& row) {
                                               out << to_string(row.id) << ' ' << describe(row)
                                                   << ' ' << row.stamp << ' ' << row.tally_stamp
                                                   << '\n';
                                               return true;
                                           })
                            .has_value());
            EXPECT_TRUE((*reader)
                            ->each_vote(id,
                                        [&](AccountId account, CommentId comment, int value) {
                                            out << to_string(account) << ' ' << to_string(comment)
                                                << ' ' << value << '\n';
                                            return true;
                                        })
                            .has_value());
        }
        return out.str();
    }

    // A comment without ids.
    static std::string describe(const CommentRow& row) {
        std::ostringstream out;
        out << format_number(row.ordinals) << ' ' << row.body << ' ' << to_string(row.state) << ' '
            << format_rfc3339(row.created_at) << ' '
            << (row.edited_at ? format_rfc3339(*row.edited_at) : "-") << ' ' << row.up << ' '
            << row.down << ' ' << row.base << ' ' << row.replies << ' '
            << row.in_reply_to.has_value();
        if (row.quote) {
            out << " quotes " << row.quote->author << ' ' << row.quote->text << ' '
                << row.quote->verified << ' ' << row.quote->comment.has_value();
        }
        return out.str();
    }

    // By number.
    static std::map<std::string, CommentRow> comments_of(Store& store, const std::string& id) {
        const auto reader = store.open_reader();
        std::map<std::string, CommentRow> rows;
        EXPECT_TRUE((*reader)
                        ->each_comment({id},
                                       [&](const CommentRow& row) {
                                           rows.emplace(format_number(row.ordinals), row);
                                           return true;
                                       })
                        .has_value());
        return rows;
    }

    // What readers see of a discussion, in whatever ids.
    static std::vector<std::string> seen(Store& store, const std::string& id) {
        std::vector<std::string> lines;
        auto comments = comments_of(store, id);
        for (auto& [number, row] : comments) {
            if (row.state != CommentState::visible) {
                row.body.clear();
                row.quote.reset();
                row.edited_at.reset();
            }
            lines.push_back(describe(row));
        }
        return lines;
    }

    static void expect_sound(Store& store) {
        const auto reader = store.open_reader();
        const auto findings = (*reader)->check();
        ASSERT_TRUE(findings.has_value());
        for (const CheckFinding& finding : *findings) {
            ADD_FAILURE() << finding.invariant << ": " << finding.message;
        }
    }

    Limits limits_;
    ManualClock clock_;
    ImportProgress progress_;
    std::unique_ptr<Store> store_ = make_store();
};

}  // namespace parley::test
