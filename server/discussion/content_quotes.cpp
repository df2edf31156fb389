#include "base/utf8.hpp"
#include "discussion/content.hpp"
#include "discussion/content_entities.hpp"
#include "discussion/text_rules.hpp"

#include <vector>

namespace parley {

namespace {

bool is_between(char32_t code, char32_t first, char32_t last) {
    return code >= first && code <= last;
}

// Blocks in which capitals and small letters alternate, and whether the capitals are the even ones.
bool is_capital_of_pair(char32_t code) {
    const bool even = code % 2 == 0;
    if (is_between(code, 0x139, 0x148) || is_between(code, 0x179, 0x17E)) return !even;
    if (is_between(code, 0x4C1, 0x4CE)) return !even;
    return even && (is_between(code, 0x100, 0x12F) || is_between(code, 0x132, 0x137) ||
                    is_between(code, 0x14A, 0x177) || is_between(code, 0x460, 0x481) ||
                    is_between(code, 0x48A, 0x4BF) || is_between(code, 0x4D0, 0x52F) ||
                    is_between(code, 0x1E00, 0x1E95) || is_between(code, 0x1EA0, 0x1EFF));
}

// The small letter of a Latin, Greek or Cyrillic capital; other characters as they are.
char32_t to_small(char32_t code) {
    if (is_between(code, 'A', 'Z')) return code + 0x20;
    if (code < 0xC0) return code;
    if (is_between(code, 0xC0, 0xDE)) return code == 0xD7 ? code : code + 0x20;
    if (is_capital_of_pair(code)) return code + 1;
    switch (code) {
        case 0x130: return 'i';
        case 0x178: return 0xFF;
        case 0x386: return 0x3AC;
        case 0x38C: return 0x3CC;
        case 0x38E:
        case 0x38F: return code + 0x3F;
        case 0x3C2: return 0x3C3;  // the sigma at the end of a word
        case 0x1E9E: return 0xDF;
        default: break;
    }
    if (is_between(code, 0x388, 0x38A)) return code + 0x25;
    if (is_between(code, 0x391, 0x3AB)) return code + 0x20;
    if (is_between(code, 0x400, 0x40F)) return code + 0x50;
    if (is_between(code, 0x410, 0x42F)) return code + 0x20;
    return code;
}

bool is_quotation_mark(char32_t code) {
    switch (code) {
        case '"':
        case '\'':
        case '`':
        case 0xAB:
        case 0xBB:
        case 0xB4:
        case 0x2039:
        case 0x203A:
        case 0x300C:
        case 0x300D:
        case 0xFF02:
        case 0xFF07: return true;
        default: return is_between(code, 0x2018, 0x201F) || is_between(code, 0x2032, 0x2033);
    }
}

bool is_dash(char32_t code) {
    return code == '-' || is_between(code, 0x2010, 0x2015) || code == 0x2212 || code == 0xFE58 ||
           code == 0xFF0D;
}

// Text without what a quote may differ in.
std::string normalised(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Utf8Character next = next_utf8_character(text);
        text.remove_prefix(next.bytes);
        const char32_t code = next.code;
        if (is_space(code)) {
            if (!out.empty() && out.back() != ' ') out += ' ';
        } else if (is_invisible(code)) {
            continue;
        } else if (is_quotation_mark(code)) {
            out += '\'';
        } else if (is_dash(code)) {
            if (out.empty() || out.back() != '-') out += '-';
        } else if (code == 0x2026) {
            out += "...";
        } else {
            append_utf8(out, to_small(code));
        }
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

// Knuth, Morris and Pratt: linear however often the text nearly matches.
bool occurs(std::string_view needle, std::string_view text) {
    if (needle.empty() || needle.size() > text.size()) return false;
    std::vector<std::size_t> fallback(needle.size(), 0);
    for (std::size_t i = 1, matched = 0; i < needle.size(); ++i) {
        while (matched > 0 && needle[i] != needle[matched]) matched = fallback[matched - 1];
        if (needle[i] == needle[matched]) ++matched;
        fallback[i] = matched;
    }
    std::size_t matched = 0;
    for (const char c : text) {
        while (matched > 0 && c != needle[matched]) matched = fallback[matched - 1];
        if (c == needle[matched]) ++matched;
        if (matched == needle.size()) return true;
    }
    return false;
}

}  // namespace

bool quote_occurs(std::string_view quote, std::string_view source_markdown) {
    const std::string wanted = normalised(quote);
    if (wanted.empty()) return false;
    const std::string shown = normalised(plain_text(parse_markdown(source_markdown)));
    if (occurs(wanted, shown) || occurs(wanted, normalised(source_markdown))) return true;
    // Somebody may have copied the words with other marks of emphasis around them.
    return occurs(normalised(plain_text(parse_markdown(quote))), shown);
}

}  // namespace parley
