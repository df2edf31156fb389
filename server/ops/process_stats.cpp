#include "ops/process_stats.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace parley {

namespace {

// Fields of /proc/self/stat after the name in brackets (proc(5) counts from 1, and the first of
// these is its third).
constexpr std::size_t field_user_ticks = 14 - 3;
constexpr std::size_t field_system_ticks = 15 - 3;
constexpr std::size_t field_threads = 20 - 3;
constexpr std::size_t field_start_ticks = 22 - 3;
constexpr std::size_t field_virtual_bytes = 23 - 3;
constexpr std::size_t field_resident_pages = 24 - 3;

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end != text.data() ? number : 0;
}

std::vector<std::string_view> fields_of(std::string_view text) {
    std::vector<std::string_view> fields;
    while (!text.empty()) {
        const std::size_t end = text.find_first_of(" \n");
        if (end != 0) fields.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return fields;
}

// "btime 1700000000": when the system began.
std::uint64_t boot_time_of(std::string_view system_stat) {
    constexpr std::string_view name = "\nbtime ";
    const std::size_t at = system_stat.find(name);
    return at == std::string_view::npos ? 0 : number_of(system_stat.substr(at + name.size()));
}

std::string text_of_file(const char* path) {
    std::ifstream input(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(input), {}};
}

std::uint64_t count_descriptors() {
    std::error_code failed;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator entry("/proc/self/fd", failed), end;
         !failed && entry != end; entry.increment(failed)) {
        ++count;
    }
    // One of them was opened to look.
    return count > 0 ? count - 1 : 0;
}

}  // namespace

void parse_process_stat(std::string_view self_stat, std::string_view system_stat, ProcUnits units,
                        ProcessStats& stats) {
    // The name may hold anything, brackets and spaces too.
    const std::size_t name_end = self_stat.rfind(')');
    if (name_end == std::string_view::npos || units.ticks_per_s == 0) return;
    const auto fields = fields_of(self_stat.substr(name_end + 1));
    if (fields.size() <= field_resident_pages) return;
    const auto ticks_per_s = static_cast<double>(units.ticks_per_s);
    const std::uint64_t cpu_ticks =
        number_of(fields[field_user_ticks]) + number_of(fields[field_system_ticks]);
    stats.cpu_seconds = static_cast<double>(cpu_ticks) / ticks_per_s;
    stats.threads = number_of(fields[field_threads]);
    stats.virtual_bytes = number_of(fields[field_virtual_bytes]);
    stats.resident_bytes = number_of(fields[field_resident_pages]) * units.page_bytes;
    const auto after_boot = static_cast<double>(number_of(fields[field_start_ticks]));
    stats.started_unix_s =
        static_cast<double>(boot_time_of(system_stat)) + after_boot / ticks_per_s;
}

ProcessStats read_process_stats() {
    ProcessStats stats;
    const ProcUnits units{static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)),
                          static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
    parse_process_stat(text_of_file("/proc/self/stat"), text_of_file("/proc/stat"), units, stats);
    stats.open_descriptors = count_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_descriptors = limit.rlim_cur;
    return stats;
}

}  // namespace parley
