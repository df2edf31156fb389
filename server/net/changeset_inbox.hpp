#pragma once

#include "base/clock.hpp"
#include "discussion/changeset.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace parley {

// Changesets on their way from the threads that committed them to the shard that is home to their
// discussions, in order. A room that gathers will look by itself when its time has come, so what
// comes for it until then need not wake the event loop, which costs more than all else that happens
// to a changeset. Thread-safe; the time is passed in.
class ChangesetInbox {
public:
    using ChangesetPtr = std::shared_ptr<const Changeset>;
    struct Arrival {
        ChangesetPtr changeset;
        MonotonicTime at;  // when it was put: right after its commit, where that was here
    };

    // True where the owner must be woken to take(): once for all that lies here.
    [[nodiscard]] bool put(ChangesetPtr changeset, MonotonicTime now);

    // Everything that lies here. The owner's thread, as what follows.
    [[nodiscard]] std::vector<Arrival> take();

    // The owner will take() at `until` without being woken for this discussion.
    void promise(const DiscussionId& discussion, MonotonicTime until);
    // The first of the promises that are still to be kept.
    [[nodiscard]] std::optional<MonotonicTime> first_promise(MonotonicTime now);

private:
    std::mutex mutex_;
    // Protected by mutex_:
    std::vector<Arrival> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool wake_pending_ = false;
    std::map<DiscussionId, MonotonicTime> promises_;
};

}  // namespace parley
