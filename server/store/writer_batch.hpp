#pragma once

#include "store/writer.hpp"

#include <span>

namespace parley {

// What came of a batch.
struct BatchResult {
    std::vector<result<Outcome>> answers;  // one for each command, in their order
    std::uint64_t commits = 0;
    struct Commit {
        std::chrono::nanoseconds took{};         // until the answer of the store, so with the fsync
        std::chrono::nanoseconds transaction{};  // from its beginning
        std::size_t commands = 0;
    };
    std::vector<Commit> measured;  // each of them
    bool has_account_events = false;
    // Set where the store may not be used any more; what was committed before has its own answers.
    std::optional<Error> fatal;
};

using CommittedHook = std::function<void(const std::vector<std::shared_ptr<const Changeset>>&)>;

// Runs `commands` in one transaction: load, decide each, save, commit. A refusal by the rules is
// the answer to its command alone; a batch that changes nothing is not committed. `committed` is
// called after each commit that changed something public. Exceptions from below are caught here.
// What fails otherwise:
//   busy (a lock)            once more as a batch, then busy to all
//   unavailable              once more as a batch, since whether the commit took place is unknown:
//                            keys are looked up again under the lock. Then unavailable to all
//   storage_full, and        to all
//   whatever begin() says
//   commit() says anything   fatal; unavailable to all
//   but the above, conflict
//   or invalid_field
//   anything else, and       each command in a transaction of its own, so that only the one that
//   exceptions               causes it is refused
// Logs what an operator should know, a commit that took longer than `slow_commit` (0 = none does)
// for instance; never what people wrote.
inline constexpr std::chrono::milliseconds slow_commit_default_ms{500};
[[nodiscard]] BatchResult run_batch(Store& store, std::span<const Command> commands,
                                    const Limits& limits, const Clock& clock,
                                    const CommittedHook& committed,
                                    std::chrono::milliseconds slow_commit = slow_commit_default_ms);

// True where save() has something to write.
[[nodiscard]] bool has_changes(const State& state);

}  // namespace parley
