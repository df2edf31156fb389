#include "discussion/decide.hpp"

namespace parley {

namespace {

// Nothing is left that a moderator or a reader of the file could find.
void forget_text(State& state, Tracked<CommentRow>& comment) {
    comment.row.body.clear();
    comment.row.quote.reset();
    std::erase_if(state.versions,
                  [&](const CommentVersion& version) { return version.comment == comment.row.id; });
    state.versions_gone.insert(comment.row.id);
}

DoneComment bring_back(State& state, Tracked<CommentRow>& comment) {
    comment.row.state = CommentState::visible;
    stamp_content(state, comment);
    count_visible(state, comment.row, +1);
    return {comment.row.id, false, false};
}

// A comment that nobody but its author and moderators has seen yet.
result<Done> approve(State& state, Tracked<CommentRow>& comment) {
    const auto& parent = comment.row.parent;
    if (parent && state.comments.at(*parent).row.state != CommentState::visible) {
        return make_error(Errc::conflict, "The comment that this one answers was taken away.");
    }
    publish_comment(state, comment);
    note_pending(state, comment.row);
    return Done(DoneComment{comment.row.id, false, false});
}

// The answer where the comment is in the wanted state already.
DoneComment unchanged(const State& state, const CommentRow& comment) {
    const bool gone = comment.state != CommentState::visible;
    return {comment.id, false, gone && has_quotes_left(state, comment.id)};
}

result<Done> remove_comment(State& state, Tracked<CommentRow>& comment, CommentState to) {
    if (comment.row.state == to) return Done(unchanged(state, comment.row));
    const bool gone =
        comment.row.state == CommentState::removed || comment.row.state == CommentState::deleted;
    if (gone) return make_error(Errc::comment_gone);
    return Done(take_away(state, comment, to));
}

}  // namespace

DoneComment take_away(State& state, Tracked<CommentRow>& comment, CommentState to) {
    const CommentId id = comment.row.id;
    if (comment.row.state == CommentState::visible) {
        count_visible(state, comment.row, -1);
        state.text_taken_away.insert(comment.row.discussion);
    }
    if (comment.row.state == CommentState::pending) note_pending(state, comment.row);
    comment.row.state = to;
    stamp_content(state, comment);
    if (to == CommentState::deleted) forget_text(state, comment);
    return {id, false, blank_quotes(state, id)};
}

result<Done> decide_action(const Deciding& deciding, const SetCommentState& action) {
    State& state = deciding.state;
    if (auto allowed = allow(deciding, Verb::moderate); allowed.has_error()) {
        return allowed.error();
    }
    const auto found = find_comment(state, action.comment);
    if (found.has_error()) return found.error();
    Tracked<CommentRow>& comment = **found;
    if (action.state == CommentState::removed) {
        return remove_comment(state, comment, CommentState::removed);
    }
    if (action.state != CommentState::visible) {
        return make_error(Errc::invalid_field, "A moderator sets the state visible or removed.",
                          "state");
    }
    if (comment.row.state == CommentState::visible) return Done(unchanged(state, comment.row));
    if (comment.row.state == CommentState::deleted) {
        return make_error(Errc::conflict, "Its author deleted this comment; its text is not kept.");
    }
    if (comment.row.ordinals.empty()) return approve(state, comment);
    return Done(bring_back(state, comment));
}

result<Done> decide_action(const Deciding& deciding, const DeleteComment& action) {
    State& state = deciding.state;
    Subject own;
    own.author = deciding.viewer.account;
    if (auto allowed = allow(deciding, Verb::remove, own); allowed.has_error()) {
        return allowed.error();  // of those who may not even take away their own
    }
    const auto found = find_comment(state, action.comment);
    if (found.has_error()) return found.error();
    Tracked<CommentRow>& comment = **found;
    if (auto allowed = allow(deciding, Verb::remove, subject_of(state, comment.row));
        allowed.has_error()) {
        return allowed.error();
    }
    const bool is_author = deciding.viewer.account == comment.row.author;
    return remove_comment(state, comment,
                          is_author ? CommentState::deleted : CommentState::removed);
}

}  // namespace parley
