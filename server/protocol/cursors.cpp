#include "protocol/answers.hpp"

namespace parley {

namespace {

// base64url (RFC 4648, section 5) without padding.
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Error not_a_cursor() {
    return make_error(Errc::invalid_field,
                      "This is not a cursor. Send one as it came with an answer, or none.",
                      "cursor");
}

}  // namespace

std::string encode_cursor(std::string_view order_key) {
    std::string out;
    std::uint32_t bits = 0;
    unsigned held = 0;  // how many of the lowest bits are not written yet
    for (const char c : order_key) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        held += 8;
        while (held >= 6) {
            held -= 6;
            out += alphabet[(bits >> held) & 0x3FU];
        }
    }
    if (held > 0) out += alphabet[(bits << (6 - held)) & 0x3FU];
    return out;
}

// One text for each key: what encode_cursor does not write is refused.
result<std::string> decode_cursor(std::string_view cursor) {
    if (cursor.empty() || cursor.size() % 4 == 1) return not_a_cursor();
    std::string out;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : cursor) {
        const std::size_t value = alphabet.find(c);
        if (value == std::string_view::npos) return not_a_cursor();
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>((bits >> held) & 0xFFU);
    }
    if ((bits & ((1U << held) - 1U)) != 0) return not_a_cursor();
    return out;
}

}  // namespace parley
