#include "net/websocket/viewer_sockets.hpp"

#include "base/log.hpp"

#include <utility>

namespace parley {

namespace {

// Whatever keeps the store from saying whether a ticket is good.
Error reason_of(const Error& error) {
    if (error.code == Errc::unauthenticated) return error;
    return make_retry(Errc::unavailable, error.retry_after.value_or(viewers_fresh_ms));
}

}  // namespace

ViewerSockets::ViewerSockets(Site& site, Hub& hub, FrameEncoder& encoder, Close close)
    : site_(site), hub_(hub), close_(std::move(close)), viewers_(*this, encoder) {}

void ViewerSockets::answer(ConnectionId connection, const Frame& frame) {
    hub_.send(connection, frame);
}

bool ViewerSockets::offer(ConnectionId connection, const Frame& frame) {
    return hub_.offer(connection, frame);
}

// Closing comes with the end of the turn: these come from within calls about the same sockets.
void ViewerSockets::end(ConnectionId connection) { ended_.push_back(connection); }
void ViewerSockets::refuse(ConnectionId connection) { refused_.push_back(connection); }

void ViewerSockets::authenticate(ConnectionId connection, const std::string& ticket) {
    if (!viewers_.begin(connection)) return;
    site_.service.take_ticket(ticket, [this, connection](const result<TicketOutcome>& taken) {
        if (stopped_) return;
        if (taken.has_error()) return viewers_.reject(connection, reason_of(taken.error()));
        viewers_.admit(connection, {taken->account.id, taken->session, taken->account.role},
                       taken->account_events_seen);
        look();
    });
}

void ViewerSockets::subscribe(ConnectionId connection, PrivateTopic topic) {
    if (topic == PrivateTopic::account) viewers_.subscribe(connection, OneAccount{});
    else viewers_.subscribe(connection, Moderators{});
}

void ViewerSockets::unsubscribe(ConnectionId connection, PrivateTopic topic) {
    if (topic == PrivateTopic::account) viewers_.unsubscribe(connection, OneAccount{});
    else viewers_.unsubscribe(connection, Moderators{});
}

void ViewerSockets::disconnect(ConnectionId connection) { viewers_.disconnect(connection); }

void ViewerSockets::look() {
    if (stopped_) return;
    reads_again_ = reading_;
    if (!reading_) read();
}

// Where it fails, the next sweep reads again.
void ViewerSockets::read() {
    const auto after = viewers_.reads_after();
    if (!after) return;
    reading_ = true;
    const MonotonicTime asked_at = site_.clock.monotonic_now();
    site_.service.account_events(
        *after, [this, after, asked_at](const result<AccountEvents>& events) {
            reading_ = false;
            if (stopped_) return;
            const bool more = events.has_value() && viewers_.on_events(*events, *after, asked_at);
            if (std::exchange(reads_again_, false) || more) read();
        });
}

void ViewerSockets::end_turn(MonotonicTime now) {
    viewers_.tick(now);
    for (const ConnectionId connection : std::exchange(ended_, {})) close_.ended(connection);
    for (const ConnectionId connection : std::exchange(refused_, {})) close_.refused(connection);
    size_ = viewers_.size();
}

}  // namespace parley
