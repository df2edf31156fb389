#pragma once

#include "interchange/order.hpp"

namespace parley {

// One command of an import and the lines that it holds.
struct ImportStep {
    struct Item {
        std::uint64_t line = 0;
        std::string
            id;  // the source's own, as DoneImport names it; of a vote: comment, space, account
    };
    LineKind kind = LineKind::unknown;
    Action action;
    std::vector<Item> items;  // in the order of the action
    std::uint64_t bytes = 0;  // of the lines
};

// The second of two passes over a file: the commands that import it, in an order in which each
// finds what it refers to: discussions, accounts, comments, votes. At most changeset_comments_max
// items and import_step_bytes_max bytes of lines are in a step and in memory.
//
// What only the whole file shows is settled here: repeated votes, votes whose discussion is not
// clear, accounts that have no line (they get their id as their name, and a warning), and that the
// votes given as lines are not counted twice: a comment's base is its score less their sum.
class ImportPlan {
public:
    // The issues must outlive the plan.
    ImportPlan(FileIndex index, std::string source, IssueList& issues);

    // The next step, its texts read again from the file that was indexed; nothing after the last.
    [[nodiscard]] std::optional<ImportStep> next(std::istream& input);

    // Of the lines of all steps together.
    [[nodiscard]] std::uint64_t bytes_total() const { return bytes_total_; }

private:
    using Ref = FileIndex::Ref;

    void sum_lines();
    void settle_votes();
    [[nodiscard]] Ref discussion_of_vote(const FileIndex::Vote& vote) const;
    [[nodiscard]] bool settle_vote(FileIndex::Vote& vote);
    void drop_repeated_votes();
    [[nodiscard]] bool vote_less(const FileIndex::Vote& left, const FileIndex::Vote& right) const;

    [[nodiscard]] std::optional<ImportStep> next_discussion(std::istream& input);
    [[nodiscard]] std::optional<ImportStep> next_accounts(std::istream& input);
    [[nodiscard]] std::optional<ImportStep> next_comments(std::istream& input);
    [[nodiscard]] std::optional<ImportStep> next_votes();
    [[nodiscard]] std::optional<Line> read_line(std::istream& input, LineKind kind,
                                                const LineRef& line);
    void add_account(std::istream& input, const FileIndex::Account& account, ImportStep& step,
                     ImportAccounts& accounts);

    FileIndex index_;
    std::string source_;
    IssueList& issues_;
    CommentOrder comments_;
    std::vector<Ref> discussions_;
    std::vector<Ref> discussion_rank_;
    std::vector<Ref> accounts_;
    std::vector<std::int64_t> vote_sums_;  // by comment
    // By id: the comment of the file that has it; `ambiguous` where several discussions do.
    std::unordered_map<Ref, Ref> comments_by_id_;
    std::uint64_t bytes_total_ = 0;
    // How far next() is.
    std::size_t discussion_at_ = 0;
    std::size_t account_at_ = 0;
    std::size_t comment_at_ = 0;
    std::size_t vote_at_ = 0;
};

}  // namespace parley
