#include "discussion/decide.hpp"

namespace parley {

result<Done> decide_action(const Deciding& deciding, const RestampAuthor& action) {
    State& state = deciding.state;
    if (auto allowed = require_operator(deciding); allowed.has_error()) return allowed.error();
    if (auto found = find_discussion(state, action.discussion); found.has_error()) {
        return found.error();
    }
    const auto page = state.author_pages.find({action.account, action.discussion});
    if (page == state.author_pages.end()) return Done(DoneJob{});
    const auto& [comments, more] = page->second;
    for (const CommentId id : comments) {
        Tracked<CommentRow>& comment = state.comments.at(id);
        // A tombstone does not name its author.
        if (comment.row.state == CommentState::visible) stamp_content(state, comment);
    }
    DoneJob done;
    if (more && !comments.empty()) done.next = comments.back();
    return Done(done);
}

result<Done> decide_action(const Deciding& deciding, const BlankQuotes& action) {
    State& state = deciding.state;
    if (auto allowed = require_operator(deciding); allowed.has_error()) return allowed.error();
    const auto found = find_comment(state, action.comment);
    if (found.has_error()) return found.error();
    // A moderator may have brought it back in the meantime.
    if ((*found)->row.state == CommentState::visible) return Done(DoneJob{});
    DoneJob done;
    if (blank_quotes(state, action.comment)) done.next = action.comment;
    return Done(done);
}

}  // namespace parley
