#pragma once

#include "ops/log_view/record.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace parley {

// How often something happened in the last minute, by the second. Times may come in any order.
class LastMinute {
public:
    void add(WallTime time, std::uint64_t count);
    [[nodiscard]] std::uint64_t sum(WallTime now) const;

private:
    static constexpr std::size_t seconds_count = 60;
    struct Slot {
        std::int64_t second = -1;
        std::uint64_t count = 0;
    };
    std::array<Slot, seconds_count> slots_{};
};

// What one instance was last heard to say, or all of them together.
struct LogRow {
    std::string instance;
    std::optional<LogFigures> figures;
    std::uint64_t warnings = 0;  // in the last minute
    std::uint64_t errors = 0;
    std::chrono::milliseconds age{};  // of its last line
    std::string last_problem;         // name of its last warning or error in that minute
};

// The logs of several instances as one table. Pure: the time is passed in. Over
// log_view_instances_count_max, the one that was silent for longest is forgotten.
class LogView {
public:
    void add(const LogRecord& record);
    void add_unreadable() { ++unreadable_; }

    // By name; and all of them together: sums, and of latencies and ages the worst. Without
    // instances there is no sum.
    [[nodiscard]] std::vector<LogRow> rows(WallTime now) const;
    [[nodiscard]] static LogRow total(const std::vector<LogRow>& rows);
    [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }

private:
    struct Instance {
        WallTime heard{};
        WallTime figures_at{};
        std::optional<LogFigures> figures;
        LastMinute warnings;
        LastMinute errors;
        WallTime problem_at{};
        std::string problem;
    };
    void make_room();

    std::map<std::string, Instance> instances_;
    std::uint64_t unreadable_ = 0;
};

// The table as lines of plain text, at most `width` characters each: columns that do not fit are
// left out, the least important first.
[[nodiscard]] std::vector<std::string> render_log_table(const LogView& view, WallTime now,
                                                        std::size_t width);

}  // namespace parley
