#include "base/log.hpp"

#include "base/clock.hpp"
#include "base/log_repeats.hpp"
#include "base/utf8.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <mutex>

namespace parley {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warn: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

void append_escape(std::string& out, char32_t code) {
    static constexpr std::string_view hex = "0123456789abcdef";
    switch (code) {
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    out += "\\u";
    for (const unsigned shift : {12U, 8U, 4U, 0U}) out += hex[(code >> shift) & 0xFU];
}

// A JSON string; the text format quotes the same way.
void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const Utf8Character c = next_utf8_character(text);
        if (!c.valid) {
            out += "\xEF\xBF\xBD";
        } else if (is_control_or_direction(c.code)) {
            append_escape(out, c.code);
        } else {
            if (c.code == '"' || c.code == '\\') out += '\\';
            out += text.substr(0, c.bytes);
        }
        text.remove_prefix(c.bytes);
    }
    out += '"';
}

// Anything but plain ASCII words, numbers, addresses and paths.
bool needs_quotes(std::string_view text) {
    for (const char c : text) {
        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') return true;
    }
    return text.empty();
}

template <class T>
void append_number(std::string& out, T number) {
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), error == std::errc{} ? end : digits.data());
}

void append_value(std::string& out, LogFormat format, const LogField::Value& value) {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        if (format == LogFormat::json || needs_quotes(*text)) append_quoted(out, *text);
        else out += *text;
    } else if (const auto* flag = std::get_if<bool>(&value)) {
        out += *flag ? "true" : "false";
    } else if (const auto* real = std::get_if<double>(&value)) {
        if (std::isfinite(*real)) append_number(out, *real);
        else out += "null";  // JSON has no word for it
    } else {
        append_number(out, std::get<std::int64_t>(value));
    }
}

void append_field(std::string& out, LogFormat format, const LogField& field) {
    if (format == LogFormat::json) {
        out += ',';
        append_quoted(out, field.name);
        out += ':';
    } else {
        out += ' ';
        if (needs_quotes(field.name)) append_quoted(out, field.name);
        else out += field.name;
        out += '=';
    }
    append_value(out, format, field.value);
}

// Since the process began.
std::array<std::atomic<std::uint64_t>, 4> lines_by_level;
std::atomic<std::uint64_t> lines_lost;
std::atomic<std::uint64_t> lines_left_out;

// Standard error, whole lines at a time. A line that cannot be written (a full disk, a closed pipe)
// is counted, and the next one that can be is followed by the count.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    StderrSink(const std::atomic<LogFormat>& format, std::string instance)
        : format_(format), instance_(std::move(instance)) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const std::string_view line(message.payload.data(), message.payload.size());
        if (!write(line)) {
            ++lost_;
            ++lines_lost;
        } else if (lost_ > 0) {
            const std::string note =
                render_log_line(format_, format_rfc3339(SystemClock{}.wall_now()), LogLevel::warn,
                                "log.lines_lost", instance_, {{"count", lost_}});
            if (write(note)) lost_ = 0;
        }
    }

    void flush_() override { std::fflush(stderr); }

private:
    static bool write(std::string_view line) {
        std::string whole(line);
        whole += '\n';
        std::clearerr(stderr);
        const bool written = std::fwrite(whole.data(), 1, whole.size(), stderr) == whole.size();
        return std::fflush(stderr) == 0 && written;
    }

    const std::atomic<LogFormat>& format_;
    std::string instance_;
    std::uint64_t lost_ = 0;  // under the base class's mutex
};

struct Log {
    Log(LogLevel level, LogFormat log_format, std::string_view name)
        : format(log_format),
          instance(name),
          logger("parley", std::make_shared<StderrSink>(format, instance)) {
        logger.set_level(spdlog_level(level));
        logger.flush_on(spdlog::level::off);  // the sink flushes each line itself
        logger.set_error_handler([](const std::string&) {});
    }

    std::atomic<LogFormat> format;
    std::string instance;
    spdlog::logger logger;
};

// Not destroyed either.
struct Repeats {
    std::mutex mutex;
    LogRepeats events;  // protected by mutex
};
Repeats& repeats() {
    static auto* only = new Repeats;
    return *only;
}

bool may_repeat(LogLevel level) { return level >= LogLevel::warn; }

// Never destroyed, so that events of the last moments find it.
std::unique_ptr<Log>& current_log() {
    static auto* log =
        new std::unique_ptr<Log>(std::make_unique<Log>(LogLevel::info, LogFormat::json, ""));
    return *log;
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug: return "debug";
        case LogLevel::info: return "info";
        case LogLevel::warn: return "warn";
        case LogLevel::error: return "error";
    }
    return "error";
}

void configure_log(LogLevel level, LogFormat format, std::string_view instance) {
    current_log() = std::make_unique<Log>(level, format, instance);
    Repeats& known = repeats();
    const std::lock_guard lock(known.mutex);
    known.events = LogRepeats();
}

void change_log(LogLevel level, LogFormat format) noexcept {
    Log& log = *current_log();
    log.format = format;
    log.logger.set_level(spdlog_level(level));
}

void log_event(LogLevel level, std::string_view event,
               std::initializer_list<LogField> fields) noexcept {
    try {
        Log& log = *current_log();
        if (!log.logger.should_log(spdlog_level(level))) return;
        std::uint64_t repeated = 0;
        if (may_repeat(level)) {
            Repeats& known = repeats();
            const std::lock_guard lock(known.mutex);
            const auto admitted = known.events.admit(level, event, SystemClock{}.monotonic_now());
            if (!admitted) {
                ++lines_left_out;
                return;
            }
            repeated = *admitted;
        }
        ++lines_by_level.at(static_cast<std::size_t>(level));
        const std::string time = format_rfc3339(SystemClock{}.wall_now());
        log.logger.log(spdlog_level(level),
                       spdlog::string_view_t(render_log_line(log.format, time, level, event,
                                                             log.instance, fields, repeated)));
    } catch (...) {
        // Out of memory: there is nothing left to report it with.
    }
}

namespace {

void tell(const std::vector<LogRepeats::LeftOut>& left_out) {
    Log& log = *current_log();
    for (const LogRepeats::LeftOut& one : left_out) {
        // Not by log_event(), which would count it.
        if (!log.logger.should_log(spdlog_level(one.level))) continue;
        ++lines_by_level.at(static_cast<std::size_t>(one.level));
        const std::string time = format_rfc3339(SystemClock{}.wall_now());
        const std::string line =
            render_log_line(log.format, time, one.level, "log.repeated", log.instance,
                            {{"of", one.event}, {"count", one.count}});
        log.logger.log(spdlog_level(one.level), spdlog::string_view_t(line));
    }
}

std::vector<LogRepeats::LeftOut> take_repeats(bool all) {
    Repeats& known = repeats();
    const std::lock_guard lock(known.mutex);
    return all ? known.events.take_all() : known.events.take_due(SystemClock{}.monotonic_now());
}

}  // namespace

void tell_log_repeats() noexcept {
    try {
        tell(take_repeats(false));
    } catch (...) {
        // As above.
    }
}

void flush_log() noexcept {
    try {
        tell(take_repeats(true));
        current_log()->logger.flush();
    } catch (...) {
        // As above.
    }
}

LogStats log_stats() noexcept {
    LogStats stats;
    for (std::size_t i = 0; i < stats.lines.size(); ++i) stats.lines.at(i) = lines_by_level.at(i);
    stats.lost = lines_lost;
    stats.left_out = lines_left_out;
    return stats;
}

std::string render_log_line(LogFormat format, std::string_view time, LogLevel level,
                            std::string_view event, std::string_view instance,
                            std::initializer_list<LogField> fields, std::uint64_t repeated) {
    std::string out;
    out.reserve(128);
    if (format == LogFormat::json) {
        out += "{\"time\":";
        append_quoted(out, time);
        out += ",\"level\":";
        append_quoted(out, to_string(level));
        out += ",\"event\":";
        append_quoted(out, event);
        if (!instance.empty()) append_field(out, format, {"instance", instance});
        for (const LogField& field : fields) append_field(out, format, field);
        if (repeated > 0) append_field(out, format, {"repeated", repeated});
        out += '}';
        return out;
    }
    out += time;
    out += ' ';
    out += to_string(level);
    out += ' ';
    if (needs_quotes(event)) append_quoted(out, event);
    else out += event;
    for (const LogField& field : fields) append_field(out, format, field);
    if (repeated > 0) append_field(out, format, {"repeated", repeated});
    if (!instance.empty()) append_field(out, format, {"instance", instance});
    return out;
}

}  // namespace parley
