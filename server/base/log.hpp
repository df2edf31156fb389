#pragma once

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

// Sets level, format and the instance name that every line carries. Call once, before the threads
// start. Until then events of level info and above go out as JSON. Lines go to standard error.
void configure_log(LogLevel level, LogFormat format, std::string_view instance);

// Writes one event as one line: {"time":…,"level":"info","event":"server.listening","instance":…,
// "port":8080}. Event names are lower case, `area.what_happened`. Thread-safe, never throws; an
// event that cannot be written is counted, not retried.
void log_event(LogLevel level, std::string_view event,
               std::initializer_list<LogField> fields = {}) noexcept;

// Writes out what is buffered. Called before the process ends.
void flush_log() noexcept;

// The line itself, without the line feed; separate so that tests can read it.
[[nodiscard]] std::string render_log_line(LogFormat format, std::string_view time, LogLevel level,
                                          std::string_view event, std::string_view instance,
                                          std::initializer_list<LogField> fields);

}  // namespace parley
