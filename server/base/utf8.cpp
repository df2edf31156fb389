#include "base/utf8.hpp"

namespace parley {

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

bool is_control_or_direction(char32_t code) noexcept {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace parley
