#pragma once

// Private to hub.cpp and hub_rooms.cpp.

#include "live/hub.hpp"

namespace parley {

struct Hub::Subscription {
    enum class State : std::uint8_t {
        free,     // the slot is not in use
        waiting,  // for the room's position
        live,     // every update is queued
        behind,   // at behind_at, until a catch-up was queued
    };
    State state = State::free;
    Place* place = nullptr;
    std::optional<Epoch> epoch;  // as the client gave them
    std::optional<Seq> since;
    std::uint64_t admission_read = 0;  // the read of the position that decides about "ahead"
    Seq handed = 0;                    // of the last update handed to the kernel
    Seq behind_at = 0;
    bool drained = true;  // its outbox ran empty since it fell behind: ready for a catch-up
};

struct Hub::Connection {
    explicit Connection(std::size_t outbox_bytes_max) : outbox(outbox_bytes_max) {}
    Outbox outbox;
    std::vector<Subscription> slots;
    std::optional<Outbox::Mark> in_flight;
    bool closing = false;
};

// A room and who is in it.
struct Hub::Place {
    Place(const DiscussionId& discussion, std::uint64_t room_generation)
        : room(discussion), generation(room_generation) {}
    Room room;
    std::uint64_t generation;
    std::map<ConnectionId, std::size_t> members;  // to their slot
    bool read_in_flight = false;
    bool wants_position = true;
    bool wants_rebase = false;
    std::uint64_t position_reads_started = 0;
    std::uint64_t position_reads_done = 0;
    std::optional<MonotonicTime> retry_at;
    std::optional<MonotonicTime> swept_at;
    MonotonicTime last_current_at{};

    [[nodiscard]] RoomTicket ticket() const { return {room.discussion(), generation}; }
};

}  // namespace parley
