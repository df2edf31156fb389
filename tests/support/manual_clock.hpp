#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <mutex>

namespace parley::test {

// A clock that stands still until a test moves it. Thread-safe. Begins at 2026-01-22T09:00:00Z, and
// at a monotonic time well after zero, so that a test may go back on either.
class ManualClock final : public Clock {
public:
    ManualClock() = default;
    explicit ManualClock(WallTime wall) : wall_(wall) {}

    [[nodiscard]] WallTime wall_now() const override {
        const std::lock_guard lock(mutex_);
        return wall_;
    }

    [[nodiscard]] MonotonicTime monotonic_now() const override {
        const std::lock_guard lock(mutex_);
        return monotonic_;
    }

    // Time passes: both clocks move by the same.
    void advance(std::chrono::milliseconds by) {
        const std::lock_guard lock(mutex_);
        wall_ += by;
        monotonic_ += by;
    }

    // Somebody sets the wall clock, forward or back; the monotonic one does not notice.
    void set_wall(WallTime wall) {
        const std::lock_guard lock(mutex_);
        wall_ = wall;
    }

    void set_monotonic(MonotonicTime monotonic) {
        const std::lock_guard lock(mutex_);
        monotonic_ = monotonic;
    }

private:
    mutable std::mutex mutex_;
    WallTime wall_ =
        std::chrono::sys_days{std::chrono::year{2026} / 1 / 22} + std::chrono::hours{9};
    MonotonicTime monotonic_{std::chrono::hours{1'000}};
};

}  // namespace parley::test
