#pragma once

#include "base/limits.hpp"
#include "base/slab.hpp"
#include "live/messages.hpp"
#include "live/outbox.hpp"
#include "protocol/wire_frame.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace parley {

// Names one connection's life at its hub.
struct ConnectionId {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
    friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

// The readers of one shard and what they watch. Pure: it does no I/O, has no clock and no thread;
// whoever owns it carries out what it asks for through Port and hands it the rooms' messages.
//
// A subscription waits until the room's position is known. Then it is either live (every update of
// the room is queued for it) or *behind at S*: no live frame until one catch-up was queued that
// leads to where the room is. Subscribing since a position, an outbox that overflowed and a room
// that lost its thread are that same state. A reader's position is that of the last frame which
// its socket took whole.
class Hub {
public:
    // What the hub asks of its owner. Nothing comes back from within a call.
    class Port {
    public:
        virtual ~Port() = default;
        virtual void to_room(ToRoom message) = 0;
        // The connection's outbox is no longer empty.
        virtual void wake(ConnectionId connection) = 0;
        // The reader asks for more than it takes away: close with 1008.
        virtual void refuse(ConnectionId connection) = 0;
        // It was told all that it can be told: close once that was taken.
        virtual void finish(ConnectionId connection) = 0;
    };

    Hub(Port& port, FrameEncoder& encoder, const Limits& limits, ShardIndex shard);
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    // --- readers ---
    [[nodiscard]] ConnectionId connect(FrameForm form);
    void disconnect(ConnectionId id);
    // Answers with `subscribed` and then the catch-up, with `reload`, or with an `error` frame.
    // On a held topic it replaces the subscription. An event stream cannot ask again, so it ends
    // with its subscription.
    void subscribe(ConnectionId id, const DiscussionId& discussion,
                   const std::optional<Epoch>& epoch, std::optional<Seq> since);
    void unsubscribe(ConnectionId id, const DiscussionId& discussion);
    // Queues a frame that moves no position (an error, say).
    void send(ConnectionId id, Frame frame);
    // Queues a frame that will be told again, where there is room for it, and says whether there
    // was. No reader loses an update over it. True as well where the connection is closing or gone.
    [[nodiscard]] bool offer(ConnectionId id, const Frame& frame);
    // Queues a control frame, before all data.
    void send_control(ConnectionId id, Frame frame);
    // Queues this frame as the last one: what waits is dropped and nothing is queued any more.
    void send_last(ConnectionId id, Frame frame);

    // The next bytes for the socket, in order; gives how many pieces it filled, none when all is
    // sent. They live until the next call that is not const.
    [[nodiscard]] std::size_t gather(ConnectionId id, std::span<std::string_view> pieces) const;
    // The kernel took so many of them.
    void sent(ConnectionId id, std::size_t bytes);
    [[nodiscard]] std::size_t queued_bytes(ConnectionId id) const;

    // --- rooms ---
    void on_message(const ToHub& message);
    // To be called after a turn's inputs: tells the rooms what this turn changed.
    void end_turn();
    [[nodiscard]] bool owes_messages() const { return !changed_.empty(); }

    struct Stats {
        std::size_t connections = 0;
        std::size_t subscriptions = 0;
        std::uint64_t frames_queued = 0;
        std::uint64_t deliveries = 0;  // of that, updates and catch-ups, each to one reader
        std::uint64_t overflows = 0;
        std::uint64_t catch_ups = 0;
        std::uint64_t reloads = 0;
    };
    [[nodiscard]] Stats stats() const { return stats_; }
    // Entries of all its lists of readers, with those of who left and was not dropped yet. Walks
    // through every audience.
    [[nodiscard]] std::size_t listed_count() const;

private:
    struct Subscription;
    class Slots;
    struct Connection;
    struct Member;
    struct Waiting;
    struct Audience;

    [[nodiscard]] Connection* find(ConnectionId id) const;
    [[nodiscard]] Subscription* find(const Member& member) const;
    [[nodiscard]] std::optional<std::uint16_t> free_slot(Connection& connection) const;
    Audience& open_audience(const DiscussionId& discussion);
    void mark_changed(Audience& audience);
    void close_if_empty(Audience& audience);

    void handle(Audience& audience, const Opened& opened);
    void handle(Audience& audience, const Updated& update);
    void handle(Audience& audience, const CaughtUp& catch_up);
    void handle(Audience& audience, const TooFar& too_far);
    void handle(Audience& audience, const Ahead& ahead);
    void handle(Audience& audience, const Restarted& restarted);
    void handle(Audience& audience, const Gone& gone);
    void handle(Audience& audience, const Notice& notice);
    void handle(Audience& audience, const Greeting& greeting);

    template <class List, class MemberOf>
    void drop_left(const Audience& audience, List& list, MemberOf member_of) const;
    void wait(Audience& audience, const Waiting& one);
    void admit_waiting(Audience& audience);
    [[nodiscard]] bool admit(Audience& audience, const Waiting& one);
    void fall_behind(Audience& audience, const Member& member, Subscription& one, Seq at);
    void end(const Member& member, Frame last_word);
    void queue_last_word(std::uint32_t index, Connection& connection, Frame frame);
    void end_all(Audience& audience, const Frame& last_word);
    void go_live(Audience& audience, const Member& member, Subscription& one);
    void leave(const Member& member);
    void queue_notice(std::uint32_t index, Connection& connection, Frame frame);
    bool offer_notice(std::uint32_t index, const Frame& frame);
    void queue_update(std::uint32_t index, Connection& connection, const Frame& frame,
                      Outbox::Mark mark);
    [[nodiscard]] bool queue_catch_up(const Member& member, const CaughtUp& catch_up);
    void conflate(Connection& connection);
    void hold_back(Connection& connection);
    void relieve();
    void on_drained(std::uint32_t index, Connection& connection);
    [[nodiscard]] Frame text(std::string_view json) { return encoder_.text(json, false); }

    Port& port_;
    FrameEncoder& encoder_;
    const Limits& limits_;
    ShardIndex shard_;
    std::uint64_t next_watch_ = 1;
    std::uint32_t next_generation_ = 1;
    std::uint32_t next_ticket_ = 1;
    std::size_t relieve_above_bytes_ = live_frames_bytes_max;
    std::unique_ptr<Slab<Connection>> slab_;  // before those who live in it
    std::vector<Slab<Connection>::Pointer> connections_;
    std::vector<std::uint32_t> free_;
    std::map<DiscussionId, std::unique_ptr<Audience>> audiences_;
    std::vector<DiscussionId> changed_;
    Stats stats_;
};

}  // namespace parley
