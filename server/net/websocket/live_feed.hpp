#pragma once

#include "base/metrics.hpp"
#include "base/slab.hpp"
#include "live/count_topics.hpp"
#include "live/hub.hpp"
#include "live/rooms.hpp"
#include "net/asio.hpp"
#include "net/changeset_inbox.hpp"
#include "net/site.hpp"
#include "net/timer_wheel.hpp"
#include "net/websocket/connection.hpp"
#include "net/websocket/inflater.hpp"
#include "net/websocket/viewer_sockets.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace parley {

// The live engine of one shard: its hub, the rooms it is home to, the sockets, and what they share.
// Carries out what hub and rooms ask for: reads through the service, mail between shards, one send
// per socket and turn of the event loop. One thread, the shard's, but for what is marked otherwise.
class LiveFeed final : private Hub::Port, private Rooms::Port {
public:
    // Mail for another shard, kept in order.
    struct Mail {
        std::vector<ToRoom> to_rooms;
        std::vector<ToHub> to_hubs;
        [[nodiscard]] bool empty() const { return to_rooms.empty() && to_hubs.empty(); }
    };
    struct Place {
        ShardIndex shard = 0;
        ShardIndex shards_count = 1;
        // Brings mail to that shard's on_mail(), in order.
        std::function<void(ShardIndex, Mail)> send;
        // Tells the other instances.
        std::function<void(const DiscussionId&, std::uint32_t readers)> tell_presence;
    };

    LiveFeed(Executor executor, Site& site, Place place);
    ~LiveFeed() override;
    LiveFeed(const LiveFeed&) = delete;
    LiveFeed& operator=(const LiveFeed&) = delete;

    // Starts the sweep and the timers.
    void start();
    void stop();

    // --- sockets ---
    // Serves the socket until it is closed. `greeting` ends the handshake and is sent as it is.
    // The seat is given up with it.
    LiveConnection& add(TcpSocket socket, FrameForm form, std::string greeting,
                        AddressCounts::Seat seat);
    void close_all(CloseCode code);
    void cut_all();
    [[nodiscard]] std::size_t size() const { return connections_count_; }

    // --- inputs ---
    // Committed changesets of discussions whose home is this shard. Whoever puts one there and is
    // told so wakes the loop, whose next turn takes it.
    [[nodiscard]] ChangesetInbox& inbox() { return inbox_; }
    void on_mail(Mail mail);
    // What other instances tell of discussions whose home is this shard.
    void on_hint(const DiscussionId& discussion, const Position& position) {
        rooms_.on_hint(discussion, position, now());
    }
    void on_presence(const std::string& instance, const DiscussionId& discussion,
                     std::uint32_t readers) {
        rooms_.on_presence(instance, discussion, readers, now());
    }
    // Compares all that is watched with the store now, and not only when it is due.
    void sweep_now();
    // To be called around each turn of the event loop; the end delivers, flushes, sends.
    void begin_turn() { turn_began_ = now(); }
    void end_turn();

    // --- what connections share ---
    [[nodiscard]] Hub& hub() { return hub_; }
    [[nodiscard]] CountTopics& count_topics() { return count_topics_; }
    [[nodiscard]] ViewerSockets& viewer_sockets() { return viewer_sockets_; }
    [[nodiscard]] const Limits& limits() const { return site_.config.limits; }
    [[nodiscard]] MonotonicTime now() const { return site_.clock.monotonic_now(); }
    // When the present turn of the loop ended or, in between, the last one: cheap, and good enough
    // for limits of many seconds.
    [[nodiscard]] MonotonicTime turn_time() const { return turn_time_; }
    [[nodiscard]] FrameEncoder& encoder() { return encoder_; }
    [[nodiscard]] Inflater& inflater() { return inflater_; }
    [[nodiscard]] TimerWheel& wheel() { return wheel_; }
    [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }
    [[nodiscard]] const Frame& ping() const { return ping_; }
    [[nodiscard]] const Frame& event_ping() const { return event_ping_; }
    void count_dead() { ++dead_; }
    void on_cut(LiveConnection& connection);
    void release(LiveConnection& connection);

    // True when the last sweep came back within its time: the store can be read. Thread-safe.
    [[nodiscard]] bool is_healthy() const;
    // Since the last sweep that came back was asked for. Thread-safe.
    [[nodiscard]] std::chrono::milliseconds sweep_age() const;
    // From when this process knew of a change (its own: from the commit on) until the end of the
    // send that brought it to the readers of this shard, once for each flush. Thread-safe.
    [[nodiscard]] Histogram delivery_us() const;

    struct Stats {
        Hub::Stats hub;
        Rooms::Stats rooms;
        std::uint64_t dead = 0;  // sockets that took or said nothing for too long
    };
    [[nodiscard]] Stats stats() const { return {hub_.stats(), rooms_.stats(), dead_}; }

private:
    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock,
                                   asio::wait_traits<std::chrono::steady_clock>, Executor>;
    void to_room(ToRoom message) override;
    void wake(ConnectionId id) override;
    void refuse(ConnectionId id) override;
    void finish(ConnectionId id) override;
    void read_position(const RoomTicket& room) override;
    void read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) override;
    void to_hub(ToHub message) override;
    void tell_presence(const DiscussionId& discussion, std::uint32_t readers) override {
        place_.tell_presence(discussion, readers);
    }

    void take_inbox();
    void deliver_mail();
    void send_mail();
    void flush_woken();
    void note_deliveries();
    void close_unwanted();
    void ask_positions();
    void ask_counts(std::vector<DiscussionId> ids);
    void measure_turn();
    void arm_rooms_timer();
    void schedule_wheel();
    void schedule_sweep();
    void sweep();
    void give_back_memory();
    [[nodiscard]] LiveConnection* find(ConnectionId id) const;

    Executor executor_;
    Site& site_;
    Place place_;
    FrameEncoder encoder_;
    Inflater inflater_;
    TimerWheel wheel_;
    Hub hub_;
    Rooms rooms_;
    CountTopics count_topics_;
    ViewerSockets viewer_sockets_;
    ChangesetInbox inbox_;
    std::vector<DiscussionId> changed_;                       // by what this turn took
    Slab<LiveConnection> slab_;                               // before those who live in it
    std::vector<Slab<LiveConnection>::Pointer> connections_;  // by the index of their id
    std::size_t connections_count_ = 0;
    std::size_t churn_ = 0;       // connections made and gone since memory was last given back
    std::size_t churn_seen_ = 0;  // of that, at the last look
    std::vector<ConnectionId> woken_;
    std::vector<ConnectionId> refused_;
    std::vector<ConnectionId> finished_;
    std::vector<RoomTicket> position_asks_;
    Mail local_;
    std::vector<Mail> outgoing_;  // by shard
    std::vector<char> read_buffer_;
    Frame ping_;
    Frame event_ping_;
    Timer rooms_timer_;
    std::optional<MonotonicTime> rooms_timer_at_;
    Timer wheel_timer_;
    Timer sweep_timer_;
    MonotonicTime turn_began_{};
    MonotonicTime turn_time_;
    std::chrono::microseconds lag_{0};
    std::vector<MonotonicTime> flushes_known_since_;  // of the flushes of this turn
    mutable std::mutex delivery_mutex_;
    Histogram delivery_us_;  // protected by delivery_mutex_
    bool stopped_ = false;
    bool sweeping_ = false;
    bool counting_ = false;      // the counts of topics are being read
    bool sweeps_again_ = false;  // at once: something may have been missed since this one began
    std::atomic<MonotonicTime> swept_at_{};
    std::uint64_t dead_ = 0;
};

// Where the room of a discussion lives.
[[nodiscard]] ShardIndex home_of(const DiscussionId& discussion, ShardIndex shards_count);

}  // namespace parley
