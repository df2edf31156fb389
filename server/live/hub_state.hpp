#pragma once

// Private to hub.cpp and hub_audience.cpp.

#include "live/hub.hpp"

#include <deque>

namespace parley {

// Kept small: there is one for each subscription of each connection.
struct Hub::Subscription {
    enum class State : std::uint8_t {
        free,     // the slot is not in use
        waiting,  // for the room's position
        live,     // every update is queued
        behind,   // at behind_at, until a catch-up was queued
    };
    Audience* audience = nullptr;
    Seq handed = 0;           // of the last update that the socket took whole
    Seq behind_at = 0;        // what its catch-up was asked for: handed, or a little before it
    std::uint32_t place = 0;  // in audience->members
    std::uint32_t ticket = 0;
    State state = State::free;
    bool drained = true;  // its outbox ran empty since it fell behind: ready for a catch-up
    bool passed_over =
        false;  // a catch-up came, or was to come, and found no room: now it is first
};

// Nearly every connection has one topic, which has its place here; others come after it.
class Hub::Slots {
public:
    [[nodiscard]] std::size_t size() const { return 1 + others_.size(); }
    [[nodiscard]] Subscription& operator[](std::size_t slot) {
        return slot == 0 ? first_ : others_[slot - 1];
    }
    void add() { others_.emplace_back(); }

private:
    Subscription first_;
    std::vector<Subscription> others_;
};

struct Hub::Connection {
    explicit Connection(FrameForm form) : outbox(form) {}
    Outbox outbox;
    Slots slots;
    std::uint32_t generation = 0;
    bool closing = false;
};

// Names one subscription; told from a later one in the same slot by its ticket.
struct Hub::Member {
    std::uint32_t connection = 0;
    std::uint32_t ticket = 0;
    std::uint16_t slot = 0;
};

struct Hub::Waiting {
    Member member;
    std::optional<Epoch> epoch;  // as the client gave them
    std::optional<Seq> since;
};

// The readers of one discussion on this shard.
struct Hub::Audience {
    DiscussionId discussion;
    std::string topic;
    WatchId watch;
    std::optional<Position> position;  // the newest that the room has told
    std::vector<Member> members;
    std::vector<Waiting> waiting;
    std::map<Seq, std::vector<Member>> asked;  // catch-ups that are on their way
    std::vector<Seq> to_ask;                   // and those that this turn adds
    std::optional<Seq> doubt;                  // the smallest of this turn's
    std::vector<Member> newcomers;             // live now, and not greeted
    std::deque<std::vector<Member>> to_greet;  // of each Watch that is not answered yet
    std::uint32_t deflate_readers = 0;
    std::uint32_t told_readers = 0;
    bool told_deflate = false;
    bool changed = false;
};

}  // namespace parley
