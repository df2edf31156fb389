#include "net/websocket/live_feed.hpp"

#include "base/log.hpp"
#include "base/mutants.hpp"

#include <malloc.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace parley {

namespace {

constexpr std::chrono::milliseconds unhealthy_after_ms{5'000};
constexpr int unhealthy_after_sweeps_count = 3;
constexpr std::size_t read_buffer_bytes = std::size_t{64} * 1024;
constexpr std::chrono::milliseconds wheel_interval_ms{1'000};
// What is due may be done so much later.
constexpr std::chrono::milliseconds rooms_timer_slack_ms{1};
// Mail between hub and rooms of one shard settles in a few rounds; more wait for the next turn.
constexpr int rounds_per_turn_count = 16;
// The lag that is told to the rooms fades by this part with each turn.
constexpr int lag_fade = 16;
// Memory is given back after so many connections have come or gone, when in the last second there
// were no more than this part of them.
constexpr std::size_t give_back_connections_count = 1'000;
constexpr std::size_t give_back_calm_part = 20;

}  // namespace

ShardIndex home_of(const DiscussionId& discussion, ShardIndex shards_count) {
    return static_cast<ShardIndex>(std::hash<std::string>{}(discussion.value) % shards_count);
}

LiveFeed::LiveFeed(Executor executor, Site& site, Place place)
    : executor_(executor),
      site_(site),
      place_(std::move(place)),
      wheel_(site.clock.monotonic_now()),
      hub_(*this, encoder_, site.config.limits, place_.shard),
      rooms_(*this, encoder_,
             {std::chrono::milliseconds(site.config.live.flush_window_max_ms),
              site.config.bus.url != "local:"}),
      count_topics_(encoder_,
                    [this](ConnectionId id, const Frame& frame) { return hub_.offer(id, frame); }),
      viewer_sockets_(site, hub_, encoder_,
                      {[this](ConnectionId id) {
                           if (auto* connection = find(id))
                               connection->close(CloseCode::session_ended);
                       },
                       [this](ConnectionId id) { refused_.push_back(id); }}),
      outgoing_(place_.shards_count),
      read_buffer_(read_buffer_bytes),
      ping_(FrameEncoder::control(WireOpcode::ping)),
      event_ping_(std::make_shared<const WireFrame>(": ping\n\n", "")),
      rooms_timer_(executor),
      wheel_timer_(executor),
      sweep_timer_(executor),
      turn_time_(site.clock.monotonic_now()) {}
LiveFeed::~LiveFeed() = default;

void LiveFeed::start() {
    swept_at_ = now();
    schedule_wheel();
    schedule_sweep();
}

void LiveFeed::stop() {
    stopped_ = true;
    viewer_sockets_.stop();
    rooms_.take_leave();
    rooms_timer_.cancel();
    wheel_timer_.cancel();
    sweep_timer_.cancel();
}

// --- sockets -------------------------------------------------------------------------------------

LiveConnection& LiveFeed::add(TcpSocket socket, FrameForm form, std::string greeting,
                              AddressCounts::Seat seat) {
    auto made = slab_.make(std::move(socket), *this, form, std::move(seat));
    LiveConnection& connection = *made;
    const std::size_t index = connection.id().index;
    if (index >= connections_.size()) connections_.resize(index + 1);
    // A connection leaves the hub before it is released, so the index may come again while the
    // one before still waits for its last handler: it owns itself by then.
    connections_[index] = std::move(made);
    ++connections_count_;
    ++churn_;
    connection.start(std::move(greeting));
    return connection;
}

LiveConnection* LiveFeed::find(ConnectionId id) const {
    if (id.index >= connections_.size()) return nullptr;
    LiveConnection* connection = connections_[id.index].get();
    return connection != nullptr && connection->id() == id ? connection : nullptr;
}

void LiveFeed::on_cut(LiveConnection& connection) {
    // Leaving the hub frees the index; the connection lives until its waits have come back.
    static_cast<void>(connections_[connection.id().index].release());
    hub_.disconnect(connection.id());
    count_topics_.disconnect(connection.id());
    viewer_sockets_.disconnect(connection.id());
    --connections_count_;
    ++churn_;
    // The last one takes along the room that its index had.
    if (connections_count_ == 0) {
        connections_.clear();
        connections_.shrink_to_fit();
    }
}

void LiveFeed::release(LiveConnection& connection) {
    const Slab<LiveConnection>::Pointer last(&connection);
}

void LiveFeed::close_all(CloseCode code) {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        if (connections_[i]) connections_[i]->close(code);
    }
}

void LiveFeed::cut_all() {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        if (connections_[i]) connections_[i]->cut();
    }
}

void LiveFeed::wake(ConnectionId id) { woken_.push_back(id); }

void LiveFeed::refuse(ConnectionId id) { refused_.push_back(id); }

void LiveFeed::finish(ConnectionId id) { finished_.push_back(id); }

// --- mail ----------------------------------------------------------------------------------------

void LiveFeed::to_room(ToRoom message) {
    const ShardIndex home = home_of(message.discussion, place_.shards_count);
    (home == place_.shard ? local_ : outgoing_[home]).to_rooms.push_back(std::move(message));
}

void LiveFeed::to_hub(ToHub message) {
    const ShardIndex shard = message.watch.shard;
    (shard == place_.shard ? local_ : outgoing_[shard]).to_hubs.push_back(std::move(message));
}

void LiveFeed::on_mail(Mail mail) {
    for (const ToRoom& message : mail.to_rooms) rooms_.on_message(message, now());
    for (const ToHub& message : mail.to_hubs) {
        if (const auto* update = std::get_if<Updated>(&message.what); update != nullptr) {
            if (update->known_since) flushes_known_since_.push_back(*update->known_since);
        }
        hub_.on_message(message);
    }
}

void LiveFeed::take_inbox() {
    for (const auto& [changeset, at] : inbox_.take()) {
        rooms_.on_changeset(changeset, turn_time_, at);
        changed_.push_back(changeset->discussion);
    }
}

void LiveFeed::end_turn() {
    turn_time_ = now();
    take_inbox();
    viewer_sockets_.end_turn(turn_time_);
    for (int round = 0; round < rounds_per_turn_count; ++round) {
        rooms_.tick(now());
        hub_.end_turn();
        if (!local_.empty()) {
            deliver_mail();
            continue;
        }
        // Sending comes last: what waits for a socket by then leaves together.
        if (woken_.empty() && refused_.empty() && finished_.empty()) break;
        close_unwanted();
        flush_woken();
    }
    flush_woken();
    note_deliveries();
    ask_positions();
    if (count_topics_.has_unread() && !counting_) ask_counts(count_topics_.take_unread());
    send_mail();
    measure_turn();
    arm_rooms_timer();
}

void LiveFeed::deliver_mail() { on_mail(std::exchange(local_, {})); }

void LiveFeed::send_mail() {
    for (ShardIndex shard = 0; shard < outgoing_.size(); ++shard) {
        if (!outgoing_[shard].empty()) place_.send(shard, std::exchange(outgoing_[shard], {}));
    }
}

void LiveFeed::flush_woken() {
    for (const ConnectionId id : std::exchange(woken_, {})) {
        if (LiveConnection* connection = find(id)) connection->flush();
    }
}

void LiveFeed::note_deliveries() {
    if (flushes_known_since_.empty()) return;
    const MonotonicTime sent_at = now();
    const std::lock_guard lock(delivery_mutex_);
    for (const MonotonicTime since : flushes_known_since_) delivery_us_.add(sent_at - since);
    flushes_known_since_.clear();
}

Histogram LiveFeed::delivery_us() const {
    const std::lock_guard lock(delivery_mutex_);
    return delivery_us_;
}

void LiveFeed::close_unwanted() {
    for (const ConnectionId id : std::exchange(refused_, {})) {
        if (LiveConnection* connection = find(id)) connection->close(CloseCode::policy);
    }
    for (const ConnectionId id : std::exchange(finished_, {})) {
        if (LiveConnection* connection = find(id)) connection->close_when_sent();
    }
}

// Rooms gather for longer where the loop is late. What a turn took is what others waited for.
void LiveFeed::measure_turn() {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now() - turn_began_);
    lag_ = std::max(took, lag_ - lag_ / lag_fade);
    rooms_.on_loop_lag(lag_);
}

// --- timers --------------------------------------------------------------------------------------

void LiveFeed::arm_rooms_timer() {
    if (stopped_) return;
    for (const DiscussionId& discussion : std::exchange(changed_, {})) {
        const auto until = rooms_.gathers_until(discussion);
        if (until && *until > turn_time_) inbox_.promise(discussion, *until);
    }
    std::optional<MonotonicTime> due = rooms_.next_due();
    const auto promised = inbox_.first_promise(turn_time_);
    if (promised && (!due || *promised < *due)) due = promised;
    // What this turn did not settle is for the next one, not for one that may be long in coming.
    if (!local_.empty() || !woken_.empty() || hub_.owes_messages()) due = now();
    // One that is set and comes earlier, or hardly later, finds out then: setting costs two calls
    // of the kernel, and in a busy room what is due moves a little with each change.
    if (!due || (rooms_timer_at_ && *rooms_timer_at_ <= *due + rooms_timer_slack_ms)) return;
    rooms_timer_at_ = due;
    rooms_timer_.expires_at(*due);
    rooms_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) rooms_timer_at_.reset();  // the turn's end does what is due
    });
}

void LiveFeed::schedule_wheel() {
    wheel_timer_.expires_after(wheel_interval_ms);
    wheel_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error || stopped_) return;
        wheel_.advance(now());
        give_back_memory();
        schedule_wheel();
    });
}

// The C library keeps what thousands of handshakes and connections had. Once a storm of them is
// over, and not in the middle of it, that is returned.
void LiveFeed::give_back_memory() {
    const std::size_t lately = churn_ - std::exchange(churn_seen_, churn_);
    if (churn_ < give_back_connections_count || lately > churn_ / give_back_calm_part) return;
    churn_ = churn_seen_ = 0;
    ::malloc_trim(0);
}

void LiveFeed::schedule_sweep() {
    if (is_mutated(Mutant::last_hint_skipped)) return;
    sweep_timer_.expires_after(std::chrono::milliseconds(site_.config.live.sweep_interval_ms));
    sweep_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error || stopped_ || sweeping_) return;
        sweep();
    });
}

void LiveFeed::sweep_now() {
    if (stopped_) return;
    sweeps_again_ = sweeping_;
    if (sweeping_) return;
    sweep_timer_.cancel();
    sweep();
}

void LiveFeed::sweep() {
    using Positions = std::vector<std::pair<DiscussionId, Position>>;
    const MonotonicTime asked_at = now();
    if (!counting_) ask_counts(count_topics_.watched());
    viewer_sockets_.look();
    sweeping_ = true;
    site_.service.positions(rooms_.watched(), [this, asked_at](const result<Positions>& positions) {
        sweeping_ = false;
        if (stopped_) return;
        if (positions.has_value()) {
            if (!is_healthy()) log_event(LogLevel::info, "live.sweep_recovered");
            swept_at_ = asked_at;
            rooms_.on_sweep(*positions, asked_at, now());
        } else {
            log_event(LogLevel::warn, "live.sweep_failed",
                      {{"code", wire_code(positions.error().code)}});
        }
        if (std::exchange(sweeps_again_, false)) sweep();
        else schedule_sweep();
    });
}

bool LiveFeed::is_healthy() const {
    const std::chrono::milliseconds interval(site_.config.live.sweep_interval_ms);
    return now() - swept_at_.load() <
           std::max(unhealthy_after_ms, unhealthy_after_sweeps_count * interval);
}

std::chrono::milliseconds LiveFeed::sweep_age() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now() - swept_at_.load());
}

// --- reads ---------------------------------------------------------------------------------------

void LiveFeed::read_position(const RoomTicket& room) { position_asks_.push_back(room); }

// One query for all rooms that this turn opened or that doubt where they are.
void LiveFeed::ask_positions() {
    using Positions = std::vector<std::pair<DiscussionId, Position>>;
    if (position_asks_.empty()) return;
    std::vector<DiscussionId> ids;
    for (const RoomTicket& room : position_asks_) ids.push_back(room.discussion);
    site_.service.positions(std::move(ids), [this, rooms = std::exchange(position_asks_, {})](
                                                const result<Positions>& positions) {
        std::map<DiscussionId, Position> found;
        if (positions.has_value()) found.insert(positions->begin(), positions->end());
        for (const RoomTicket& room : rooms) {
            if (positions.has_error()) {
                rooms_.on_position(room, positions.error(), now());
                continue;
            }
            const auto position = found.find(room.discussion);
            rooms_.on_position(
                room,
                position == found.end() ? std::nullopt : std::optional<Position>(position->second),
                now());
        }
    });
}

// Where it fails, the next sweep asks again.
void LiveFeed::ask_counts(std::vector<DiscussionId> ids) {
    if (ids.empty()) return;
    counting_ = true;
    site_.service.counts_for_topics(ids,
                                    [this, ids](const result<std::vector<CommentCount>>& counts) {
                                        counting_ = false;
                                        if (!stopped_ && counts.has_value())
                                            count_topics_.on_counts(ids, *counts);
                                    });
}

void LiveFeed::read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) {
    site_.service.changes_for_room(room.discussion, epoch, since,
                                   [this, room, since](result<Changeset> changes) {
                                       rooms_.on_changes(room, since, std::move(changes), now());
                                   });
}

}  // namespace parley
