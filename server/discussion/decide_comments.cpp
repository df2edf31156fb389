#include "discussion/decide.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

// Whether a moderator has to read what this viewer writes there.
bool is_premoderated(const Deciding& deciding, const CommentRow& comment) {
    const DiscussionRow& discussion = deciding.state.discussions.at(comment.discussion).row;
    return discussion.state == DiscussionState::premoderated &&
           deciding.viewer.role == Role::member;
}

// The comment that is answered, or nothing for a root.
result<const CommentRow*> find_parent(const Deciding& deciding, const PostComment& action) {
    if (!action.parent) return nullptr;
    const auto found = find_comment(deciding.state, *action.parent);
    if (found.has_error()) return found.error();
    const CommentRow& row = (*found)->row;
    if (row.discussion != action.discussion) return make_error(Errc::unknown_comment);
    const bool waits = row.state == CommentState::pending;
    if (waits && allow(deciding, Verb::read, subject_of(deciding.state, row)).has_value()) {
        return make_error(Errc::conflict, "This comment waits for a moderator. Answer it then.");
    }
    return &row;
}

result<std::optional<Quote>> make_quote(const Deciding& deciding, const PostComment& action) {
    if (!action.quote) return std::optional<Quote>();
    const auto found = find_comment(deciding.state, action.quote->comment);
    if (found.has_error()) return found.error();
    const CommentRow& quoted = (*found)->row;
    if (quoted.discussion != action.discussion || quoted.state != CommentState::visible) {
        return make_error(Errc::unknown_comment);
    }
    result<std::string> text = checked_quote_text(action.quote->text);
    if (text.has_error()) return text.error();
    Quote quote;
    quote.comment = quoted.id;
    quote.author = deciding.state.accounts.at(quoted.author).row.name;
    quote.verified = quote_occurs(*text, quoted.body);
    quote.text = std::move(*text);
    return std::optional(std::move(quote));
}

// Everything but what its place in the tree gives it.
result<CommentRow> draft_comment(const Deciding& deciding, const PostComment& action,
                                 AccountId author) {
    result<std::string> body = checked_body(action.body, deciding.limits);
    if (body.has_error()) return body.error();
    result<std::optional<Quote>> quote = make_quote(deciding, action);
    if (quote.has_error()) return quote.error();
    const DiscussionRow& discussion = deciding.state.discussions.at(action.discussion).row;
    CommentRow row;
    row.discussion = action.discussion;
    row.author = author;
    row.body = std::move(*body);
    row.quote = std::move(*quote);
    row.created_at =
        std::max(deciding.state.now, discussion.last_comment_at.value_or(deciding.state.now));
    return row;
}

}  // namespace

result<Done> decide_action(const Deciding& deciding, const PostComment& action) {
    State& state = deciding.state;
    const result<AccountId> author = writer_of(deciding);
    if (author.has_error()) return author.error();
    const auto discussion = find_discussion(state, action.discussion);
    if (discussion.has_error()) return discussion.error();
    const result<const CommentRow*> parent = find_parent(deciding, action);
    if (parent.has_error()) return parent.error();
    Subject subject;
    subject.discussion = (*discussion)->row.state;
    if (*parent != nullptr) subject = subject_of(state, **parent);
    if (auto allowed = allow(deciding, Verb::post, subject); allowed.has_error()) {
        return allowed.error();
    }
    result<CommentRow> row = draft_comment(deciding, action, *author);
    if (row.has_error()) return row.error();
    if (auto placed = place_comment(state, *row, *parent); placed.has_error()) {
        return placed.error();
    }
    if (state.fresh_comment_ids.empty()) return make_error(Errc::internal);
    row->id = state.fresh_comment_ids.back();
    state.fresh_comment_ids.pop_back();
    const CommentId id = row->id;
    if (is_premoderated(deciding, *row)) hold_comment(state, std::move(*row));
    else add_comment(state, std::move(*row));
    return Done(DoneComment{id, true, false});
}

result<Done> decide_action(const Deciding& deciding, const EditComment& action) {
    State& state = deciding.state;
    if (auto writer = writer_of(deciding); writer.has_error()) return writer.error();
    const auto found = find_comment(state, action.comment);
    if (found.has_error()) return found.error();
    Tracked<CommentRow>& comment = **found;
    if (auto allowed = allow(deciding, Verb::edit, subject_of(state, comment.row));
        allowed.has_error()) {
        return allowed.error();
    }
    // Else a text that a moderator has read could become any other.
    if (comment.row.state == CommentState::visible && is_premoderated(deciding, comment.row)) {
        return make_error(Errc::conflict,
                          "A moderator has read this text. Delete it and write another one.");
    }
    result<std::string> body = checked_body(action.body, deciding.limits);
    if (body.has_error()) return body.error();
    const Done done = DoneComment{action.comment, false, false};
    if (*body == comment.row.body) return done;
    state.versions.push_back({action.comment, std::move(comment.row.body), state.now});
    comment.row.body = std::move(*body);
    comment.row.edited_at = std::max(state.now, comment.row.created_at);
    stamp_content(state, comment);
    // The earlier text was public, and a reader's cache may still hold it.
    if (comment.row.state == CommentState::visible) {
        state.text_taken_away.insert(comment.row.discussion);
    } else {
        note_pending(state, comment.row);
    }
    return done;
}

}  // namespace parley
