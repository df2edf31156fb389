#pragma once

#include <cstdint>
#include <ctime>

namespace parley::bench {

inline constexpr std::int64_t ns_per_s = 1'000'000'000;

// CLOCK_MONOTONIC, the same for all processes of the machine: a message carries when it was sent.
[[nodiscard]] inline std::int64_t now_ns() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * ns_per_s + now.tv_nsec;
}

// What this process has computed so far, in user and kernel mode.
[[nodiscard]] inline std::int64_t own_cpu_ns() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * ns_per_s + now.tv_nsec;
}

}  // namespace parley::bench
