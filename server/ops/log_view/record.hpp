#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

// The figures of one event `stats`. What a line does not have is absent.
struct LogFigures {
    std::string version;
    std::string store;
    std::string bus;
    std::optional<double> readers;
    std::optional<double> connections;
    std::optional<double> requests_per_s;
    std::optional<double> deliveries_per_s;
    std::optional<double> commits_per_s;
    std::optional<double> request_p99_ms;
    std::optional<double> commit_p50_ms;
    std::optional<double> commit_p99_ms;
    std::optional<double> delivery_p50_ms;
    std::optional<double> delivery_p99_ms;
    std::optional<double> loop_lag_ms;
    std::optional<double> bus_probe_age_ms;
};

// One line of a log, as far as a view of logs cares.
struct LogRecord {
    WallTime time{};
    LogLevel level = LogLevel::info;
    std::string event;
    std::string instance;     // "" where the line names none
    std::uint64_t times = 1;  // how often it happened, with those that were only counted
    std::optional<LogFigures> figures;
};

// Reads lines of the JSON format. Keeps its buffers; for one thread.
class LogLineReader {
public:
    LogLineReader();
    ~LogLineReader();
    LogLineReader(const LogLineReader&) = delete;
    LogLineReader& operator=(const LogLineReader&) = delete;

    // Nothing where the line is not one that Parley writes.
    [[nodiscard]] std::optional<LogRecord> read(std::string_view line);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Cuts bytes into lines. A line over log_view_line_bytes_max is passed over and counted.
class LineSplitter {
public:
    template <class Visit>  // visit(std::string_view line), without the line feed
    void add(std::string_view bytes, Visit visit) {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            take(bytes.substr(0, end));
            if (end == std::string_view::npos) return;
            if (!too_long_) visit(std::string_view(begun_));
            begin_line();
            bytes.remove_prefix(end + 1);
        }
    }
    // Forgets a line that was begun.
    void begin_line();
    [[nodiscard]] std::uint64_t passed_over() const { return passed_over_; }

private:
    void take(std::string_view part);

    std::string begun_;
    bool too_long_ = false;
    std::uint64_t passed_over_ = 0;
};

}  // namespace parley
