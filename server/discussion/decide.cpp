#include "discussion/decide.hpp"

#include "base/mutants.hpp"

#include <utility>

namespace parley {

namespace {

result<Viewer> viewer_of(const State& state, const Actor& actor) {
    Viewer viewer;
    viewer.is_operator = std::holds_alternative<TheOperator>(actor);
    const auto* token = std::get_if<Digest256>(&actor);
    if (token == nullptr) return viewer;
    const SessionRow* session = good_session(state, *token);
    if (session == nullptr) return make_error(Errc::unauthenticated);
    const AccountRow& account = state.accounts.at(session->account).row;
    viewer.account = account.id;
    viewer.role = account.role;
    viewer.banned = account.banned;
    return viewer;
}

bool takes_key(const Action& action) {
    return std::holds_alternative<PostComment>(action) ||
           std::holds_alternative<EditComment>(action) ||
           std::holds_alternative<SetCommentState>(action) ||
           std::holds_alternative<DeleteComment>(action) ||
           std::holds_alternative<CastVote>(action) ||
           std::holds_alternative<PutDiscussion>(action);
}

// The answer to a request that was carried out before: its target, in its present state.
result<Done> replay(const State& state, const KeyRow& key, const Command& command) {
    if (key.request_hash != command.request_hash) return make_error(Errc::key_reused);
    if (std::holds_alternative<PutDiscussion>(command.action)) {
        if (!key.discussion || !state.discussions.contains(*key.discussion)) {
            return make_error(Errc::corrupt_store);
        }
        return Done(DoneDiscussion{*key.discussion, key.created});
    }
    if (!key.comment) return make_error(Errc::corrupt_store);
    const auto comment = state.comments.find(*key.comment);
    if (comment == state.comments.end()) return make_error(Errc::corrupt_store);
    if (std::holds_alternative<CastVote>(command.action)) return Done(DoneVote{*key.comment});
    // Where a removal was carried out but the server stopped before the job that must follow it.
    const bool gone = comment->second.row.state != CommentState::visible;
    return Done(
        DoneComment{*key.comment, key.created, gone && has_quotes_left(state, *key.comment)});
}

KeyRow key_row(const State& state, const Command& command, const Done& done) {
    KeyRow row;
    row.request_hash = command.request_hash;
    row.created_at = state.now;
    if (const auto* comment = std::get_if<DoneComment>(&done)) {
        row.comment = comment->comment;
        row.created = comment->created;
    } else if (const auto* vote = std::get_if<DoneVote>(&done)) {
        row.comment = vote->comment;
    } else if (const auto* discussion = std::get_if<DoneDiscussion>(&done)) {
        row.discussion = discussion->discussion;
        row.created = discussion->created;
    }
    return row;
}

result<Done> decide_end_session(State& state, const Actor& actor) {
    if (is_mutated(Mutant::revocation_forgotten)) return Done(DoneNothing{});
    if (const auto* token = std::get_if<Digest256>(&actor)) end_session(state, *token);
    return Done(DoneNothing{});
}

result<Done> decide_new(const Deciding& deciding, const Action& action) {
    return std::visit(
        [&](const auto& one) -> result<Done> {
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>, EndSession>) {
                return make_error(Errc::internal);  // has no viewer, is decided apart
            } else {
                return decide_action(deciding, one);
            }
        },
        action);
}

}  // namespace

const SessionRow* good_session(const State& state, const Digest256& token) {
    const auto session = state.sessions.find(token);
    const bool over = session == state.sessions.end() || session->second.gone ||
                      session->second.row.expires_at <= state.now;
    return over ? nullptr : &session->second.row;
}

result<Done> decide(State& state, const Command& command, const Limits& limits) {
    if (std::holds_alternative<EndSession>(command.action)) {
        return decide_end_session(state, command.actor);
    }
    const result<Viewer> viewer = viewer_of(state, command.actor);
    if (viewer.has_error()) return viewer.error();
    Deciding deciding{state, limits, *viewer};
    if (const auto* token = std::get_if<Digest256>(&command.actor)) deciding.session = *token;
    const bool keyed =
        viewer->account.has_value() && !command.key.empty() && takes_key(command.action);
    if (!keyed) {
        const bool needs_key =
            viewer->account.has_value() && std::holds_alternative<PostComment>(command.action);
        if (needs_key) return make_error(Errc::key_required);
        return decide_new(deciding, command.action);
    }
    if (command.key.size() > idempotency_key_chars_max) {
        return make_error(Errc::invalid_field,
                          "An Idempotency-Key has 1 to " +
                              std::to_string(idempotency_key_chars_max) + " characters.",
                          "Idempotency-Key");
    }
    if (is_mutated(Mutant::keys_not_looked_up)) return decide_new(deciding, command.action);
    const std::pair key(*viewer->account, command.key);
    const auto known = state.keys.find(key);
    if (known != state.keys.end()) return replay(state, known->second.row, command);
    result<Done> done = decide_new(deciding, command.action);
    if (done.has_error()) return done;
    Tracked<KeyRow> remembered;
    remembered.row = key_row(state, command, *done);
    remembered.fresh = true;
    state.keys.emplace(key, std::move(remembered));
    return done;
}

}  // namespace parley
