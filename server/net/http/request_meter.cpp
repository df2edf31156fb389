#include "net/http/request_meter.hpp"

#include <sys/random.h>

#include <algorithm>
#include <numeric>

namespace parley {

namespace {

constexpr std::size_t request_id_chars_max = 64;
// Without those that people confuse. Twelve of them fit a string without memory of its own.
constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
constexpr unsigned bits_of_each = 5;
static_assert(alphabet.size() == 1U << bits_of_each);
constexpr std::size_t made_id_chars = 12;

// Every input has an output of its own, and neighbours look nothing alike (splitmix64).
std::uint64_t scattered(std::uint64_t number) {
    number += 0x9E3779B97F4A7C15U;
    number = (number ^ (number >> 30U)) * 0xBF58476D1CE4E5B9U;
    number = (number ^ (number >> 27U)) * 0x94D049BB133111EBU;
    return number ^ (number >> 31U);
}

std::uint64_t random_start() {
    std::uint64_t start = 0;
    if (::getrandom(&start, sizeof start, 0) == static_cast<ssize_t>(sizeof start)) return start;
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

}  // namespace

void RequestStats::merge(const RequestStats& other) {
    for (std::size_t i = 0; i < classes.size(); ++i) {
        for (std::size_t j = 0; j < status_classes_count; ++j) {
            classes.at(i).by_status.at(j) += other.classes.at(i).by_status.at(j);
        }
        classes.at(i).took_us.merge(other.classes.at(i).took_us);
    }
}

std::uint64_t RequestStats::count() const {
    return std::accumulate(
        classes.begin(), classes.end(), std::uint64_t{0},
        [](std::uint64_t sum, const Class& one) { return sum + one.took_us.count(); });
}

void RequestMeter::add(RouteClass kind, int status, std::chrono::nanoseconds took) {
    const int status_class = std::clamp(status / 100, 1, 5) - 1;
    const std::lock_guard lock(mutex_);
    RequestStats::Class& one = stats_.classes.at(static_cast<std::size_t>(kind));
    ++one.by_status.at(static_cast<std::size_t>(status_class));
    one.took_us.add(took);
}

RequestStats RequestMeter::stats() const {
    const std::lock_guard lock(mutex_);
    return stats_;
}

RequestIds::RequestIds() : next_(random_start()) {}

std::string RequestIds::next() {
    std::uint64_t number = scattered(next_++);
    std::string id(made_id_chars, alphabet.front());
    for (char& c : id) {
        c = alphabet[number % alphabet.size()];
        number >>= bits_of_each;
    }
    return id;
}

bool is_request_id(std::string_view text) {
    const auto is_plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= request_id_chars_max &&
           std::all_of(text.begin(), text.end(), is_plain);
}

}  // namespace parley
