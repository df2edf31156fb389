#include "ops/log_view/view.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace parley {

namespace {

std::int64_t second_of(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

void add_to(std::optional<double>& sum, const std::optional<double>& more) {
    if (more) sum = sum.value_or(0) + *more;
}

void raise_to(std::optional<double>& worst, const std::optional<double>& other) {
    if (other && (!worst || *other > *worst)) worst = other;
}

// One word for all: theirs where they agree.
void agree_on(std::string& word, const std::string& other) {
    if (word.empty()) word = other;
    else if (!other.empty() && word != other) word = "mixed";
}

void add_figures(LogFigures& sum, const LogFigures& one) {
    agree_on(sum.version, one.version);
    agree_on(sum.store, one.store);
    agree_on(sum.bus, one.bus);
    add_to(sum.readers, one.readers);
    add_to(sum.connections, one.connections);
    add_to(sum.requests_per_s, one.requests_per_s);
    add_to(sum.deliveries_per_s, one.deliveries_per_s);
    add_to(sum.commits_per_s, one.commits_per_s);
    raise_to(sum.request_p99_ms, one.request_p99_ms);
    raise_to(sum.commit_p50_ms, one.commit_p50_ms);
    raise_to(sum.commit_p99_ms, one.commit_p99_ms);
    raise_to(sum.delivery_p50_ms, one.delivery_p50_ms);
    raise_to(sum.delivery_p99_ms, one.delivery_p99_ms);
    raise_to(sum.loop_lag_ms, one.loop_lag_ms);
    raise_to(sum.bus_probe_age_ms, one.bus_probe_age_ms);
}

}  // namespace

void LastMinute::add(WallTime time, std::uint64_t count) {
    const std::int64_t second = second_of(time);
    if (second < 0) return;
    Slot& slot = slots_.at(static_cast<std::size_t>(second) % seconds_count);
    // What is older than what stands there is older than a minute.
    if (second < slot.second) return;
    if (second > slot.second) slot = {second, 0};
    slot.count += count;
}

std::uint64_t LastMinute::sum(WallTime now) const {
    const std::int64_t first = second_of(now) - static_cast<std::int64_t>(seconds_count) + 1;
    std::uint64_t sum = 0;
    for (const Slot& slot : slots_) sum += slot.second >= first ? slot.count : 0;
    return sum;
}

void LogView::add(const LogRecord& record) {
    if (!instances_.contains(record.instance) &&
        instances_.size() >= log_view_instances_count_max) {
        make_room();
    }
    Instance& instance = instances_[record.instance];
    instance.heard = std::max(instance.heard, record.time);
    if (record.figures && record.time >= instance.figures_at) {
        instance.figures_at = record.time;
        instance.figures = record.figures;
    }
    if (record.level < LogLevel::warn) return;
    (record.level == LogLevel::warn ? instance.warnings : instance.errors)
        .add(record.time, record.times);
    if (record.time >= instance.problem_at && record.event != "log.repeated") {
        instance.problem_at = record.time;
        instance.problem = record.event;
    }
}

void LogView::make_room() {
    const auto longest_silent = std::min_element(
        instances_.begin(), instances_.end(),
        [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; });
    instances_.erase(longest_silent);
}

std::vector<LogRow> LogView::rows(WallTime now) const {
    constexpr std::chrono::minutes recent{1};
    std::vector<LogRow> rows;
    for (const auto& [name, instance] : instances_) {
        LogRow row;
        row.instance = name.empty() ? "-" : name;
        row.figures = instance.figures;
        row.warnings = instance.warnings.sum(now);
        row.errors = instance.errors.sum(now);
        row.age = std::max(now - instance.heard, std::chrono::milliseconds{0});
        if (now - instance.problem_at < recent) row.last_problem = instance.problem;
        rows.push_back(std::move(row));
    }
    return rows;
}

LogRow LogView::total(const std::vector<LogRow>& rows) {
    LogRow total;
    total.instance = "all";
    for (const LogRow& row : rows) {
        total.warnings += row.warnings;
        total.errors += row.errors;
        total.age = std::max(total.age, row.age);
        if (!row.figures) continue;
        if (!total.figures) total.figures.emplace();
        add_figures(*total.figures, *row.figures);
    }
    return total;
}

}  // namespace parley
