#include "interchange/plan.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace parley {

namespace {

constexpr FileIndex::Ref none = FileIndex::none;

// True where a step has room for one more line.
bool has_room(const ImportStep& step, std::uint64_t bytes) {
    if (step.items.empty()) return true;
    return step.items.size() < changeset_comments_max &&
           step.bytes + bytes <= import_step_bytes_max;
}

}  // namespace

ImportPlan::ImportPlan(FileIndex index, std::string source, IssueList& issues)
    : index_(std::move(index)),
      source_(std::move(source)),
      issues_(issues),
      comments_(order_comments(index_, issues)),
      discussions_(order_discussions(index_)),
      discussion_rank_(discussions_.size()),
      accounts_(index_.accounts.size()),
      vote_sums_(index_.comments.size()) {
    for (Ref rank = 0; rank < discussions_.size(); ++rank) {
        discussion_rank_[discussions_[rank]] = rank;
    }
    std::iota(accounts_.begin(), accounts_.end(), Ref{0});
    std::sort(accounts_.begin(), accounts_.end(), [this](Ref left, Ref right) {
        return id_less(index_.ids.text(index_.accounts[left].id),
                       index_.ids.text(index_.accounts[right].id));
    });
    settle_votes();
    sum_lines();
}

void ImportPlan::sum_lines() {
    for (const auto& discussion : index_.discussions) {
        if (discussion.line) bytes_total_ += discussion.line->bytes;
    }
    for (const auto& account : index_.accounts) {
        if (account.line) bytes_total_ += account.line->bytes;
    }
    for (const Ref comment : comments_.comments) {
        bytes_total_ += index_.comments[comment].line.bytes;
    }
    bytes_total_ += index_.vote_bytes;
}

std::optional<ImportStep> ImportPlan::next(std::istream& input) {
    if (auto step = next_discussion(input)) return step;
    if (auto step = next_accounts(input)) return step;
    if (auto step = next_comments(input)) return step;
    return next_votes();
}

// The line as the first pass saw it; refused where the file has changed since.
std::optional<Line> ImportPlan::read_line(std::istream& input, LineKind kind, const LineRef& line) {
    if (const std::optional<std::string> text = read_again(input, line)) {
        ParsedLine parsed = parse_line(*text);
        if (parsed.kind == kind && parsed.line.has_value()) return std::move(*parsed.line);
    }
    issues_.refuse(line.number, kind,
                   make_error(Errc::conflict, "The file changed while it was read."));
    return std::nullopt;
}

std::optional<ImportStep> ImportPlan::next_discussion(std::istream& input) {
    while (discussion_at_ < discussions_.size()) {
        const FileIndex::Discussion& discussion =
            index_.discussions[discussions_[discussion_at_++]];
        if (!discussion.line) continue;
        auto line = read_line(input, LineKind::discussion, *discussion.line);
        if (!line) continue;
        return ImportStep{LineKind::discussion,
                          std::get<DiscussionLine>(std::move(*line)).put,
                          {{discussion.line->number, discussion.id.value}},
                          discussion.line->bytes};
    }
    return std::nullopt;
}

void ImportPlan::add_account(std::istream& input, const FileIndex::Account& account,
                             ImportStep& step, ImportAccounts& accounts) {
    const std::string& id = index_.ids.text(account.id);
    if (!account.line) {
        issues_.warn(account.first_use, LineKind::account, Errc::not_found,
                     "The account \"" + id +
                         "\" has no line. Unless an earlier import brought it, its id becomes "
                         "its name.");
        accounts.accounts.push_back({id, id});
        step.items.push_back({account.first_use, id});
        return;
    }
    auto line = read_line(input, LineKind::account, *account.line);
    if (!line) return;
    accounts.accounts.push_back(std::get<AccountLine>(std::move(*line)).account);
    step.items.push_back({account.line->number, id});
    step.bytes += account.line->bytes;
}

std::optional<ImportStep> ImportPlan::next_accounts(std::istream& input) {
    ImportStep step{LineKind::account, {}, {}, 0};
    ImportAccounts accounts{source_, {}};
    while (account_at_ < accounts_.size()) {
        const FileIndex::Account& account = index_.accounts[accounts_[account_at_]];
        if (!has_room(step, account.line ? account.line->bytes : 0)) break;
        ++account_at_;
        add_account(input, account, step, accounts);
    }
    if (step.items.empty()) return std::nullopt;
    step.action = std::move(accounts);
    return step;
}

std::optional<ImportStep> ImportPlan::next_comments(std::istream& input) {
    ImportStep step{LineKind::comment, {}, {}, 0};
    ImportComments comments{source_, {}, {}};
    Ref discussion = none;
    while (comment_at_ < comments_.comments.size()) {
        const Ref ref = comments_.comments[comment_at_];
        const FileIndex::Comment& comment = index_.comments[ref];
        const bool fits = has_room(step, comment.line.bytes) &&
                          (step.items.empty() || comment.discussion == discussion);
        if (!fits) break;
        ++comment_at_;
        auto line = read_line(input, LineKind::comment, comment.line);
        if (!line) continue;
        discussion = comment.discussion;
        comments.comments.push_back(std::get<CommentLine>(std::move(*line)).comment);
        comments.comments.back().base = comment.score - vote_sums_[ref];
        step.items.push_back({comment.line.number, index_.ids.text(comment.id)});
        step.bytes += comment.line.bytes;
    }
    if (step.items.empty()) return std::nullopt;
    comments.discussion = index_.discussions[discussion].id;
    step.action = std::move(comments);
    return step;
}

std::optional<ImportStep> ImportPlan::next_votes() {
    if (vote_at_ == index_.votes.size()) return std::nullopt;
    ImportStep step{LineKind::vote, {}, {}, 0};
    const Ref discussion = index_.votes[vote_at_].discussion;
    ImportVotes votes{source_, index_.discussions[discussion].id, {}};
    while (vote_at_ < index_.votes.size() && step.items.size() < changeset_comments_max) {
        const FileIndex::Vote& vote = index_.votes[vote_at_];
        if (vote.discussion != discussion) break;
        ++vote_at_;
        const std::string& comment = index_.ids.text(vote.comment_id);
        const std::string& account = index_.ids.text(index_.accounts[vote.account].id);
        votes.votes.push_back({comment, account, vote.value});
        step.items.push_back({vote.line, comment});
        step.items.back().id.append(" ").append(account);
    }
    // Votes are not read again, so their lines count by their mean length.
    step.bytes = index_.vote_bytes * step.items.size() / index_.votes.size();
    step.action = std::move(votes);
    return step;
}

}  // namespace parley
