#include "discussion/text_rules.hpp"

#include "base/limits.hpp"
#include "base/utf8.hpp"
#include "discussion/types.hpp"

#include <algorithm>
#include <vector>

namespace parley {

namespace {

constexpr char32_t pop_embedding = 0x202C;
constexpr char32_t pop_isolate = 0x2069;

bool opens_embedding(char32_t code) {
    return code == 0x202A || code == 0x202B || code == 0x202D || code == 0x202E;
}
bool opens_isolate(char32_t code) { return code >= 0x2066 && code <= 0x2068; }

// Drops what would change the direction of the text around: a mark that nothing closes on its line,
// or one that closes nothing.
class DirectionMarks {
public:
    // `at` is where the mark's bytes begin in the text.
    void add(char32_t code, std::size_t at) {
        if (opens_embedding(code) || opens_isolate(code)) {
            open_.push_back({at, opens_isolate(code)});
            if (opens_isolate(code)) ++open_isolates_;
        } else if (code == pop_embedding) {
            if (!open_.empty() && !open_.back().isolate) open_.pop_back();
            else dropped_.push_back(at);
        } else if (code == pop_isolate) {
            close_isolate(at);
        }
    }

    void end_line() {
        for (const Open& mark : open_) dropped_.push_back(mark.at);
        open_.clear();
        open_isolates_ = 0;
    }

    void drop_from(std::string& text) {
        if (dropped_.empty()) return;
        std::sort(dropped_.begin(), dropped_.end());
        std::string kept;
        std::size_t from = 0;
        for (const std::size_t at : dropped_) {
            kept.append(text, from, at - from);
            from = at + 3;  // each mark takes three bytes in UTF-8
        }
        kept.append(text, from);
        text = std::move(kept);
    }

private:
    struct Open {
        std::size_t at = 0;
        bool isolate = false;
    };

    void close_isolate(std::size_t at) {
        if (open_isolates_ == 0) {
            dropped_.push_back(at);
            return;
        }
        // Embeddings inside the isolate end with it, unclosed.
        while (!open_.back().isolate) {
            dropped_.push_back(open_.back().at);
            open_.pop_back();
        }
        open_.pop_back();
        --open_isolates_;
    }

    std::vector<Open> open_;
    std::size_t open_isolates_ = 0;
    std::vector<std::size_t> dropped_;
};

Error not_utf8(std::string_view field) {
    return make_error(Errc::malformed, "The text is not UTF-8.", std::string(field));
}

Error control_character(std::string_view field) {
    return make_error(Errc::invalid_field,
                      "The text holds a control character. Remove it and send the text again.",
                      std::string(field));
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty()) {
        const Utf8Character next = next_utf8_character(text);
        if (!is_space(next.code)) break;
        text.remove_prefix(next.bytes);
    }
    const auto last = text.find_last_not_of(" \n\t");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

bool is_space(char32_t code) noexcept {
    return code == ' ' || (code >= 0x09 && code <= 0x0D) || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool is_invisible(char32_t code) noexcept {
    return code == 0xAD || code == 0x34F || code == 0x61C || code == 0x180E ||
           (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
}

bool is_blank(std::string_view text) noexcept {
    while (!text.empty()) {
        const Utf8Character next = next_utf8_character(text);
        // The Hangul fillers and the empty Braille pattern are letters that show nothing.
        const bool empty_letter = next.code == 0x115F || next.code == 0x1160 ||
                                  next.code == 0x3164 || next.code == 0xFFA0 || next.code == 0x2800;
        if (!is_space(next.code) && !is_invisible(next.code) && !empty_letter) return false;
        text.remove_prefix(next.bytes);
    }
    return true;
}

result<std::string> clean_text(std::string_view text, std::string_view field) {
    std::string out;
    out.reserve(text.size());
    DirectionMarks marks;
    std::string_view rest = text;
    while (!rest.empty()) {
        const Utf8Character next = next_utf8_character(rest);
        if (!next.valid) return not_utf8(field);
        const std::string_view bytes = rest.substr(0, next.bytes);
        rest.remove_prefix(next.bytes);
        if (next.code == '\r' && rest.starts_with('\n')) continue;
        const bool ends_line =
            next.code == '\n' || next.code == '\r' || next.code == 0x2028 || next.code == 0x2029;
        if (ends_line) {
            marks.end_line();
            out += '\n';
        } else if (next.code == '\t') {
            out += '\t';
        } else if (next.code < 0x20 || (next.code >= 0x7F && next.code < 0xA0)) {
            return control_character(field);
        } else {
            marks.add(next.code, out.size());
            out += bytes;
        }
    }
    marks.end_line();
    marks.drop_from(out);
    return std::string(trimmed(out));
}

result<std::string> clean_line(std::string_view text, std::string_view field,
                               std::size_t chars_max) {
    result<std::string> cleaned = clean_text(text, field);
    if (cleaned.has_error()) return cleaned;
    if (cleaned->find_first_of("\n\t") != std::string::npos) return control_character(field);
    if (is_blank(*cleaned) || count_code_points(*cleaned) > chars_max) {
        return make_error(Errc::invalid_field,
                          "This must have 1 to " + std::to_string(chars_max) + " characters.",
                          std::string(field));
    }
    return cleaned;
}

bool is_web_url(std::string_view url) noexcept {
    if (url.size() > url_chars_max) return false;
    std::string_view rest = url;
    if (rest.starts_with("https://")) rest.remove_prefix(8);
    else if (rest.starts_with("http://")) rest.remove_prefix(7);
    else return false;
    if (rest.empty() || rest.find_first_of("/?#:") == 0) return false;
    while (!rest.empty()) {
        const Utf8Character next = next_utf8_character(rest);
        const bool bad = !next.valid || is_space(next.code) || is_invisible(next.code) ||
                         is_control_or_direction(next.code) || next.code == '"' ||
                         next.code == '<' || next.code == '>' || next.code == '\\';
        if (bad) return false;
        rest.remove_prefix(next.bytes);
    }
    return true;
}

}  // namespace parley
