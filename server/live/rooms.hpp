#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "live/messages.hpp"
#include "live/remote_presence.hpp"
#include "live/room.hpp"
#include "protocol/wire_frame.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace parley {

// Names one room's life: an answer for a room that was closed meanwhile is recognised and dropped.
struct RoomTicket {
    DiscussionId discussion;
    std::uint64_t generation = 0;
};

// The rooms of which this shard is the home. Each orders its discussion's changesets, gathers them
// while it is busy, encodes them once and tells every hub that watches; heals what is missing from
// the store; makes the catch-ups. Pure: no I/O, no thread, the time is passed in. Whoever owns it
// carries out what it asks for through Port and feeds the answers back by the on_… functions.
class Rooms {
public:
    // Nothing comes back from within a call.
    class Port {
    public:
        virtual ~Port() = default;
        virtual void read_position(const RoomTicket& room) = 0;
        virtual void read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) = 0;
        virtual void to_hub(ToHub message) = 0;
        // To be told to the other instances: so many read there on this one, over all shards.
        virtual void tell_presence(const DiscussionId& discussion, std::uint32_t readers) = 0;
    };
    struct Settings {
        std::chrono::milliseconds flush_window_max_ms{250};
        bool tells_presence = false;  // there are other instances
    };

    Rooms(Port& port, FrameEncoder& encoder, Settings settings);
    ~Rooms();
    Rooms(const Rooms&) = delete;
    Rooms& operator=(const Rooms&) = delete;

    void on_message(const ToRoom& message, MonotonicTime now);
    // `known_since`: from when on this process knew of it, for the time that its way to the readers
    // takes.
    void on_changeset(const std::shared_ptr<const Changeset>& changeset, MonotonicTime now,
                      std::optional<MonotonicTime> known_since = std::nullopt);
    // Something changed up to there, and what it was did not come along. One of another epoch says
    // as much: that the store is to be asked.
    void on_hint(const DiscussionId& discussion, const Position& position, MonotonicTime now);
    // So many read there on another instance.
    void on_presence(const std::string& instance, const DiscussionId& discussion,
                     std::uint32_t readers, MonotonicTime now);
    // This instance ends: tells the others that nobody reads here any more.
    void take_leave();
    // What read_position() found: absent where there is no such discussion.
    void on_position(const RoomTicket& ticket, const result<std::optional<Position>>& answer,
                     MonotonicTime now);
    void on_changes(const RoomTicket& ticket, Seq since, result<Changeset> answer,
                    MonotonicTime now);
    // The sweep: positions of watched() as the store has them, asked for at `asked_at`. Those left
    // out are unknown.
    void on_sweep(const std::vector<std::pair<DiscussionId, Position>>& positions,
                  MonotonicTime asked_at, MonotonicTime now);
    // How late the event loop is: busy rooms gather for longer then.
    void on_loop_lag(std::chrono::microseconds lag) { loop_lag_ = lag; }

    // Does what is due: flushes, heals, `current`, closing. To be called after each turn's inputs
    // and at next_due().
    void tick(MonotonicTime now);
    [[nodiscard]] std::optional<MonotonicTime> next_due() const;

    // Until when the room of this discussion gathers; absent where it sends at once.
    [[nodiscard]] std::optional<MonotonicTime> gathers_until(const DiscussionId& discussion) const;

    [[nodiscard]] std::vector<DiscussionId> watched() const;

    struct Stats {
        std::size_t rooms = 0;
        std::uint64_t changesets = 0;  // that came in order or were healed
        std::uint64_t flushes = 0;
        std::uint64_t heals = 0;
        std::uint64_t store_reads = 0;  // of changes
        std::uint64_t catch_ups = 0;    // encoded; each may serve many readers
        std::uint64_t restarts = 0;
    };
    [[nodiscard]] Stats stats() const;

private:
    struct Place;
    struct Watcher;

    Place& open_room(const DiscussionId& discussion, MonotonicTime now);
    [[nodiscard]] Place* find(const RoomTicket& ticket);

    void handle(Place& place, const WatchId& id, const Watch& watch, MonotonicTime now);
    void handle(Place& place, const WatchId& id, const CatchUpRequest& request, MonotonicTime now);
    void handle(Place& place, const WatchId& id, const Doubt& doubt, MonotonicTime now);
    void end_watch(Place& place, const WatchId& id, MonotonicTime now);

    // Everything that follows from a room's new state: who can be answered, what must be read,
    // when it is to be looked at again. The place stays.
    void settle(Place& place, MonotonicTime now);
    void open_watchers(Place& place);
    void take(Place& place, Room::Step step, MonotonicTime now);
    static void drop_pending(Place& place);
    void restart(Place& place, ReloadReason reason);
    void flush(Place& place, MonotonicTime now);
    void serve_from_memory(Place& place);
    void serve(Place& place, Seq since, const Changeset& catch_up);
    void hand_out(Place& place, Seq since, const Frame& frame);
    [[nodiscard]] bool deflates(const Place& place) const;
    void resolve_doubts(Place& place);
    void request_reads(Place& place, MonotonicTime now);
    void on_failed_changes(Place& place, Seq since, const Error& error, MonotonicTime now);
    void say(Place& place, const WatchId& id, decltype(ToHub::what) what);
    void say_to_all(Place& place, const decltype(ToHub::what)& what);

    [[nodiscard]] bool is_proven(const Place& place, MonotonicTime now) const;
    [[nodiscard]] Frame current_frame(Place& place) const;
    [[nodiscard]] Frame presence_frame(Place& place) const;
    [[nodiscard]] Greeting greeting(Place& place, MonotonicTime now) const;
    [[nodiscard]] std::optional<MonotonicTime> presence_due(const Place& place) const;
    void send_current_if_due(Place& place, MonotonicTime now);
    void send_presence(Place& place, MonotonicTime now);
    [[nodiscard]] std::optional<MonotonicTime> tell_due(const Place& place) const;
    void tell_presence(Place& place, MonotonicTime now);
    void on_remote_reading(const DiscussionId& discussion, MonotonicTime now);
    [[nodiscard]] std::chrono::milliseconds window_of(const Place& place, MonotonicTime now) const;
    [[nodiscard]] Frame current_with_update(Place& place, MonotonicTime now);
    void schedule(Place& place);
    void close_surplus();
    void close(Place& place);

    Port& port_;
    FrameEncoder& encoder_;
    Settings settings_;
    std::chrono::microseconds loop_lag_{0};
    std::uint64_t next_generation_ = 1;
    std::map<DiscussionId, std::unique_ptr<Place>> places_;
    RemotePresence remote_presence_;
    std::set<std::pair<MonotonicTime, Place*>> agenda_;
    std::set<std::pair<MonotonicTime, Place*>> lingering_;  // since when nobody watches
    Stats stats_;
};

}  // namespace parley
