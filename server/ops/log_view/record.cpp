#include "ops/log_view/record.hpp"

#include "base/limits.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

namespace parley {

namespace {

namespace dom = simdjson::dom;

std::string text_of(const dom::object& object, std::string_view name) {
    std::string_view text;
    if (object.at_key(name).get(text) != simdjson::SUCCESS) return {};
    return std::string(text);
}

std::optional<double> number_of(const dom::object& object, std::string_view name) {
    double number = 0;
    if (object.at_key(name).get(number) != simdjson::SUCCESS) return std::nullopt;
    return number;
}

std::uint64_t count_of(const dom::object& object, std::string_view name) {
    std::int64_t number = 0;
    if (object.at_key(name).get(number) != simdjson::SUCCESS || number < 0) return 0;
    return static_cast<std::uint64_t>(number);
}

std::optional<LogLevel> level_of(std::string_view name) {
    constexpr std::array levels{LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error};
    const auto found = std::find_if(levels.begin(), levels.end(),
                                    [name](LogLevel level) { return to_string(level) == name; });
    if (found == levels.end()) return std::nullopt;
    return *found;
}

LogFigures figures_of(const dom::object& object) {
    LogFigures figures;
    figures.version = text_of(object, "version");
    figures.store = text_of(object, "store");
    figures.bus = text_of(object, "bus");
    figures.readers = number_of(object, "readers");
    figures.connections = number_of(object, "connections");
    figures.requests_per_s = number_of(object, "requests_per_s");
    figures.deliveries_per_s = number_of(object, "deliveries_per_s");
    figures.commits_per_s = number_of(object, "commits_per_s");
    figures.request_p99_ms = number_of(object, "request_p99_ms");
    figures.commit_p50_ms = number_of(object, "commit_p50_ms");
    figures.commit_p99_ms = number_of(object, "commit_p99_ms");
    figures.delivery_p50_ms = number_of(object, "delivery_p50_ms");
    figures.delivery_p99_ms = number_of(object, "delivery_p99_ms");
    figures.loop_lag_ms = number_of(object, "loop_lag_ms");
    const auto age = number_of(object, "bus_probe_age_ms");
    if (age && *age >= 0) figures.bus_probe_age_ms = age;
    return figures;
}

}  // namespace

struct LogLineReader::Impl {
    dom::parser parser{log_view_line_bytes_max};
};

LogLineReader::LogLineReader() : impl_(std::make_unique<Impl>()) {}
LogLineReader::~LogLineReader() = default;

std::optional<LogRecord> LogLineReader::read(std::string_view line) {
    dom::object object;
    if (line.size() > log_view_line_bytes_max ||
        impl_->parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    const result<WallTime> time = parse_rfc3339(text_of(object, "time"));
    const auto level = level_of(text_of(object, "level"));
    LogRecord record;
    record.event = text_of(object, "event");
    if (time.has_error() || !level || record.event.empty()) return std::nullopt;
    record.time = *time;
    record.level = *level;
    record.instance = text_of(object, "instance");
    // Those that were left out, without the one that is written; log.repeated stands for none.
    if (record.event == "log.repeated") record.times = count_of(object, "count");
    else record.times = 1 + count_of(object, "repeated");
    if (record.event == "stats") record.figures = figures_of(object);
    return record;
}

void LineSplitter::begin_line() {
    begun_.clear();
    too_long_ = false;
}

void LineSplitter::take(std::string_view part) {
    if (too_long_) return;
    if (begun_.size() + part.size() > log_view_line_bytes_max) {
        too_long_ = true;
        ++passed_over_;
        begun_.clear();
        return;
    }
    begun_ += part;
}

}  // namespace parley
