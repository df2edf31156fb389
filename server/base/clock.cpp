#include "base/clock.hpp"

#include <array>

namespace parley {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr WallTime earliest{};
constexpr WallTime latest = sys_days{std::chrono::year{9999} / 12 / 31} + days{1} - milliseconds{1};

constexpr std::size_t text_chars_max = 64;

void append_number(std::string& out, std::int64_t number, std::size_t width) {
    const std::string digits = std::to_string(number);
    if (digits.size() < width) out.append(width - digits.size(), '0');
    out += digits;
}

// Reads fixed fields from the front of a text. After the first thing that does not fit, nothing
// fits.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int number(std::size_t width) {
        if (rest_.size() < width) return fail();
        int value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            if (!is_digit(rest_[i])) return fail();
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(width);
        return value;
    }

    // True, and the character is consumed, where the next one is among `allowed`.
    bool skip(std::string_view allowed) {
        if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(std::string_view allowed) {
        if (!skip(allowed)) fail();
    }

    // One or more digits after a decimal point, cut off after the third.
    milliseconds fraction() {
        if (rest_.empty() || !is_digit(rest_.front())) return milliseconds{fail()};
        int value = 0;
        int weight = 100;
        while (!rest_.empty() && is_digit(rest_.front())) {
            value += weight * (rest_.front() - '0');
            weight /= 10;
            rest_.remove_prefix(1);
        }
        return milliseconds{value};
    }

    [[nodiscard]] bool finished() const { return !failed_ && rest_.empty(); }

private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    int fail() {
        failed_ = true;
        rest_ = {};
        return 0;
    }

    std::string_view rest_;
    bool failed_ = false;
};

Error not_a_time() {
    return make_error(Errc::invalid_field,
                      "A time must be RFC 3339 between the years 1970 and 9999, like "
                      "2022-01-22T09:32:00Z.");
}

}  // namespace

WallTime SystemClock::wall_now() const {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

MonotonicTime SystemClock::monotonic_now() const { return std::chrono::steady_clock::now(); }

std::string format_rfc3339(WallTime time) {
    const sys_days day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::string out;
    out.reserve(24);
    append_number(out, static_cast<int>(date.year()), 4);
    out += '-';
    append_number(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_number(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_number(out, clock.hours().count(), 2);
    out += ':';
    append_number(out, clock.minutes().count(), 2);
    out += ':';
    append_number(out, clock.seconds().count(), 2);
    out += '.';
    append_number(out, clock.subseconds().count(), 3);
    out += 'Z';
    return out;
}

result<WallTime> parse_rfc3339(std::string_view text) {
    if (text.size() > text_chars_max) return not_a_time();
    Scanner scan(text);
    const std::chrono::year year{scan.number(4)};
    scan.expect("-");
    const std::chrono::month month{static_cast<unsigned>(scan.number(2))};
    scan.expect("-");
    const std::chrono::day day{static_cast<unsigned>(scan.number(2))};
    scan.expect("Tt");
    const int hour = scan.number(2);
    scan.expect(":");
    const int minute = scan.number(2);
    scan.expect(":");
    const int second = scan.number(2);
    const milliseconds fraction = scan.skip(".") ? scan.fraction() : milliseconds{0};

    minutes offset{0};
    if (!scan.skip("Zz")) {
        const int sign = scan.skip("-") ? -1 : 1;
        if (sign == 1) scan.expect("+");
        const int offset_hour = scan.number(2);
        scan.expect(":");
        const int offset_minute = scan.number(2);
        if (offset_hour > 23 || offset_minute > 59) return not_a_time();
        offset = sign * (hours{offset_hour} + minutes{offset_minute});
    }

    const std::chrono::year_month_day date{year, month, day};
    if (!scan.finished() || !date.ok()) return not_a_time();
    if (hour > 23 || minute > 59 || second > 60) return not_a_time();

    const WallTime to_minute = sys_days{date} + hours{hour} + minutes{minute} - offset;
    // A leap second is told as the second before it: our days have 86,400 seconds.
    const bool is_leap = second == 60;
    if (is_leap && to_minute - std::chrono::floor<days>(to_minute) != hours{23} + minutes{59}) {
        return not_a_time();
    }
    const WallTime time = to_minute + seconds{is_leap ? 59 : second} + fraction;
    if (time < earliest || time > latest) return not_a_time();
    return time;
}

}  // namespace parley
