#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// Which events of the same name are written and which are only counted: one in
// log_repeat_interval_ms, and the next one says how many were left out. Nothing is lost silently:
// what was left out and followed by nothing is given by take_due(). Names beyond
// log_repeat_names_count_max are written each time. Pure; for one thread.
class LogRepeats {
public:
    // Nothing: not to be written now. Else how many were left out since the last one.
    [[nodiscard]] std::optional<std::uint64_t> admit(LogLevel level, std::string_view event,
                                                     MonotonicTime now);

    struct LeftOut {
        LogLevel level = LogLevel::warn;
        std::string event;
        std::uint64_t count = 0;
    };
    // Those whose interval is over, or all of them, with what was left out of each.
    [[nodiscard]] std::vector<LeftOut> take_due(MonotonicTime now);
    [[nodiscard]] std::vector<LeftOut> take_all();

private:
    struct Entry {
        LogLevel level = LogLevel::warn;
        MonotonicTime written_at;
        std::uint64_t left_out = 0;
    };
    void make_room(MonotonicTime now);

    std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace parley
