#include "base/utf8.hpp"

#include <cstring>

namespace parley {

namespace {

// How many of the first bytes are ASCII, in steps of eight.
std::size_t ascii_run(std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    std::size_t length = 0;
    while (length + sizeof(std::uint64_t) <= text.size()) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, text.data() + length, sizeof(eight));
        if ((eight & high_bits) != 0) break;
        length += sizeof(eight);
    }
    return length;
}

}  // namespace

Utf8Character next_utf8_character(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return {first, 1, true};
    if (first < 0xC2 || first > 0xF4) return {};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    // The second byte's range excludes overlong forms, surrogates and codes over 10FFFF.
    const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    char32_t code = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const bool continues = i < text.size() && (i == 1 ? byte(i) >= low && byte(i) <= high
                                                          : (byte(i) & 0xC0U) == 0x80U);
        if (!continues) return {0xFFFD, i, false};
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    return {code, length, true};
}

bool Utf8Validator::write(std::string_view piece) noexcept {
    for (std::size_t i = 0; i < piece.size();) {
        if (missing_ == 0) {
            i += ascii_run(piece.substr(i));
            if (i == piece.size()) break;
        }
        const auto byte = static_cast<unsigned char>(piece[i++]);
        if (missing_ > 0) {
            if (byte < low_ || byte > high_) return false;
            --missing_;
            low_ = 0x80;
            high_ = 0xBF;
        } else if (byte >= 0x80) {
            if (byte < 0xC2 || byte > 0xF4) return false;
            missing_ = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
            // The second byte's range excludes overlong forms, surrogates and codes over 10FFFF.
            low_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
            high_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
        }
    }
    return true;
}

bool is_control_or_direction(char32_t code) noexcept {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace parley
