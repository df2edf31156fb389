#pragma once

#include <cstdint>
#include <string_view>

namespace parley {

// What the kernel says of this process. Zero where it says nothing.
struct ProcessStats {
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t max_descriptors = 0;
    std::uint64_t threads = 0;
    double cpu_seconds = 0;
    double started_unix_s = 0;  // when it began, in seconds since 1970
};

[[nodiscard]] ProcessStats read_process_stats();

// From the texts of /proc/self/stat and /proc/stat; pure.
struct ProcUnits {
    std::uint64_t ticks_per_s = 100;
    std::uint64_t page_bytes = 4096;
};
void parse_process_stat(std::string_view self_stat, std::string_view system_stat, ProcUnits units,
                        ProcessStats& stats);

}  // namespace parley
