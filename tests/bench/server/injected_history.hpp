#pragma once

#include "store/store.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>

namespace parley::bench {

// What was injected into the discussion that is injected into now, as the store would tell it:
// without it a reader that falls behind would ask the store for changes that it does not have.
// Thread-safe.
class InjectedHistory {
public:
    // From now on it is about this discussion, whose position so far is the store's.
    void begin(const DiscussionId& discussion, const Position& position);
    void add(std::shared_ptr<const Changeset> changeset);

    // Nothing where the store itself knows: another discussion, or nothing injected.
    [[nodiscard]] std::optional<Position> position_of(const DiscussionId& discussion) const;
    [[nodiscard]] std::optional<result<Changeset>> changes_since(const DiscussionId& discussion,
                                                                 const std::optional<Epoch>& epoch,
                                                                 Seq since) const;

private:
    [[nodiscard]] bool is_about(const DiscussionId& discussion) const;

    mutable std::mutex mutex_;
    DiscussionId discussion_;
    Position position_;
    std::deque<std::shared_ptr<const Changeset>> changesets_;  // without a gap, the newest last
};

}  // namespace parley::bench
