#include "base/utf8.hpp"
#include "ops/log_view/view.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace parley {

namespace {

constexpr std::string_view absent = "-";
constexpr std::size_t gap_chars = 2;
constexpr std::size_t name_chars_max = 24;

// Plain ASCII, so that one byte is one place on the screen and nothing steers the terminal.
std::string plain(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const Utf8Character next = next_utf8_character(text);
        const bool is_plain = next.valid && next.code >= ' ' && next.code <= '~';
        shown += is_plain ? text.front() : '?';
        text.remove_prefix(next.bytes);
    }
    if (shown.size() > name_chars_max) {
        shown.resize(name_chars_max - 1);
        shown += '~';
    }
    return shown;
}

// 12, 3.4, 1,234 as 1234; millions as 1.2M.
std::string amount(const std::optional<double>& number) {
    if (!number) return std::string(absent);
    const double value = *number;
    if (value >= 1e6)
        return std::to_string(std::lround(value / 1e5) / 10) + "." +
               std::to_string(std::lround(value / 1e5) % 10) + "M";
    if (value >= 10 || value == std::floor(value)) return std::to_string(std::lround(value));
    const auto tenths = std::lround(value * 10);
    if (tenths % 10 == 0) return std::to_string(tenths / 10);
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string pair_of(const std::optional<double>& one, const std::optional<double>& other) {
    return amount(one) + "/" + amount(other);
}

std::string age_of(std::chrono::milliseconds age) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
    if (seconds < 120) return std::to_string(seconds) + "s";
    if (seconds < 7'200) return std::to_string(seconds / 60) + "m";
    return std::to_string(seconds / 3'600) + "h";
}

std::string word(const std::string& text) {
    return text.empty() ? std::string(absent) : plain(text);
}

std::string bus_of(const LogFigures& figures) {
    if (!figures.bus_probe_age_ms || figures.bus == "local") return word(figures.bus);
    return word(figures.bus) + " " +
           age_of(std::chrono::milliseconds(std::llround(*figures.bus_probe_age_ms)));
}

struct Column {
    std::string_view heading;
    int importance;  // 0: always shown
    bool left;
    std::string (*cell)(const LogRow&, const LogFigures&);
};

using Row = const LogRow&;
using Figures = const LogFigures&;

constexpr std::array columns{
    Column{"INSTANCE", 0, true, [](Row row, Figures) { return plain(row.instance); }},
    Column{"AGE", 1, false, [](Row row, Figures) { return age_of(row.age); }},
    Column{"READERS", 1, false, [](Row, Figures f) { return amount(f.readers); }},
    Column{"CONNS", 5, false, [](Row, Figures f) { return amount(f.connections); }},
    Column{"REQ/S", 6, false, [](Row, Figures f) { return amount(f.requests_per_s); }},
    Column{"DELIV/S", 2, false, [](Row, Figures f) { return amount(f.deliveries_per_s); }},
    Column{"COMMIT/S", 2, false, [](Row, Figures f) { return amount(f.commits_per_s); }},
    Column{"REQ p99", 7, false, [](Row, Figures f) { return amount(f.request_p99_ms); }},
    Column{"COMMIT p50/99", 4, false,
           [](Row, Figures f) { return pair_of(f.commit_p50_ms, f.commit_p99_ms); }},
    Column{"DELIV p50/99", 4, false,
           [](Row, Figures f) { return pair_of(f.delivery_p50_ms, f.delivery_p99_ms); }},
    Column{"LAG", 6, false, [](Row, Figures f) { return amount(f.loop_lag_ms); }},
    Column{"WARN", 1, false, [](Row row, Figures) { return std::to_string(row.warnings); }},
    Column{"ERR", 1, false, [](Row row, Figures) { return std::to_string(row.errors); }},
    Column{"STORE", 2, true, [](Row, Figures f) { return word(f.store); }},
    Column{"BUS", 3, true, [](Row, Figures f) { return bus_of(f); }},
    Column{"VERSION", 8, true, [](Row, Figures f) { return word(f.version); }},
    Column{
        "LAST PROBLEM", 3, true,
        [](Row row, Figures) { return row.last_problem.empty() ? "" : plain(row.last_problem); }},
};

using Cells = std::array<std::string, columns.size()>;

Cells cells_of(const LogRow& row) {
    const LogFigures figures = row.figures.value_or(LogFigures{});
    Cells cells;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        cells.at(i) = columns.at(i).cell(row, figures);
    }
    return cells;
}

std::string padded(const std::string& text, std::size_t width, bool left) {
    const std::string space(width - std::min(width, text.size()), ' ');
    return left ? text + space : space + text;
}

std::size_t width_of_all(const std::array<std::size_t, columns.size()>& widths, int importance) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns.at(i).importance > importance) continue;
        width += widths.at(i) + (width == 0 ? 0 : gap_chars);
    }
    return width;
}

}  // namespace

std::vector<std::string> render_log_table(const LogView& view, WallTime now, std::size_t width) {
    std::vector<LogRow> rows = view.rows(now);
    if (rows.empty()) return {"No line of a log was read yet."};
    if (rows.size() > 1) rows.push_back(LogView::total(rows));
    std::vector<Cells> table(1);
    for (std::size_t i = 0; i < columns.size(); ++i) table[0].at(i) = columns.at(i).heading;
    for (const LogRow& row : rows) table.push_back(cells_of(row));
    std::array<std::size_t, columns.size()> widths{};
    for (const Cells& cells : table) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            widths.at(i) = std::max(widths.at(i), cells.at(i).size());
        }
    }
    int importance = 8;
    while (importance > 0 && width_of_all(widths, importance) > width) --importance;
    std::vector<std::string> lines;
    for (const Cells& cells : table) {
        std::string line;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns.at(i).importance > importance) continue;
            if (!line.empty()) line.append(gap_chars, ' ');
            line += padded(cells.at(i), widths.at(i), columns.at(i).left);
        }
        while (line.ends_with(' ')) line.pop_back();
        lines.push_back(line.substr(0, width));
    }
    return lines;
}

}  // namespace parley
