#include "net/websocket/live_feed.hpp"

#include "base/log.hpp"
#include "net/websocket/connection.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace parley {

namespace {

// Often enough for room_held_ms and current_quiet_ms; rooms are few and a tick is cheap.
constexpr std::chrono::milliseconds tick_interval_ms{50};
constexpr std::chrono::milliseconds unhealthy_after_ms{5'000};
constexpr int unhealthy_after_sweeps_count = 3;

}  // namespace

LiveFeed::LiveFeed(Executor executor, Site& site)
    : executor_(executor),
      site_(site),
      hub_(*this, site.config.limits),
      tick_timer_(executor),
      sweep_timer_(executor) {}
LiveFeed::~LiveFeed() = default;

void LiveFeed::start() {
    swept_at_ = now();
    schedule_tick();
    schedule_sweep();
}

void LiveFeed::stop() {
    stopped_ = true;
    tick_timer_.cancel();
    sweep_timer_.cancel();
}

MonotonicTime LiveFeed::now() const { return site_.clock.monotonic_now(); }

bool LiveFeed::is_healthy() const {
    const std::chrono::milliseconds interval(site_.config.live.sweep_interval_ms);
    return now() - swept_at_ <
           std::max(unhealthy_after_ms, unhealthy_after_sweeps_count * interval);
}

void LiveFeed::schedule_tick() {
    tick_timer_.expires_after(tick_interval_ms);
    tick_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error || stopped_) return;
        hub_.tick(now());
        schedule_tick();
    });
}

void LiveFeed::schedule_sweep() {
    sweep_timer_.expires_after(std::chrono::milliseconds(site_.config.live.sweep_interval_ms));
    sweep_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error || stopped_) return;
        sweep();
    });
}

void LiveFeed::sweep() {
    using Positions = std::vector<std::pair<DiscussionId, Position>>;
    const MonotonicTime asked_at = now();
    for (const auto& [id, socket] : sockets_) socket->check(asked_at);
    site_.service.positions(hub_.watched(), [this, asked_at](const result<Positions>& positions) {
        if (stopped_) return;
        if (positions.has_value()) {
            if (!is_healthy()) log_event(LogLevel::info, "live.sweep_recovered");
            swept_at_ = asked_at;
            hub_.on_sweep(*positions, now());
        } else {
            log_event(LogLevel::warn, "live.sweep_failed",
                      {{"code", wire_code(positions.error().code)}});
        }
        schedule_sweep();
    });
}

ConnectionId LiveFeed::add(LiveConnection& connection) {
    const ConnectionId id = hub_.connect();
    sockets_.emplace(id, &connection);
    return id;
}

void LiveFeed::remove(ConnectionId id) {
    sockets_.erase(id);
    hub_.disconnect(id);
}

void LiveFeed::read_position(const RoomTicket& room) {
    using Positions = std::vector<std::pair<DiscussionId, Position>>;
    site_.service.positions({room.discussion}, [this, room](const result<Positions>& positions) {
        if (positions.has_error()) {
            hub_.on_position(room, positions.error(), now());
            return;
        }
        std::optional<Position> position;
        if (!positions->empty()) position = positions->front().second;
        hub_.on_position(room, position, now());
    });
}

void LiveFeed::read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) {
    site_.service.changes_for_room(room.discussion, epoch, since,
                                   [this, room, since](result<Changeset> changes) {
                                       hub_.on_changes(room, since, std::move(changes), now());
                                   });
}

void LiveFeed::wake(ConnectionId id) {
    woken_.push_back(id);
    if (woken_.size() == 1) {
        asio::post(executor_, [this] { flush_woken(); });
    }
}

void LiveFeed::flush_woken() {
    for (const ConnectionId id : std::exchange(woken_, {})) {
        const auto found = sockets_.find(id);
        if (found != sockets_.end()) found->second->wake();
    }
}

void LiveFeed::close(ConnectionId id) {
    asio::post(executor_, [this, id] {
        const auto found = sockets_.find(id);
        if (found != sockets_.end()) found->second->close(CloseCode::policy);
    });
}

}  // namespace parley
