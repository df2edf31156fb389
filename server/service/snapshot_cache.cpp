#include "service/snapshot_cache.hpp"

namespace parley {

std::optional<SnapshotAnswer> SnapshotCache::find(const SnapshotAsk& ask, MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    return snapshots_.find(ask, now);
}

Snapshots::Asked SnapshotCache::ask(const SnapshotAsk& ask, Snapshots::Reply reply,
                                    MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    return snapshots_.ask(ask, std::move(reply), now);
}

std::optional<Snapshots::Read> SnapshotCache::land(Snapshots::FlightId flight,
                                                   Snapshots::Result read, MonotonicTime now) {
    Snapshots::Landed landed;
    {
        const std::lock_guard lock(mutex_);
        landed = snapshots_.land(flight, std::move(read), now);
    }
    for (auto& [reply, answer] : landed.answers) reply(std::move(answer));
    return std::move(landed.next);
}

void SnapshotCache::drop(const DiscussionId& discussion, const Position& position) {
    const std::lock_guard lock(mutex_);
    snapshots_.drop(discussion, position);
}

void SnapshotCache::on_change(const DiscussionId& discussion, const Position& position) {
    const std::lock_guard lock(mutex_);
    snapshots_.on_change(discussion, position);
}

void SnapshotCache::on_positions(std::span<const std::pair<DiscussionId, Position>> positions,
                                 MonotonicTime as_of) {
    const std::lock_guard lock(mutex_);
    for (const auto& [discussion, position] : positions) {
        snapshots_.on_position(discussion, position, as_of);
    }
}

Snapshots::Stats SnapshotCache::stats() const {
    const std::lock_guard lock(mutex_);
    return snapshots_.stats();
}

}  // namespace parley
