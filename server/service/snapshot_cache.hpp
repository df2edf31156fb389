#pragma once

#include "service/snapshots.hpp"

#include <mutex>
#include <span>
#include <utility>

namespace parley {

// Snapshots for all threads: one small lock, never held while somebody is answered, reads or
// encodes. Replies are called on the thread that lands the read, so each must only hand on.
class SnapshotCache {
public:
    explicit SnapshotCache(SnapshotPolicy policy) : snapshots_(policy) {}

    // As those of Snapshots.
    [[nodiscard]] std::optional<SnapshotAnswer> find(const SnapshotAsk& ask, MonotonicTime now);
    [[nodiscard]] Snapshots::Asked ask(const SnapshotAsk& ask, Snapshots::Reply reply,
                                       MonotonicTime now);
    // Answers who waited. What it returns is to be read next.
    [[nodiscard]] std::optional<Snapshots::Read> land(Snapshots::FlightId flight,
                                                      Snapshots::Result read, MonotonicTime now);
    void drop(const DiscussionId& discussion, const Position& position);
    void on_change(const DiscussionId& discussion, const Position& position);
    void on_positions(std::span<const std::pair<DiscussionId, Position>> positions,
                      MonotonicTime as_of);
    [[nodiscard]] Snapshots::Stats stats() const;

private:
    mutable std::mutex mutex_;
    Snapshots snapshots_;  // protected by mutex_
};

}  // namespace parley
