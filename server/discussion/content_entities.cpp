#include "discussion/content_entities.hpp"

#include "base/limits.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace parley {

namespace {

using Entity = std::pair<std::string_view, char32_t>;

// Those that people write: the ones of XML, punctuation, signs, and the letters of Latin-1.
constexpr std::array entities{
    Entity{"AElig", 0xC6},   Entity{"Aacute", 0xC1},  Entity{"Acirc", 0xC2},
    Entity{"Agrave", 0xC0},  Entity{"Aring", 0xC5},   Entity{"Atilde", 0xC3},
    Entity{"Auml", 0xC4},    Entity{"Ccedil", 0xC7},  Entity{"ETH", 0xD0},
    Entity{"Eacute", 0xC9},  Entity{"Ecirc", 0xCA},   Entity{"Egrave", 0xC8},
    Entity{"Euml", 0xCB},    Entity{"Iacute", 0xCD},  Entity{"Icirc", 0xCE},
    Entity{"Igrave", 0xCC},  Entity{"Iuml", 0xCF},    Entity{"Ntilde", 0xD1},
    Entity{"OElig", 0x152},  Entity{"Oacute", 0xD3},  Entity{"Ocirc", 0xD4},
    Entity{"Ograve", 0xD2},  Entity{"Oslash", 0xD8},  Entity{"Otilde", 0xD5},
    Entity{"Ouml", 0xD6},    Entity{"Scaron", 0x160}, Entity{"THORN", 0xDE},
    Entity{"Uacute", 0xDA},  Entity{"Ucirc", 0xDB},   Entity{"Ugrave", 0xD9},
    Entity{"Uuml", 0xDC},    Entity{"Yacute", 0xDD},  Entity{"aacute", 0xE1},
    Entity{"acirc", 0xE2},   Entity{"acute", 0xB4},   Entity{"aelig", 0xE6},
    Entity{"agrave", 0xE0},  Entity{"amp", '&'},      Entity{"apos", '\''},
    Entity{"aring", 0xE5},   Entity{"ast", '*'},      Entity{"atilde", 0xE3},
    Entity{"auml", 0xE4},    Entity{"bdquo", 0x201E}, Entity{"bull", 0x2022},
    Entity{"ccedil", 0xE7},  Entity{"cent", 0xA2},    Entity{"colon", ':'},
    Entity{"comma", ','},    Entity{"copy", 0xA9},    Entity{"deg", 0xB0},
    Entity{"divide", 0xF7},  Entity{"eacute", 0xE9},  Entity{"ecirc", 0xEA},
    Entity{"egrave", 0xE8},  Entity{"emsp", 0x2003},  Entity{"ensp", 0x2002},
    Entity{"eth", 0xF0},     Entity{"euml", 0xEB},    Entity{"euro", 0x20AC},
    Entity{"frac12", 0xBD},  Entity{"frac14", 0xBC},  Entity{"frac34", 0xBE},
    Entity{"ge", 0x2265},    Entity{"gt", '>'},       Entity{"hellip", 0x2026},
    Entity{"iacute", 0xED},  Entity{"icirc", 0xEE},   Entity{"iexcl", 0xA1},
    Entity{"igrave", 0xEC},  Entity{"iquest", 0xBF},  Entity{"iuml", 0xEF},
    Entity{"laquo", 0xAB},   Entity{"larr", 0x2190},  Entity{"ldquo", 0x201C},
    Entity{"le", 0x2264},    Entity{"lpar", '('},     Entity{"lsaquo", 0x2039},
    Entity{"lsquo", 0x2018}, Entity{"lt", '<'},       Entity{"mdash", 0x2014},
    Entity{"micro", 0xB5},   Entity{"middot", 0xB7},  Entity{"minus", 0x2212},
    Entity{"nbsp", 0xA0},    Entity{"ndash", 0x2013}, Entity{"ne", 0x2260},
    Entity{"ntilde", 0xF1},  Entity{"num", '#'},      Entity{"oacute", 0xF3},
    Entity{"ocirc", 0xF4},   Entity{"oelig", 0x153},  Entity{"ograve", 0xF2},
    Entity{"ordf", 0xAA},    Entity{"ordm", 0xBA},    Entity{"oslash", 0xF8},
    Entity{"otilde", 0xF5},  Entity{"ouml", 0xF6},    Entity{"para", 0xB6},
    Entity{"percnt", '%'},   Entity{"period", '.'},   Entity{"permil", 0x2030},
    Entity{"plusmn", 0xB1},  Entity{"pound", 0xA3},   Entity{"quot", '"'},
    Entity{"raquo", 0xBB},   Entity{"rarr", 0x2192},  Entity{"rdquo", 0x201D},
    Entity{"reg", 0xAE},     Entity{"rpar", ')'},     Entity{"rsaquo", 0x203A},
    Entity{"rsquo", 0x2019}, Entity{"sbquo", 0x201A}, Entity{"scaron", 0x161},
    Entity{"sect", 0xA7},    Entity{"semi", ';'},     Entity{"shy", 0xAD},
    Entity{"sol", '/'},      Entity{"sup1", 0xB9},    Entity{"sup2", 0xB2},
    Entity{"sup3", 0xB3},    Entity{"szlig", 0xDF},   Entity{"thinsp", 0x2009},
    Entity{"thorn", 0xFE},   Entity{"times", 0xD7},   Entity{"trade", 0x2122},
    Entity{"uacute", 0xFA},  Entity{"ucirc", 0xFB},   Entity{"ugrave", 0xF9},
    Entity{"uml", 0xA8},     Entity{"uuml", 0xFC},    Entity{"vert", '|'},
    Entity{"yacute", 0xFD},  Entity{"yen", 0xA5},     Entity{"yuml", 0xFF},
};
static_assert(std::ranges::is_sorted(entities, {}, &Entity::first));

std::string decode_number(std::string_view digits, int base) {
    std::uint32_t number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, problem] = std::from_chars(digits.data(), end, number, base);
    const bool surrogate = number >= 0xD800 && number <= 0xDFFF;
    if (problem != std::errc{} || stopped != end || number == 0 || number > 0x10FFFF || surrogate) {
        return "\xEF\xBF\xBD";
    }
    const auto code = static_cast<char32_t>(number);
    if (code == '\n' || code == '\r' || code == '\t') return " ";
    std::string out;
    if (!is_control_or_direction(code)) append_utf8(out, code);
    return out;
}

bool starts_with_scheme(std::string_view href, std::string_view scheme) {
    return href.size() > scheme.size() &&
           std::equal(scheme.begin(), scheme.end(), href.begin(), [](char expected, char c) {
               return c == expected || (c >= 'A' && c <= 'Z' && c - 'A' + 'a' == expected);
           });
}

}  // namespace

void append_utf8(std::string& out, char32_t code) {
    const auto add = [&out](char32_t byte) {
        out += static_cast<char>(static_cast<unsigned char>(byte));
    };
    if (code < 0x80) return add(code);
    if (code < 0x800) {
        add(0xC0 | (code >> 6U));
    } else {
        if (code < 0x10000) {
            add(0xE0 | (code >> 12U));
        } else {
            add(0xF0 | (code >> 18U));
            add(0x80 | ((code >> 12U) & 0x3FU));
        }
        add(0x80 | ((code >> 6U) & 0x3FU));
    }
    add(0x80 | (code & 0x3FU));
}

std::string decode_entity(std::string_view entity) {
    if (entity.size() < 3 || entity.front() != '&' || entity.back() != ';') {
        return std::string(entity);
    }
    const std::string_view name = entity.substr(1, entity.size() - 2);
    if (name.front() == '#') {
        const bool hexadecimal = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
        return hexadecimal ? decode_number(name.substr(2), 16) : decode_number(name.substr(1), 10);
    }
    const auto found = std::ranges::lower_bound(entities, name, {}, &Entity::first);
    if (found == entities.end() || found->first != name) return std::string(entity);
    std::string out;
    append_utf8(out, found->second);
    return out;
}

std::string checked_href(std::string_view href) {
    std::string out;
    for (std::size_t i = 0; i < href.size();) {
        const Utf8Character next = next_utf8_character(href.substr(i));
        const bool skipped = !next.valid || next.code == ' ' || next.code == 0xA0 ||
                             is_control_or_direction(next.code);
        if (!skipped) out += href.substr(i, next.bytes);
        i += next.bytes;
    }
    const bool allowed = starts_with_scheme(out, "http://") ||
                         starts_with_scheme(out, "https://") || starts_with_scheme(out, "mailto:");
    return allowed && out.size() <= url_chars_max ? out : std::string();
}

}  // namespace parley
