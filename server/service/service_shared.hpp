#pragma once

#include "discussion/changeset.hpp"
#include "identity/rate_limiter.hpp"
#include "service/snapshot_cache.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

// What the services of all event loops have in common, so that it does not matter which of them a
// connection is on: the snapshots, the rates, whose sessions are known. Thread-safe, a small lock
// for each; outlives the services and the threads that work for them.
class ServiceShared {
public:
    // Whose a session was seen to be: a hint for the lane and the rate alone, decided nowhere.
    struct KnownSession {
        AccountId account{};
        Role role = Role::member;
    };

    explicit ServiceShared(const Limits& limits);

    // To be told of every changeset, once it is committed and before the write is answered. One
    // that takes text away ends what is kept of its discussion: when this has returned, nobody who
    // asks gets what was read before.
    void on_changeset(const Changeset& changeset);
    // The same where only the position is known: it may have taken text away.
    void on_hint(const DiscussionId& discussion, const Position& position);
    // What the store said at `as_of` or later.
    void on_positions(std::span<const std::pair<DiscussionId, Position>> positions,
                      MonotonicTime as_of);

    // Takes one token. Nothing where there was one, else how long until there is.
    [[nodiscard]] std::optional<std::chrono::milliseconds> take_token(RateLimiter::Kind kind,
                                                                      std::string_view key,
                                                                      MonotonicTime now);

    // From now on what is taken is told, so that it counts on other instances as well: their
    // on_spent(). Each decides by itself and at once, so that until the others have heard of it,
    // all together may let through what each lets through alone; what was too much is owed. Keys go
    // out blinded by the secret. Before the first take_token().
    using TellSpent = std::function<void(RateLimiter::Kind kind, std::string_view key)>;
    void share_rates(std::string_view secret, TellSpent tell);
    // So much was taken elsewhere, by a key as it was told.
    void on_spent(RateLimiter::Kind kind, std::string_view key, std::uint32_t count,
                  MonotonicTime now);

    // From now on it is told who has voted. Before the first tell_voted().
    void set_voted_hook(std::function<void(AccountId)> hook) { voted_hook_ = std::move(hook); }
    void tell_voted(AccountId account) const {
        if (voted_hook_) voted_hook_(account);
    }

    // Other rates from now on; what was taken already counts.
    void change_rates(const Limits& limits);

    [[nodiscard]] std::optional<KnownSession> known_session(const Digest256& session) const;
    void remember(const Digest256& session, const KnownSession& whose);

    [[nodiscard]] SnapshotCache& windows() { return windows_; }  // and pages
    [[nodiscard]] SnapshotCache& changes() { return changes_; }
    // Of all snapshots together.
    [[nodiscard]] Snapshots::Stats snapshot_stats() const;

private:
    std::function<void(AccountId)> voted_hook_;
    SnapshotCache windows_;
    SnapshotCache changes_;

    std::mutex rates_mutex_;
    RateLimiter rates_;  // protected by rates_mutex_
    std::string rates_secret_;
    TellSpent tell_spent_;  // none: rates are not shared, and keys are not blinded

    mutable std::mutex sessions_mutex_;
    std::map<Digest256, KnownSession> sessions_;  // protected by sessions_mutex_
};

}  // namespace parley
