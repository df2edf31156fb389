#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "protocol/frames.hpp"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace parley {

// What rooms and hubs say to each other. A discussion's room lives on one home shard; the readers
// of it sit on any. Messages between two shards keep their order, and everything here relies on
// that: whoever has handled all messages up to an `Updated` knows all that the room had told.

using ShardIndex = std::uint32_t;

// One watch of one discussion by one shard. Answers to a watch that has ended since are recognised
// by its number and dropped.
struct WatchId {
    ShardIndex shard = 0;
    std::uint64_t number = 0;
    friend bool operator==(const WatchId&, const WatchId&) = default;
};

// --- from a hub to the rooms of the discussion's home shard
// ---------------------------------------

// What the readers of a shard need. State, not an event: the last one counts.
struct Watch {
    std::uint32_t readers = 0;  // none: the watch ends
    bool deflate = false;       // somebody takes compressed frames
    bool newcomers = false;     // somebody was admitted who was told nothing yet
};
// Readers are behind at these (ascending, each once) and want a catch-up from each.
struct CatchUpRequest {
    std::vector<Seq> since;
};
// Somebody claims to have seen this, which the room has not told.
struct Doubt {
    Seq since = 0;
};
struct ToRoom {
    DiscussionId discussion;
    WatchId watch;
    std::variant<Watch, CatchUpRequest, Doubt> what;
};

// --- from a room to a hub that watches it
// ---------------------------------------------------------

struct Opened {
    Position position;
};
// For every live reader. Leads from `prev` or anything after it to `seq`. `current`, where it is
// due, follows it: before it, it would tell of what the reader does not have.
struct Updated {
    Seq prev = 0;
    Seq seq = 0;
    Frame frame;
    Frame current;
    // When the first of what it tells became known here; absent where that was told by the store.
    std::optional<MonotonicTime> known_since{};
};
// For those who are behind at `since`, or between it and `seq`. No frame: nothing was missed.
struct CaughtUp {
    Seq since = 0;
    Seq seq = 0;
    Frame frame;
};
// Those who are behind at `since` must read again: it would be too much.
struct TooFar {
    Seq since = 0;
};
// The store has nothing as new as this.
struct Ahead {
    Seq since = 0;
};
// Every reader must read again and may then subscribe from `position` on.
struct Restarted {
    Position position;
    ReloadReason reason = ReloadReason::epoch;
};
// There is no such discussion: the watch has ended.
struct Gone {
    Error error;
};
// Moves no position: `current` and `presence`. A reader to whom something still waits needs none.
struct Notice {
    Frame frame;
};
// The answer to each Watch with newcomers: what they were not told yet, as far as it is known.
struct Greeting {
    Frame current;
    Frame presence;
};
struct ToHub {
    DiscussionId discussion;
    WatchId watch;
    std::variant<Opened, Updated, CaughtUp, TooFar, Ahead, Restarted, Gone, Notice, Greeting> what;
};

}  // namespace parley
