#include "protocol/html_time.hpp"

#include <array>

namespace parley {

namespace {

std::string two_digits(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::string time_as_shown(WallTime time) {
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return std::to_string(static_cast<unsigned>(date.day())) + " " +
           months.at(static_cast<unsigned>(date.month()) - 1) + " " +
           std::to_string(static_cast<int>(date.year())) + ", " +
           two_digits(clock.hours().count()) + ":" + two_digits(clock.minutes().count());
}

std::string time_in_full(WallTime time) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(time);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time - minute);
    return time_as_shown(time) + ":" + two_digits(seconds.count()) + " UTC";
}

}  // namespace parley
