#pragma once

#include "store/postgres/history.hpp"

#include <functional>
#include <memory>
#include <random>

namespace parley::postgres {

enum class Use : std::uint8_t {
    write,  // also the readers of a store that writes: they may find a new history first
    read,   // changes nothing, not even the epoch
};

// Where a store is, and what its connections have in common.
struct Shared {
    std::vector<Parameters> endpoint;
    Use use = Use::write;
    KnownEpoch epoch;
};

// A connection that is made again when it was lost. One thread at a time.
class Link {
public:
    explicit Link(std::shared_ptr<Shared> shared);

    // For the first time: with migrations where the use allows them.
    [[nodiscard]] result<void> open();
    // The connection, ready to be used. unavailable where there is none: at once while it would be
    // too early to try again (with full jitter, so that instances do not come back together), else
    // after store_connect_timeout_ms at most.
    [[nodiscard]] result<Connection*> get();

private:
    [[nodiscard]] result<void> connect(bool may_migrate);
    [[nodiscard]] result<void> prepare(Connection& connection, bool may_migrate);
    void note_failure();

    std::shared_ptr<Shared> shared_;
    std::unique_ptr<Connection> connection_;
    std::minstd_rand random_;
    std::chrono::milliseconds backoff_{0};
    MonotonicTime not_before_{};
    bool was_open_ = false;
};

}  // namespace parley::postgres
