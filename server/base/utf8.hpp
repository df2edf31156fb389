#pragma once

#include <cstddef>
#include <cstdint>
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

// Checks a text that arrives in pieces, by the ranges of RFC 3629, section 4. Takes no memory; one
// thread.
class Utf8Validator {
public:
    // The next piece. False as soon as no continuation could make the text valid; what was given
    // after that means nothing until reset().
    [[nodiscard]] bool write(std::string_view piece) noexcept;
    // True where the text may end here: no character is half written.
    [[nodiscard]] bool complete() const noexcept { return missing_ == 0; }
    void reset() noexcept { *this = {}; }

private:
    std::uint8_t missing_ = 0;  // continuation bytes of the character that has begun
    std::uint8_t low_ = 0x80;   // the next of them lies between these two
    std::uint8_t high_ = 0xBF;
};

// A line or paragraph break, a control character, or a mark that changes the direction of what
// follows: what a terminal, a log viewer or a reader could take for something else than text.
[[nodiscard]] bool is_control_or_direction(char32_t code) noexcept;

}  // namespace parley
