#pragma once

#include "base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace parley {

// Wall-clock time as it is stored and shown: UTC, in milliseconds.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// Time for deadlines and intervals. Never goes back, has no date.
using MonotonicTime = std::chrono::steady_clock::time_point;

// Where the core gets its time from. Tests pass a ManualClock (tests/support/manual_clock.hpp).
// Implementations are thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallTime wall_now() const = 0;
    [[nodiscard]] virtual MonotonicTime monotonic_now() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] WallTime wall_now() const override;
    [[nodiscard]] MonotonicTime monotonic_now() const override;
};

// RFC 3339 in UTC with milliseconds: 2022-01-22T09:32:00.000Z.
[[nodiscard]] std::string format_rfc3339(WallTime time);

// Reads RFC 3339 with or without a fraction and with any numeric offset; years 1970 to 9999.
[[nodiscard]] result<WallTime> parse_rfc3339(std::string_view text);

}  // namespace parley
