#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "live/outbox.hpp"
#include "live/room.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace parley {

enum class ConnectionId : std::uint64_t {};

// Names one room's life: an answer for a room that was closed meanwhile is recognised and dropped.
struct RoomTicket {
    DiscussionId discussion;
    std::uint64_t generation = 0;
};

// Rooms and the readers in them. Pure: it does no I/O, has no clock and no thread; whoever owns it
// carries out what it asks for through Port and feeds the answers back. Everything on one thread.
//
// A subscription is either live (every update of the room is queued for it) or *behind at S*: no
// live frame until one catch-up was queued that leads to the room's position. Subscribing since a
// position, and an outbox that overflowed, are that same state.
class Hub {
public:
    // What the hub asks of its owner. The answers come back later by the on_… functions, never
    // from within the call.
    class Port {
    public:
        virtual ~Port() = default;
        virtual void read_position(const RoomTicket& room) = 0;
        virtual void read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) = 0;
        // The connection's outbox is no longer empty.
        virtual void wake(ConnectionId connection) = 0;
        // The reader asked for more than it takes away: close with 1008.
        virtual void close(ConnectionId connection) = 0;
    };

    Hub(Port& port, const Limits& limits);
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    // --- readers ---
    [[nodiscard]] ConnectionId connect();
    void disconnect(ConnectionId id);
    // Answers with `subscribed` and then the catch-up, with `reload`, or with an `error` frame.
    // On a held topic it replaces the subscription.
    void subscribe(ConnectionId id, const DiscussionId& discussion,
                   const std::optional<Epoch>& epoch, std::optional<Seq> since, MonotonicTime now);
    void unsubscribe(ConnectionId id, const DiscussionId& discussion);
    // Queues a frame that moves no position (an error, say).
    void send(ConnectionId id, Frame frame);

    // The next frame to write, or nothing. Called again only when the one before was handed to the
    // kernel, so an empty answer also tells the hub that this reader has caught up with its outbox.
    [[nodiscard]] Frame take(ConnectionId id, MonotonicTime now);

    // --- inputs ---
    void on_changeset(const std::shared_ptr<const Changeset>& changeset, MonotonicTime now);
    void on_position(const RoomTicket& ticket, const result<std::optional<Position>>& answer,
                     MonotonicTime now);
    void on_changes(const RoomTicket& ticket, Seq since, result<Changeset> answer,
                    MonotonicTime now);
    // The sweep: positions of watched() as the store has them. Those left out are unknown.
    void on_sweep(const std::vector<std::pair<DiscussionId, Position>>& positions,
                  MonotonicTime now);
    // Timers: healing after room_held_ms, `current` after current_quiet_ms, retries of reads.
    void tick(MonotonicTime now);

    // --- for the owner ---
    [[nodiscard]] std::vector<DiscussionId> watched() const;
    struct Stats {
        std::size_t connections = 0;
        std::size_t rooms = 0;
        std::size_t subscriptions = 0;
        std::uint64_t frames_queued = 0;
        std::uint64_t overflows = 0;
        std::uint64_t catch_ups = 0;
        std::uint64_t heals = 0;
    };
    [[nodiscard]] Stats stats() const;

private:
    struct Subscription;
    struct Connection;
    struct Place;

    Place& open_room(const DiscussionId& discussion);
    [[nodiscard]] Place* find(const RoomTicket& ticket);
    // Everything that follows from a room's new state: who can be admitted, what must be read,
    // whether anybody is left. The place may be gone afterwards.
    void settle(Place& place, MonotonicTime now);
    void admit(Place& place, ConnectionId id, Subscription& one, MonotonicTime now);
    void broadcast(Place& place, const Room::Step& step);
    void serve_catch_up(Place& place, const std::shared_ptr<const Changeset>& catch_up);
    void request_reads(Place& place, MonotonicTime now);
    void on_failed_changes(Place& place, Seq since, const Error& error, MonotonicTime now);
    void send_current(Place& place, MonotonicTime now);
    void end(Place& place, ConnectionId id, Frame last_word);
    void end_all(Place& place, const Frame& last_word);
    void queue(ConnectionId id, Connection& connection, Outbox::Item item);
    void conflate(Connection& connection);

    Port& port_;
    const Limits& limits_;
    std::uint64_t next_connection_ = 1;
    std::uint64_t next_generation_ = 1;
    std::unordered_map<ConnectionId, std::unique_ptr<Connection>> connections_;
    std::map<DiscussionId, std::unique_ptr<Place>> places_;
    Stats stats_;
};

}  // namespace parley
