#include "base/log_repeats.hpp"

#include "base/limits.hpp"

#include <utility>

namespace parley {

std::optional<std::uint64_t> LogRepeats::admit(LogLevel level, std::string_view event,
                                               MonotonicTime now) {
    const auto found = entries_.find(event);
    if (found == entries_.end()) {
        if (entries_.size() >= log_repeat_names_count_max) make_room(now);
        if (entries_.size() < log_repeat_names_count_max) {
            entries_.emplace(std::string(event), Entry{level, now, 0});
        }
        return 0;
    }
    Entry& entry = found->second;
    entry.level = level;
    if (now - entry.written_at < log_repeat_interval_ms) {
        ++entry.left_out;
        return std::nullopt;
    }
    entry.written_at = now;
    return std::exchange(entry.left_out, 0);
}

// Those that owe nothing and would be written anyway need not be remembered.
void LogRepeats::make_room(MonotonicTime now) {
    std::erase_if(entries_, [now](const auto& named) {
        const Entry& entry = named.second;
        return entry.left_out == 0 && now - entry.written_at >= log_repeat_interval_ms;
    });
}

std::vector<LogRepeats::LeftOut> LogRepeats::take_due(MonotonicTime now) {
    std::vector<LeftOut> due;
    for (auto& [name, entry] : entries_) {
        if (entry.left_out == 0 || now - entry.written_at < log_repeat_interval_ms) continue;
        due.push_back({entry.level, name, std::exchange(entry.left_out, 0)});
    }
    return due;
}

std::vector<LogRepeats::LeftOut> LogRepeats::take_all() {
    std::vector<LeftOut> all;
    for (auto& [name, entry] : entries_) {
        if (entry.left_out == 0) continue;
        all.push_back({entry.level, name, std::exchange(entry.left_out, 0)});
    }
    return all;
}

}  // namespace parley
