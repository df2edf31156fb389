#include "protocol/json_writer.hpp"

#include "base/utf8.hpp"

#include <array>
#include <charconv>

namespace parley {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool is_plain(unsigned char byte) {
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

void append_escaped(std::string& out, unsigned char byte) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (byte) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    out += "\\u00";
    out += hex[byte >> 4U];
    out += hex[byte & 0xFU];
}

void append_number(std::string& out, std::int64_t value) {
    std::array<char, 20> digits{};  // as long as the lowest value with its sign
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t run = 0;
        while (run < text.size() && is_plain(static_cast<unsigned char>(text[run]))) ++run;
        out += text.substr(0, run);
        text.remove_prefix(run);
        if (text.empty()) break;
        const auto byte = static_cast<unsigned char>(text.front());
        if (byte < 0x80) {
            append_escaped(out, byte);
            text.remove_prefix(1);
            continue;
        }
        const Utf8Character next = next_utf8_character(text);
        out += next.valid ? text.substr(0, next.bytes) : replacement;
        text.remove_prefix(next.bytes);
    }
    out += '"';
}

JsonWriter& JsonWriter::number(std::int64_t value) {
    separate();
    append_number(out_, value);
    return *this;
}

JsonWriter& JsonWriter::digits(std::int64_t value) {
    separate();
    out_ += '"';
    append_number(out_, value);
    out_ += '"';
    return *this;
}

}  // namespace parley
