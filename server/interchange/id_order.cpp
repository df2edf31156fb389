#include "interchange/lines.hpp"

#include <algorithm>

namespace parley {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits that a text begins with, without leading zeros.
std::string_view take_number(std::string_view& text) {
    const auto* end = std::find_if_not(text.begin(), text.end(), is_digit);
    std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    return digits;
}

}  // namespace

bool id_less(std::string_view left, std::string_view right) noexcept {
    std::string_view first = left;
    std::string_view second = right;
    while (!first.empty() && !second.empty()) {
        if (is_digit(first.front()) && is_digit(second.front())) {
            const std::string_view low = take_number(first);
            const std::string_view high = take_number(second);
            if (low.size() != high.size()) return low.size() < high.size();
            if (low != high) return low < high;
            continue;
        }
        if (first.front() != second.front()) {
            return static_cast<unsigned char>(first.front()) <
                   static_cast<unsigned char>(second.front());
        }
        first.remove_prefix(1);
        second.remove_prefix(1);
    }
    if (first.empty() != second.empty()) return first.empty();
    return left < right;
}

}  // namespace parley
