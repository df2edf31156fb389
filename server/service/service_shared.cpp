#include "service/service_shared.hpp"

#include "base/limits.hpp"
#include "base/mutants.hpp"
#include "identity/tokens.hpp"

#include <utility>

namespace parley {

namespace {

// Enough for everybody who writes at the same time on a large site; over it the hints start anew.
constexpr std::size_t known_sessions_count_max = 100'000;

constexpr SnapshotPolicy windows_policy{window_cache_bytes_max, snapshot_stale_max_ms,
                                        snapshot_outage_max_ms};
// Who asks what has changed wants to know how things stand: during an outage nobody can say.
constexpr SnapshotPolicy changes_policy{changes_cache_bytes_max, snapshot_stale_max_ms,
                                        std::chrono::milliseconds{0}};

}  // namespace

ServiceShared::ServiceShared(const Limits& limits)
    : windows_(windows_policy), changes_(changes_policy), rates_(limits) {}

void ServiceShared::on_changeset(const Changeset& changeset) {
    if (is_mutated(Mutant::removed_stays_cached)) return;
    const Position position{changeset.epoch, changeset.seq};
    if (changeset.takes_text_away) return on_hint(changeset.discussion, position);
    windows_.on_change(changeset.discussion, position);
    changes_.on_change(changeset.discussion, position);
}

void ServiceShared::on_hint(const DiscussionId& discussion, const Position& position) {
    windows_.drop(discussion, position);
    changes_.drop(discussion, position);
}

void ServiceShared::on_positions(std::span<const std::pair<DiscussionId, Position>> positions,
                                 MonotonicTime as_of) {
    if (is_mutated(Mutant::removed_stays_cached)) return;
    windows_.on_positions(positions, as_of);
    changes_.on_positions(positions, as_of);
}

Snapshots::Stats ServiceShared::snapshot_stats() const {
    Snapshots::Stats all = windows_.stats();
    const Snapshots::Stats more = changes_.stats();
    all.hits += more.hits;
    all.joins += more.joins;
    all.reads += more.reads;
    all.stale_answers += more.stale_answers;
    all.drops += more.drops;
    all.entries += more.entries;
    all.bytes += more.bytes;
    return all;
}

std::optional<std::chrono::milliseconds> ServiceShared::take_token(RateLimiter::Kind kind,
                                                                   std::string_view key,
                                                                   MonotonicTime now) {
    if (!tell_spent_) {
        const std::lock_guard lock(rates_mutex_);
        return rates_.take(kind, key, now);
    }
    const std::string shared_key = blinded(rates_secret_, key);
    std::optional<std::chrono::milliseconds> wait;
    {
        const std::lock_guard lock(rates_mutex_);
        if (!rates_.is_enabled()) return std::nullopt;
        wait = rates_.take(kind, shared_key, now);
    }
    if (!wait) tell_spent_(kind, shared_key);
    return wait;
}

void ServiceShared::share_rates(std::string_view secret, TellSpent tell) {
    rates_secret_ = secret;
    tell_spent_ = std::move(tell);
}

void ServiceShared::on_spent(RateLimiter::Kind kind, std::string_view key, std::uint32_t count,
                             MonotonicTime now) {
    const std::lock_guard lock(rates_mutex_);
    rates_.spend(kind, key, count, now);
}

void ServiceShared::change_rates(const Limits& limits) {
    const std::lock_guard lock(rates_mutex_);
    rates_.change(limits);
}

std::optional<ServiceShared::KnownSession> ServiceShared::known_session(
    const Digest256& session) const {
    const std::lock_guard lock(sessions_mutex_);
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return std::nullopt;
    return found->second;
}

void ServiceShared::remember(const Digest256& session, const KnownSession& whose) {
    const std::lock_guard lock(sessions_mutex_);
    if (sessions_.size() >= known_sessions_count_max) sessions_.clear();
    sessions_[session] = whose;
}

}  // namespace parley
