#pragma once

#include "discussion/types.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace parley {

// An answer that is the same for everybody, encoded and compressed once. Immutable once shared.
struct Snapshot {
    Position position;     // it was read at
    std::string identity;  // the bytes as they are
    std::string gzip;      // and compressed; "" where that would not be smaller
    std::string tag;       // names these bytes, and none but these, under their address
};

struct SnapshotAnswer {
    std::shared_ptr<const Snapshot> snapshot;
    // Set where the store cannot be read: how long ago it was last seen to stand at the position.
    std::optional<std::chrono::milliseconds> stale_for;
};

// What somebody asks for. `name` tells it from everything else that is kept about any discussion.
struct SnapshotAsk {
    DiscussionId discussion;
    std::string name;
    std::optional<Epoch> epoch;  // only of this history, and
    Seq min_seq = 0;             // at this seq or later
};

struct SnapshotPolicy {
    std::size_t bytes_max = 0;               // of all that is kept; the longest unused go first
    std::chrono::milliseconds stale_max{};   // given so long without asking the store for the seq
    std::chrono::milliseconds outage_max{};  // and so long where the store cannot be read
};

// Decides who is answered from memory, who waits for a read under way, and who must read. Pure: the
// time is passed in, replies are kept and given back but never called. For one thread.
//
//   ask()   a hit, or the reply is kept: it joins the read under way (a flight), or begins one
//   land()  what a flight brought, and who gets it
//
// The rules:
// - A snapshot is given until stale_max after the store was last seen to stand at its position. One
//   that is known to be behind is read anew earlier, as long as that takes no more than a share of
//   one thread (snapshot_early_*): so a quiet discussion shows every change at once, and in a storm
//   of changes many readers still cost little.
// - There is one flight for one name. Who joins it and needs more than it brings waits for one
//   more, which began after the question; what that brings is the last word.
// - drop() forgets what was read before a removal, and what a flight brings that began before it
// goes
//   only to those who asked before.
// - Where a flight fails because the store cannot be read, or takes longer than
//   snapshot_slow_read_ms, the old snapshot is given until outage_max and said to be stale; a
//   failed read is tried again after stale_max.
//
// Bounds: bytes_max, not counting what is still being read or sent. Waiting replies are bounded by
// the connections, flights by the queue of the readers.
class Snapshots {
public:
    using Reply = std::function<void(result<SnapshotAnswer>)>;
    using FlightId = std::uint64_t;
    using Duration = MonotonicTime::duration;

    // To be done by whoever is told to; then land().
    struct Read {
        FlightId flight = 0;
        std::shared_ptr<const Snapshot> known;  // nothing to read where it is still good; or null
    };
    struct Asked {
        std::optional<SnapshotAnswer> hit;  // then the reply was not kept
        std::optional<Read> read;           // the reply waits for it; neither: for one under way
    };
    struct Result {
        result<std::shared_ptr<const Snapshot>> snapshot;  // `known` where the position is the same
        MonotonicTime read_at;                             // before the store was asked
        Duration took{};                                   // reading and encoding, without waiting
    };
    struct Landed {
        struct Answer {
            Reply reply;
            result<SnapshotAnswer> answer;
        };
        std::vector<Answer> answers;
        std::optional<Read> next;  // for those who need more than this one brought
    };
    struct Stats {
        std::uint64_t hits = 0;
        std::uint64_t joins = 0;
        std::uint64_t reads = 0;
        std::uint64_t stale_answers = 0;
        std::uint64_t drops = 0;
        std::size_t entries = 0;
        std::size_t bytes = 0;
    };

    explicit Snapshots(SnapshotPolicy policy) : policy_(policy) {}

    // Only a hit.
    [[nodiscard]] std::optional<SnapshotAnswer> find(const SnapshotAsk& ask, MonotonicTime now);
    [[nodiscard]] Asked ask(const SnapshotAsk& ask, Reply reply, MonotonicTime now);
    // Each flight lands once.
    [[nodiscard]] Landed land(FlightId id, Result read, MonotonicTime now);

    // Something that was public is not any more since `position`: what was read before goes.
    void drop(const DiscussionId& discussion, const Position& position);
    // Somebody says that the discussion has moved.
    void on_change(const DiscussionId& discussion, const Position& position);
    // The store stood at `position` at `as_of` or later. Another epoch drops what is of the old
    // one.
    void on_position(const DiscussionId& discussion, const Position& position, MonotonicTime as_of);

    [[nodiscard]] Stats stats() const;

private:
    struct Entry {
        DiscussionId discussion;
        std::string name;
        std::shared_ptr<const Snapshot> snapshot;  // null while the first flight is under way
        MonotonicTime checked_at{};                // the store was seen to be at its position
        std::optional<MonotonicTime> failed_at;    // the last flight could not read the store
        std::optional<FlightId> flight;
        Duration early_budget{};  // reading time that may be spent on being early
        MonotonicTime budget_at{};
    };
    using Entries = std::list<Entry>;  // the last used first
    struct Waiter {
        Reply reply;
        std::optional<Epoch> epoch;
        Seq min_seq = 0;
        Seq wished_seq = 0;  // known to have been reached when it asked
        bool may_wait_again = false;
    };
    struct Flight {
        SnapshotAsk of;
        std::shared_ptr<const Snapshot> known;
        MonotonicTime began_at{};
        bool early = false;
        bool kept = true;  // false: dropped meanwhile, for those alone who wait for it
        std::vector<Waiter> waiters;
    };
    struct Room {
        std::optional<Position> known;  // the newest that anybody spoke of
        std::unordered_set<Entry*> entries;
    };

    [[nodiscard]] Entry* entry_of(const std::string& name);
    [[nodiscard]] Entry& make_entry(const SnapshotAsk& ask, MonotonicTime now);
    void erase(Entry& entry);
    void take_snapshot_from(Entry& entry);
    [[nodiscard]] std::size_t bytes_of(const Entry& entry) const;
    [[nodiscard]] bool is_behind(const Entry& entry) const;
    [[nodiscard]] bool may_be_early(Entry& entry, MonotonicTime now) const;
    [[nodiscard]] bool is_good_in_outage(const Entry& entry, MonotonicTime now) const;
    [[nodiscard]] std::optional<SnapshotAnswer> hit(Entry& entry, const SnapshotAsk& ask,
                                                    MonotonicTime now);
    [[nodiscard]] Read begin(Entry& entry, Waiter waiter, MonotonicTime now);
    void keep(const Flight& flight, const Result& read, MonotonicTime now);
    void note_failure(const Flight& flight, const Error& error, MonotonicTime now);
    void answer_or_wait_again(Flight& flight, const Result& read, MonotonicTime now, Landed& out);
    void wait_again(const Flight& flight, std::vector<Waiter> waiters, MonotonicTime now,
                    Landed& out);
    void make_room(MonotonicTime now);

    const SnapshotPolicy policy_;
    Entries entries_;
    std::unordered_map<std::string, Entries::iterator> by_name_;
    std::unordered_map<DiscussionId, Room> rooms_;
    std::unordered_map<FlightId, Flight> flights_;
    FlightId last_flight_ = 0;
    std::size_t bytes_ = 0;
    Stats counts_;
};

}  // namespace parley
