#pragma once

// Private to rooms.cpp and rooms_*.cpp.

#include "live/flush_window.hpp"
#include "live/rooms.hpp"

namespace parley {

// A shard that watches the room.
struct Rooms::Watcher {
    WatchId id;
    std::uint32_t readers = 0;
    bool deflate = false;
    bool opened = false;  // it was told the position, and from then on everything
};

// A room, who watches it and what it owes them.
struct Rooms::Place {
    Place(const DiscussionId& discussion, std::uint64_t room_generation,
          std::chrono::milliseconds window_max)
        : room(discussion), generation(room_generation), flush_window(window_max) {}

    Room room;
    std::uint64_t generation;
    std::vector<Watcher> watchers;

    // Applied, and not sent yet.
    std::vector<Room::ChangesetPtr> pending;
    std::size_t pending_bytes = 0;
    bool pending_text = false;
    std::optional<MonotonicTime> pending_since;  // when the first of them became known
    FlushWindow flush_window;
    std::optional<MonotonicTime> flush_at;
    MonotonicTime last_flush{};

    // Asked for by hubs, and not answered yet.
    struct Wanted {
        WatchId watch;
        Seq since = 0;
    };
    std::vector<Wanted> wanted;
    // The last catch-ups that lead to where the room is: many readers come back from one place.
    struct Made {
        Seq since = 0;
        bool deflate = false;
        Frame frame;  // none: too far
    };
    std::vector<Made> made;
    Position made_for;
    struct Doubted {
        WatchId watch;
        Seq since = 0;
        std::uint64_t read = 0;  // the read of the position that decides
    };
    std::vector<Doubted> doubts;

    // Reads of the store: one at a time.
    bool read_in_flight = false;
    Epoch read_epoch;  // the room's when it asked for changes
    MonotonicTime position_asked_at{};
    bool wants_position = true;
    bool wants_rebase = false;
    std::uint64_t position_reads_started = 0;
    std::uint64_t position_reads_done = 0;
    std::uint64_t hinted_read = 0;  // the read of the position that settles the last hint
    std::optional<MonotonicTime> retry_at;

    // What readers were told beside updates.
    std::optional<MonotonicTime> swept_at;  // when the newest news of the position was asked for
    MonotonicTime last_current{};
    MonotonicTime current_looked_at{};  // not before this again, where it could not be proven
    std::chrono::milliseconds told_every_ms{0};
    std::uint32_t told_reading = 0;
    MonotonicTime presence_sent_at{};
    std::uint32_t remote_reading = 0;  // on other instances
    // What other instances were told.
    std::uint32_t told_others = 0;
    MonotonicTime told_others_at{};

    std::optional<MonotonicTime> idle_since;
    std::optional<MonotonicTime> due;  // its entry in the agenda

    [[nodiscard]] RoomTicket ticket() const { return {room.discussion(), generation}; }
    [[nodiscard]] std::uint32_t reading_here() const {
        std::uint32_t sum = 0;
        for (const Watcher& watcher : watchers) sum += watcher.readers;
        return sum;
    }
    [[nodiscard]] std::uint32_t reading() const { return reading_here() + remote_reading; }
};

}  // namespace parley
