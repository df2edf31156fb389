#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace parley {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { json, text };

// One named value of an event. Values are numbers, booleans or text; text is escaped by the writer,
// so whatever it holds stays one line. Never pass passwords, tokens, cookies, addresses' keys or
// what people wrote.
struct LogField {
    using Value = std::variant<std::int64_t, double, bool, std::string_view>;

    template <class T>
    requires std::is_arithmetic_v<T> LogField(std::string_view field_name, T number)
        : name(field_name), value(convert(number)) {}
    LogField(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
    LogField(std::string_view field_name, const char* text)
        : name(field_name), value(std::string_view(text)) {}
    LogField(std::string_view field_name, const std::string& text)
        : name(field_name), value(std::string_view(text)) {}
    LogField(std::string_view field_name, std::chrono::milliseconds duration)
        : name(field_name), value(static_cast<std::int64_t>(duration.count())) {}

    std::string_view name;
    Value value;

private:
    template <class T>
    static Value convert(T number) {
        if constexpr (std::is_same_v<T, bool>) return number;
        else if constexpr (std::is_floating_point_v<T>) return static_cast<double>(number);
        else return static_cast<std::int64_t>(number);
    }
};

// Sets level, format and the name that every line carries, and forgets repeats. Call once, before
// threads start. Until then, events of info and above go out as JSON. Lines go to standard error.
void configure_log(LogLevel level, LogFormat format, std::string_view instance);

// The same for level and format alone, at any time. Thread-safe.
void change_log(LogLevel level, LogFormat format) noexcept;

// Writes one event as one line: {"time":…,"level":"info","event":"server.listening","instance":…,
// "port":8080}. Event names are lower case, `area.what_happened`; server/ops/EVENTS.md has them
// all. Thread-safe, never throws; an event that cannot be written is counted, not retried. A
// warning or an error whose name was written within log_repeat_interval_ms is only counted; the
// next one carries the count as `repeated`.
void log_event(LogLevel level, std::string_view event,
               std::initializer_list<LogField> fields = {}) noexcept;

// Tells of warnings and errors that were only counted and not followed by another one in their
// interval, each as an event log.repeated. To be called now and then. Thread-safe.
void tell_log_repeats() noexcept;

// Writes out what is buffered and what was only counted. Called before the process ends.
void flush_log() noexcept;

struct LogStats {
    std::array<std::uint64_t, 4> lines{};  // written, by level
    std::uint64_t lost = 0;                // that could not be written
    std::uint64_t left_out = 0;            // that were only counted
};
[[nodiscard]] LogStats log_stats() noexcept;  // thread-safe

// The line itself, without the line feed; separate so that tests can read it.
[[nodiscard]] std::string render_log_line(LogFormat format, std::string_view time, LogLevel level,
                                          std::string_view event, std::string_view instance,
                                          std::initializer_list<LogField> fields,
                                          std::uint64_t repeated = 0);

[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

}  // namespace parley
