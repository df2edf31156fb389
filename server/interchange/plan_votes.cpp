#include "interchange/plan.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

constexpr FileIndex::Ref none = FileIndex::none;
constexpr FileIndex::Ref ambiguous = none - 1;

std::string in_quotes(const std::string& id) { return "\"" + id + "\""; }

}  // namespace

// The discussion that a vote says, or the only one that it can mean.
FileIndex::Ref ImportPlan::discussion_of_vote(const FileIndex::Vote& vote) const {
    if (vote.discussion != none) return vote.discussion;
    const auto known = comments_by_id_.find(vote.comment_id);
    if (known == comments_by_id_.end()) return index_.discussions.size() == 1 ? 0 : none;
    if (known->second == ambiguous) return ambiguous;
    return index_.comments[known->second].discussion;
}

// Finds the vote's discussion. False where the vote cannot be imported, which is then an issue.
bool ImportPlan::settle_vote(FileIndex::Vote& vote) {
    const std::string comment = in_quotes(index_.ids.text(vote.comment_id));
    const Ref discussion = discussion_of_vote(vote);
    if (discussion == ambiguous) {
        issues_.refuse(
            vote.line, LineKind::vote,
            make_error(Errc::invalid_field, "Several discussions have a comment " + comment +
                                                ". Say which with the field \"discussion\"."));
        return false;
    }
    if (discussion == none) {
        issues_.refuse(vote.line, LineKind::vote,
                       make_error(Errc::unknown_comment,
                                  "There is no comment " + comment +
                                      " in this file. If an earlier import brought it, say its "
                                      "discussion with the field \"discussion\"."));
        return false;
    }
    vote.discussion = discussion;
    const Ref in_file = index_.comment_of(discussion, vote.comment_id);
    if (in_file == none || comments_.rank[in_file] != none) return true;
    issues_.refuse(
        vote.line, LineKind::vote,
        make_error(Errc::unknown_comment, "The comment " + comment + " was not imported."));
    return false;
}

bool ImportPlan::vote_less(const FileIndex::Vote& left, const FileIndex::Vote& right) const {
    if (left.discussion != right.discussion) {
        return discussion_rank_[left.discussion] < discussion_rank_[right.discussion];
    }
    if (left.comment_id != right.comment_id) {
        const Ref first = index_.comment_of(left.discussion, left.comment_id);
        const Ref second = index_.comment_of(right.discussion, right.comment_id);
        const Ref first_rank = first == none ? none : comments_.rank[first];
        const Ref second_rank = second == none ? none : comments_.rank[second];
        if (first_rank != second_rank) return first_rank < second_rank;
        return id_less(index_.ids.text(left.comment_id), index_.ids.text(right.comment_id));
    }
    if (left.account != right.account) {
        return id_less(index_.ids.text(index_.accounts[left.account].id),
                       index_.ids.text(index_.accounts[right.account].id));
    }
    return left.line < right.line;
}

// Of several votes of one account on one comment the first line counts. They stand together.
void ImportPlan::drop_repeated_votes() {
    std::vector<FileIndex::Vote> kept;
    for (const FileIndex::Vote& vote : index_.votes) {
        const bool repeated = !kept.empty() && kept.back().discussion == vote.discussion &&
                              kept.back().comment_id == vote.comment_id &&
                              kept.back().account == vote.account;
        if (!repeated) {
            kept.push_back(vote);
            continue;
        }
        const std::string where = " line " + std::to_string(kept.back().line);
        if (kept.back().value == vote.value) {
            issues_.warn(vote.line, LineKind::vote, Errc::conflict,
                         "The vote is given the same in" + where + ".");
        } else {
            issues_.refuse(vote.line, LineKind::vote,
                           make_error(Errc::conflict, "The account votes otherwise in" + where +
                                                          ", which is used."));
        }
    }
    index_.votes = std::move(kept);
}

void ImportPlan::settle_votes() {
    for (Ref at = 0; at < index_.comments.size(); ++at) {
        const auto [known, added] = comments_by_id_.try_emplace(index_.comments[at].id, at);
        if (!added) known->second = ambiguous;
    }
    std::vector<FileIndex::Vote> settled;
    for (FileIndex::Vote& vote : index_.votes) {
        if (settle_vote(vote)) settled.push_back(vote);
    }
    index_.votes = std::move(settled);
    comments_by_id_.clear();
    std::sort(index_.votes.begin(), index_.votes.end(),
              [this](const auto& left, const auto& right) { return vote_less(left, right); });
    drop_repeated_votes();
    for (const FileIndex::Vote& vote : index_.votes) {
        const Ref comment = index_.comment_of(vote.discussion, vote.comment_id);
        if (comment != none) vote_sums_[comment] += vote.value;
    }
}

}  // namespace parley
