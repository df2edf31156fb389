#pragma once

#include "base/clock.hpp"
#include "discussion/changeset.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// Carries committed changesets from the instance that committed them to all that watch, and a few
// facts that instances tell each other. At most once, in any order, duplicates allowed: the bus is
// only speed, the sweep is the guarantee.
class Bus {
public:
    // Tokens that were taken from one bucket of rates (identity/rate_limiter.hpp).
    struct Spent {
        std::uint8_t kind = 0;
        std::string key;
        std::uint32_t count = 0;
    };

    // What the bus brings. Called on any thread; each must only hand the message on, and call
    // nothing of the bus.
    struct Handlers {
        std::function<void(const std::shared_ptr<const Changeset>&)> changeset{};
        // Something changed up to there, too large to travel: to be read from the store.
        std::function<void(const DiscussionId&, const Position&)> hint{};
        // So many read there now, on another instance.
        std::function<void(const std::string& instance, const DiscussionId&, std::size_t readers)>
            presence{};
        // So much was taken from these buckets on another instance.
        std::function<void(const std::vector<Spent>&)> spent{};
        // There are new account events in the store; this instance's own as well.
        std::function<void()> account_events{};
        // These accounts have voted, on this instance or on another one.
        std::function<void(const std::vector<AccountId>&)> voted{};
        // What others published meanwhile may be lost: everything watched is to be compared with
        // the store now.
        std::function<void()> gap{};
    };

    enum class State : std::uint8_t {
        local,  // there is nothing between instances
        down,   // not connected, or the probe does not come back: the sweep alone carries
        up,     // connected, and the last probe came back in time
    };
    struct Stats {
        State state = State::local;
        std::optional<std::chrono::milliseconds> probe_age;   // since the last probe came back
        std::optional<std::chrono::microseconds> probe_time;  // what that one took
        std::uint64_t published = 0;                          // handed to the connection
        std::uint64_t received = 0;                           // from other instances
        std::uint64_t dropped = 0;  // not published: down, or the queue was full
        std::uint64_t refused = 0;  // came in, but not signed by us, too large or malformed
        std::uint64_t connects = 0;
        std::size_t queued_bytes = 0;
    };

    virtual ~Bus() = default;
    // Never blocks, never fails; what cannot be delivered is lost and counted. Thread-safe. It
    // comes back to this instance's own handler at once, on the calling thread.
    virtual void publish(std::shared_ptr<const Changeset> changeset) = 0;
    // Tells the other instances how many read there on this one. As publish(), but does not come
    // back.
    virtual void tell_presence(const DiscussionId& discussion, std::size_t readers) = 0;
    // Tells the other instances that one token was taken there on this one: in sum, some moments
    // later. Does not come back. The key goes out as it is, so it must tell nobody whose it is.
    virtual void tell_spent(std::uint8_t kind, std::string_view key) = 0;
    // Tells all instances, this one at once, that there are new account events.
    virtual void tell_account_events() = 0;
    // Tells all instances, this one at once, that the account has voted.
    virtual void tell_voted(AccountId account) = 0;
    // Sets the handlers of this instance; before the first publish. Empty ones end the delivery:
    // when this has returned, none of the old ones runs or will run.
    virtual void subscribe(Handlers handlers) = 0;
    [[nodiscard]] virtual Stats stats() const = 0;  // thread-safe
};

// The embedded default: one process, so what it publishes comes straight back.
[[nodiscard]] std::unique_ptr<Bus> make_local_bus();

}  // namespace parley
