#pragma once

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "discussion/rules.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace parley {

// Group commit. One thread drains a bounded queue into one transaction at a time: load, decide
// each, save, commit, hand the changesets on, then answer each. While a commit waits for the disk
// the queue fills, so batches grow with the load.
class Writer {
public:
    // Moderators have a lane of their own: it is emptied first and has room when the other is full.
    enum class Lane : std::uint8_t { everybody, moderators };

    // Called on the writer's thread, exactly once for every command that submit() accepted.
    using Completion = std::function<void(result<Outcome>)>;

    struct Hooks {
        // After each commit, before the answers, on the writer's thread.
        std::function<void(const std::vector<std::shared_ptr<const Changeset>>&)> committed;
        // An fsync or commit failed in a way after which nothing may be acknowledged. The process
        // must end; the writer answers everything with `unavailable` and takes nothing more.
        std::function<void(const Error&)> fatal;
        // After a commit that added account events, before the answers, on the writer's thread.
        std::function<void()> account_events{};
    };

    Writer(Store& store, const Limits& limits, const Clock& clock, Hooks hooks);
    ~Writer();  // stop()
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Thread-safe, never blocks. busy (with retry_after) when the lane is full or the writer has
    // stopped; then the completion is not called. A command that waited longer than
    // command_deadline_ms is answered busy without being run.
    [[nodiscard]] result<void> submit(Command command, Lane lane, Completion completion);

    // Takes nothing more, finishes what is queued, joins the thread. Idempotent.
    void stop();

    // A commit that takes longer is logged (store.slow_commit); 0: none is slow. Thread-safe.
    void set_slow_commit(std::chrono::milliseconds slow_commit);

    struct Stats {
        std::uint64_t commits = 0;
        std::uint64_t commands = 0;
        std::uint64_t refused_busy = 0;
        std::size_t queued = 0;             // in both lanes
        std::size_t queued_moderators = 0;  // of that
        bool takes_commands = true;         // false once stopped, or after a fatal error
        // How long the batch that is being run has run.
        std::optional<std::chrono::milliseconds> busy_for{};
        Histogram commit_us{};       // COMMIT alone, with its fsync
        Histogram transaction_us{};  // from its beginning to the end of its commit
        Histogram batch_commands{};  // commands of one transaction that was committed
    };
    [[nodiscard]] Stats stats() const;  // thread-safe

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace parley
