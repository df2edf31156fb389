#include "live/viewers.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

const Error& sign_in_first() {
    static const Error error =
        make_error(Errc::unauthenticated, "Authenticate this socket with a ticket first.");
    return error;
}

}  // namespace

Viewers::Connection* Viewers::find(ConnectionId id) {
    const auto found = connections_.find(id.index);
    const bool is_there = found != connections_.end() && found->second.generation == id.generation;
    return is_there ? &found->second : nullptr;
}

Viewers::Connection& Viewers::open(ConnectionId id) {
    Connection& connection = connections_[id.index];
    if (connection.generation != id.generation) connection = Connection{};
    connection.generation = id.generation;
    return connection;
}

void Viewers::answer_error(ConnectionId id, const Error& why, std::string_view topic) {
    port_.answer(id, encoder_.text(encode_live_error(why, topic), false));
}

// --- becoming somebody's -------------------------------------------------------------------------

bool Viewers::begin(ConnectionId id) {
    Connection& connection = open(id);
    if (connection.viewer || connection.asks) {
        answer_error(id, make_error(Errc::conflict, "This socket is somebody's already."), {});
        return false;
    }
    if (++connection.asked_count > tickets_per_connection_max) {
        port_.refuse(id);
        return false;
    }
    connection.asks = true;
    return true;
}

bool Viewers::ends(const AccountEvent& event, const Viewer& viewer) {
    if (event.account != viewer.account) return false;
    if (event.kind == AccountEvent::Kind::session_ended) return event.session == viewer.session;
    return event.kind == AccountEvent::Kind::account_changed;
}

// What has happened since the ticket was looked at, where that was heard before the admission.
std::optional<Error> Viewers::late_refusal(const Viewer& viewer, std::int64_t events_seen) const {
    if (!seen_ || *seen_ <= events_seen) return std::nullopt;
    if (events_seen < kept_after_) return make_retry(Errc::unavailable, viewers_fresh_ms);
    const bool over = std::any_of(recent_.begin(), recent_.end(), [&](const auto& one) {
        return one.first > events_seen && ends(one.second, viewer);
    });
    return over ? std::optional(make_error(Errc::unauthenticated)) : std::nullopt;
}

void Viewers::admit(ConnectionId id, const Viewer& viewer, std::int64_t events_seen) {
    Connection* connection = find(id);
    if (connection == nullptr || !connection->asks) return;  // it has gone
    if (const auto refused = late_refusal(viewer, events_seen)) return reject(id, *refused);
    connection->asks = false;
    connection->viewer = viewer;
    ++signed_in_count_;
    if (!seen_) seen_ = kept_after_ = events_seen;
    port_.answer(id, encoder_.text(encode_authenticated(viewer.account), false));
    settle(id, *connection);
}

void Viewers::reject(ConnectionId id, const Error& why) {
    Connection* connection = find(id);
    if (connection == nullptr || !connection->asks) return;
    connection->asks = false;
    answer_error(id, why, {});
    settle(id, *connection);
}

void Viewers::disconnect(ConnectionId id) {
    const Connection* connection = find(id);
    if (connection == nullptr) return;
    if (connection->viewer) --signed_in_count_;
    connections_.erase(id.index);
    if (signed_in_count_ > 0) return;
    seen_.reset();
    recent_.clear();
}

// --- topics --------------------------------------------------------------------------------------

void Viewers::subscribe(ConnectionId id, OneAccount /*topic*/) {
    Connection& connection = open(id);
    connection.hears_account = true;
    if (!connection.asks) settle(id, connection);
}

void Viewers::subscribe(ConnectionId id, Moderators /*topic*/) {
    Connection& connection = open(id);
    connection.hears_moderation = true;
    if (!connection.asks) settle(id, connection);
}

void Viewers::unsubscribe(ConnectionId id, OneAccount /*topic*/) {
    if (Connection* connection = find(id)) connection->hears_account = false;
}

void Viewers::unsubscribe(ConnectionId id, Moderators /*topic*/) {
    if (Connection* connection = find(id)) connection->hears_moderation = false;
}

// Answers what was asked for, now that it is known whose the socket is.
void Viewers::settle(ConnectionId id, Connection& connection) {
    if (connection.hears_account && !connection.viewer) {
        connection.hears_account = false;
        answer_error(id, sign_in_first(), OneAccount::topic);
    }
    const bool may_moderate = connection.viewer && connection.viewer->role != Role::member;
    if (connection.hears_moderation && !may_moderate) {
        connection.hears_moderation = false;
        answer_error(id, connection.viewer ? make_error(Errc::forbidden) : sign_in_first(),
                     Moderators::topic);
    }
    if (connection.hears_account) {
        connection.account_owed = {true, true};
        owe(id, connection);
    }
    if (connection.hears_moderation) {
        connection.moderation_owed.queue = true;
        owe(id, connection);
    }
}

void Viewers::owe(ConnectionId id, Connection& connection) {
    if (!std::exchange(connection.is_owing, true)) owing_.push_back(id);
}

// --- what is heard -------------------------------------------------------------------------------

bool Viewers::on_events(const AccountEvents& read, std::int64_t after, MonotonicTime asked_at) {
    // Those who it was asked for may all have gone, and others have come.
    if (seen_ != after) return false;
    if (read.last < *seen_) {
        // The store is another one, or an older copy: nobody knows what was in between.
        end_all();
        seen_ = kept_after_ = read.last;
        recent_.clear();
        return false;
    }
    for (const auto& [number, event] : read.events) {
        if (number <= *seen_) continue;
        seen_ = number;
        recent_.emplace_back(number, event);
        apply(event);
    }
    while (recent_.size() > account_events_read_count_max) {
        kept_after_ = recent_.front().first;
        recent_.pop_front();
    }
    const bool has_more = read.events.size() >= account_events_read_count_max;
    if (!has_more) read_at_ = asked_at;
    return has_more;
}

void Viewers::apply(const AccountEvent& event) {
    for (auto& [index, connection] : connections_) {
        if (!connection.viewer) continue;
        const ConnectionId id{index, connection.generation};
        if (event.kind != AccountEvent::Kind::pending_changed) {
            if (ends(event, *connection.viewer)) end(id, connection);
            continue;
        }
        connection.account_owed.pending |= connection.viewer->account == event.account;
        connection.moderation_owed.queue = true;
        owe(id, connection);
    }
}

void Viewers::end_all() {
    for (auto& [index, connection] : connections_) {
        if (connection.viewer) end({index, connection.generation}, connection);
    }
}

// It is nobody's from now on, however long its close takes.
void Viewers::end(ConnectionId id, Connection& connection) {
    connection.viewer.reset();
    connection.hears_account = connection.hears_moderation = false;
    --signed_in_count_;
    port_.end(id);
}

void Viewers::on_voted(AccountId account) {
    for (auto& [index, connection] : connections_) {
        if (!connection.viewer || connection.viewer->account != account) continue;
        connection.account_owed.votes = true;
        owe({index, connection.generation}, connection);
    }
}

// Who has no room for it is told later; who may not hear it any more is not told.
void Viewers::tick(MonotonicTime now) {
    if (owing_.empty() || now - read_at_ > viewers_fresh_ms) return;
    std::vector<ConnectionId> later;
    for (const ConnectionId id : std::exchange(owing_, {})) {
        Connection* connection = find(id);
        if (connection == nullptr) continue;
        connection->is_owing = !tell(id, *connection);
        if (connection->is_owing) later.push_back(id);
    }
    owing_ = std::move(later);
}

bool Viewers::tell(ConnectionId id, Connection& connection) {
    OneAccount::Facts& mine = connection.account_owed;
    if (connection.hears_account && (mine.votes || mine.pending)) {
        if (!port_.offer(id, encoder_.text(encode_changed(mine), false))) return false;
        mine = {};
    }
    Moderators::Facts& theirs = connection.moderation_owed;
    if (connection.hears_moderation && theirs.queue) {
        if (!port_.offer(id, encoder_.text(encode_changed(theirs), false))) return false;
        theirs = {};
    }
    return true;
}

}  // namespace parley
