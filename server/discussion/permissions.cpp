#include "discussion/rules.hpp"

namespace parley {

namespace {

bool is_moderator(const Viewer& viewer) { return viewer.role != Role::member; }

bool is_author(const Viewer& viewer, const Subject& subject) {
    return viewer.account && subject.author && *viewer.account == *subject.author;
}

bool is_gone(const Subject& subject) {
    return subject.comment == CommentState::removed || subject.comment == CommentState::deleted;
}

bool is_hidden(const Viewer& viewer, const Subject& subject) {
    return subject.comment == CommentState::pending && !is_author(viewer, subject) &&
           !is_moderator(viewer);
}

std::optional<Errc> when(bool refused, Errc reason) {
    return refused ? std::optional(reason) : std::nullopt;
}

std::optional<Errc> refuse_reading(const Viewer& viewer, const Subject& subject) {
    if (is_hidden(viewer, subject)) return Errc::unknown_comment;
    // What a moderator took away is kept for moderators; what its author deleted is not kept.
    const bool kept_for_viewer = subject.comment == CommentState::removed && is_moderator(viewer);
    return when(is_gone(subject) && !kept_for_viewer, Errc::comment_gone);
}

// What posting, editing and voting share: they need a comment that is there and an open discussion.
std::optional<Errc> refuse_writing(const Subject& subject) {
    if (is_gone(subject)) return Errc::comment_gone;
    return when(subject.discussion == DiscussionState::locked, Errc::discussion_locked);
}

std::optional<Errc> refuse_edit(const Viewer& viewer, const Subject& subject,
                                const Limits& limits) {
    if (is_gone(subject)) return Errc::comment_gone;
    if (!is_author(viewer, subject)) return Errc::forbidden;
    if (const auto reason = refuse_writing(subject)) return reason;
    const std::chrono::seconds window{limits.edit_window_s};
    return when(subject.age && *subject.age > window, Errc::edit_window_over);
}

}  // namespace

std::optional<Errc> refusal(const Viewer& viewer, Verb verb, const Subject& subject,
                            const Limits& limits) {
    if (viewer.is_operator) return std::nullopt;
    if (verb == Verb::read) return refuse_reading(viewer, subject);
    if (!viewer.account) return Errc::unauthenticated;
    if (viewer.banned) return Errc::banned;
    if (is_hidden(viewer, subject)) return Errc::unknown_comment;
    switch (verb) {
        case Verb::read:
        case Verb::post: return refuse_writing(subject);
        case Verb::edit: return refuse_edit(viewer, subject, limits);
        case Verb::vote:
            if (const auto reason = refuse_writing(subject)) return reason;
            return when(is_author(viewer, subject), Errc::own_comment);
        case Verb::remove:
            return when(!is_author(viewer, subject) && !is_moderator(viewer), Errc::forbidden);
        case Verb::moderate:
        case Verb::ban: return when(!is_moderator(viewer), Errc::forbidden);
        case Verb::manage_discussion:
        case Verb::manage_accounts: return when(viewer.role != Role::admin, Errc::forbidden);
    }
    return Errc::forbidden;
}

}  // namespace parley
