#include "net/websocket/header_lists.hpp"

#include <algorithm>

namespace parley {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

// RFC 9110, section 5.6.2.
bool is_token_char(char c) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) { skip_spaces(); }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    // Takes the character, with the spaces behind it, if it is next.
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        skip_spaces();
        return true;
    }

    // Empty where none is next.
    std::string_view token() {
        const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
        const std::string_view found =
            rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(found.size());
        skip_spaces();
        return found;
    }

    // A token, with or without quotes; empty where none is next.
    std::string_view value() {
        if (!rest_.starts_with('"')) return token();
        rest_.remove_prefix(1);
        const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
        const std::string_view found =
            rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(found.size());
        return take('"') ? found : std::string_view();
    }

private:
    void skip_spaces() {
        while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    }

    std::string_view rest_;
};

// Reads elements between commas; `element` gives false where what is next is none.
template <class Element>
bool read_list(Reader& reader, Element element) {
    while (!reader.at_end()) {
        if (reader.take(',')) continue;
        if (!element()) return false;
        if (!reader.at_end() && !reader.take(',')) return false;
    }
    return true;
}

bool read_offer(Reader& reader, ExtensionOffer& offer) {
    offer.name = reader.token();
    if (offer.name.empty()) return false;
    while (reader.take(';')) {
        ExtensionParameter parameter{reader.token(), std::nullopt};
        if (parameter.name.empty()) return false;
        if (reader.take('=')) {
            parameter.value = reader.value();
            if (parameter.value->empty()) return false;
        }
        offer.parameters.push_back(parameter);
    }
    return true;
}

}  // namespace

std::optional<std::vector<std::string_view>> parse_token_list(std::string_view text) {
    Reader reader(text);
    std::vector<std::string_view> tokens;
    const bool read = read_list(reader, [&] {
        tokens.push_back(reader.token());
        return !tokens.back().empty();
    });
    if (!read) return std::nullopt;
    return tokens;
}

std::optional<std::vector<ExtensionOffer>> parse_extension_list(std::string_view text) {
    Reader reader(text);
    std::vector<ExtensionOffer> offers;
    const bool read = read_list(reader, [&] { return read_offer(reader, offers.emplace_back()); });
    if (!read) return std::nullopt;
    return offers;
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace parley
