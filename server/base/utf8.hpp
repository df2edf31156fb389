#pragma once

#include <cstddef>
#include <string_view>

namespace parley {

// One character of a text, or one run of bytes in it that is not UTF-8.
struct Utf8Character {
    char32_t code = 0xFFFD;  // U+FFFD where the bytes are not UTF-8
    std::size_t bytes = 1;   // how many the character takes; for bad bytes as Unicode recommends
    bool valid = false;
};

// The first character of a text that is not empty. Overlong forms, surrogates and codes over 10FFFF
// are not valid. Thread-safe.
[[nodiscard]] Utf8Character next_utf8_character(std::string_view text) noexcept;

// A line or paragraph break, a control character, or a mark that changes the direction of what
// follows: what a terminal, a log viewer or a reader could take for something else than text.
[[nodiscard]] bool is_control_or_direction(char32_t code) noexcept;

}  // namespace parley
