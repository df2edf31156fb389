#include "discussion/decide.hpp"

#include <string>

namespace parley {

namespace {

// An account keeps a name that could be one: it is exported where tombstones name their authors.
constexpr const char* erased_name = "Erased account";

result<Tracked<AccountRow>*> find_erased(const Deciding& deciding, AccountId id) {
    if (auto allowed = require_operator(deciding); allowed.has_error()) return allowed.error();
    const auto found = find_account(deciding.state, id);
    if (found.has_error()) return found.error();
    // What was asked for by mistake takes nothing away from an account that is somebody's.
    if ((*found)->row.erasure == Erasure::none) return make_error(Errc::conflict);
    return found;
}

std::size_t quoters_count(const State& state, CommentId comment) {
    const auto found = state.quoters.find(comment);
    return found == state.quoters.end() ? 0 : found->second.size();
}

// True where quotes of it are left.
bool erase_comment(State& state, Tracked<CommentRow>& comment) {
    if (comment.row.state == CommentState::deleted) return blank_quotes(state, comment.row.id);
    return take_away(state, comment, CommentState::deleted).more_quotes;
}

// The score stays: what the votes had added to it is now where it begins.
void fold_vote(State& state, CommentId id, AccountId voter) {
    VoteRow& vote = state.votes.at({voter, id});
    Tracked<CommentRow>& comment = state.comments.at(id);
    comment.row.base += vote.value;
    (vote.value == 1 ? comment.row.up : comment.row.down) -= 1;
    vote = {0, true};
    stamp_tally(state, comment);
}

}  // namespace

result<Done> decide_action(const Deciding& deciding, const EraseAccount& action) {
    State& state = deciding.state;
    if (deciding.viewer.account != action.account) {
        if (auto allowed = require_operator(deciding); allowed.has_error()) return allowed.error();
    }
    const auto found = find_account(state, action.account);
    if (found.has_error()) return found.error();
    Tracked<AccountRow>& account = **found;
    if (account.row.erasure == Erasure::none) {
        account.row.erasure = Erasure::under_way;
        account.row.name_key.clear();
        account.row.password_hash.clear();
        account.dirty = true;
        end_sessions_of(state, action.account);
    }
    return Done(DoneAccount{action.account});
}

result<Done> decide_action(const Deciding& deciding, const EraseComments& action) {
    State& state = deciding.state;
    const auto account = find_erased(deciding, action.account);
    if (account.has_error()) return account.error();
    if (auto found = find_discussion(state, action.discussion); found.has_error()) {
        return found.error();
    }
    const auto page = state.author_pages.find({action.account, action.discussion});
    if (page == state.author_pages.end()) return Done(DoneJob{});
    DoneJob done;
    CommentId last = action.after;
    std::size_t changes = 0;
    for (const CommentId id : page->second.comments) {
        // Itself, the one it answers, and those that quote it.
        changes += 2 + quoters_count(state, id);
        if (changes > changeset_comments_max || erase_comment(state, state.comments.at(id))) {
            done.next = last;  // so that it comes again
            return Done(done);
        }
        last = id;
    }
    if (page->second.more) done.next = last;
    return Done(done);
}

result<Done> decide_action(const Deciding& deciding, const EraseVotes& action) {
    State& state = deciding.state;
    const auto account = find_erased(deciding, action.account);
    if (account.has_error()) return account.error();
    if (auto found = find_discussion(state, action.discussion); found.has_error()) {
        return found.error();
    }
    const auto page = state.voter_pages.find({action.account, action.discussion});
    if (page == state.voter_pages.end()) return Done(DoneJob{});
    for (const CommentId id : page->second.comments) fold_vote(state, id, action.account);
    DoneJob done;
    if (page->second.more) done.next = page->second.comments.back();
    return Done(done);
}

result<Done> decide_action(const Deciding& deciding, const FinishErasing& action) {
    const auto found = find_erased(deciding, action.account);
    if (found.has_error()) return found.error();
    Tracked<AccountRow>& account = **found;
    if (account.row.erasure == Erasure::under_way) {
        account.row.erasure = Erasure::done;
        account.row.name = erased_name;
        account.row.role = Role::member;
        account.row.banned = false;
        account.dirty = true;
    }
    return Done(DoneAccount{action.account});
}

}  // namespace parley
