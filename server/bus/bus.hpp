#pragma once

#include "discussion/changeset.hpp"

#include <functional>
#include <memory>

namespace parley {

// Carries committed changesets from the instance that committed them to all that watch. At most
// once, in any order, duplicates allowed: the bus is only speed, the sweep is the guarantee.
class Bus {
public:
    using Handler = std::function<void(const std::shared_ptr<const Changeset>&)>;

    virtual ~Bus() = default;
    // Never blocks, never fails; what cannot be delivered is lost and counted. Thread-safe.
    virtual void publish(std::shared_ptr<const Changeset> changeset) = 0;
    // Sets the one handler of this instance; before the first publish. It is called on any thread
    // and must only hand the message on.
    virtual void subscribe(Handler handler) = 0;
};

// The embedded default: one process, so what it publishes comes straight back.
[[nodiscard]] std::unique_ptr<Bus> make_local_bus();

}  // namespace parley
