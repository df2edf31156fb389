#include "discussion/decide.hpp"

namespace parley {

result<Done> decide_action(const Deciding& deciding, const CastVote& action) {
    State& state = deciding.state;
    const result<AccountId> voter = writer_of(deciding);
    if (voter.has_error()) return voter.error();
    if (action.value < -1 || action.value > 1) {
        return make_error(Errc::invalid_field, "A vote is -1, 0 or 1.", "value");
    }
    const auto found = find_comment(state, action.comment);
    if (found.has_error()) return found.error();
    Tracked<CommentRow>& comment = **found;
    if (auto allowed = allow(deciding, Verb::vote, subject_of(state, comment.row));
        allowed.has_error()) {
        return allowed.error();
    }
    if (comment.row.state == CommentState::pending) {
        return make_error(Errc::conflict, "This comment waits for a moderator. Vote then.");
    }
    record_vote(state, comment, *voter, action.value);
    return Done(DoneVote{action.comment, voter.value()});
}

}  // namespace parley
