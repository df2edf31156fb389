#include "base/config_keys.hpp"

#include <algorithm>
#include <charconv>
#include <type_traits>
#include <utility>

namespace parley {

namespace {

template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// The items of "a, b"; an item may stand in double quotes, the whole in brackets, as in TOML.
std::vector<std::string> split_list(std::string_view text) {
    text = trim(text);
    if (text.size() >= 2 && text.starts_with('[') && text.ends_with(']')) {
        text = trim(text.substr(1, text.size() - 2));
    }
    std::vector<std::string> items;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        std::string_view item = trim(text.substr(0, comma));
        if (item.size() >= 2 && item.starts_with('"') && item.ends_with('"')) {
            item = item.substr(1, item.size() - 2);
        }
        items.emplace_back(item);
        text = comma == std::string_view::npos ? std::string_view{} : trim(text.substr(comma + 1));
    }
    return items;
}

std::string quote_toml(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string join(std::span<const std::string_view> words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
        out += words[i];
    }
    return out;
}

Complaint wrong_type(const ConfigKey& key) { return "must be " + describe_allowed(key); }

Complaint assign_text(Config& config, const ConfigKey& key, const TextKey& kind,
                      ConfigValue& value) {
    auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return wrong_type(key);
    if (Complaint complaint = kind.check(*text)) return complaint;
    kind.at(config) = std::move(*text);
    return std::nullopt;
}

Complaint assign_list(Config& config, const ConfigKey& key, const ListKey& kind,
                      ConfigValue& value) {
    auto* items = std::get_if<std::vector<std::string>>(&value);
    if (items == nullptr) return wrong_type(key);
    for (std::size_t i = 0; i < items->size(); ++i) {
        if (const Complaint complaint = kind.check((*items)[i])) {
            return *complaint + " (item " + std::to_string(i + 1) + ")";
        }
    }
    kind.at(config) = std::move(*items);
    return std::nullopt;
}

Complaint assign_number(Config& config, const ConfigKey& key, const NumberKey& kind,
                        const ConfigValue& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < kind.lowest || *number > kind.highest) {
        return wrong_type(key);
    }
    kind.write(config, *number);
    return std::nullopt;
}

Complaint assign_choice(Config& config, const ConfigKey& key, const ChoiceKey& kind,
                        const ConfigValue& value) {
    const auto* word = std::get_if<std::string>(&value);
    if (word == nullptr) return wrong_type(key);
    const auto found = std::ranges::find(kind.choices, std::string_view(*word));
    if (found == kind.choices.end()) return wrong_type(key);
    kind.write(config, static_cast<std::size_t>(found - kind.choices.begin()));
    return std::nullopt;
}

}  // namespace

ConfigValue parse_config_text(const ConfigKey& key, std::string_view text) {
    if (std::holds_alternative<ListKey>(key.kind)) return split_list(text);
    if (std::holds_alternative<FlagKey>(key.kind)) {
        if (text == "true") return true;
        if (text == "false") return false;
    }
    if (std::holds_alternative<NumberKey>(key.kind)) {
        std::int64_t number = 0;
        const char* end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, number);
        if (error == std::errc{} && rest == end) return number;
    }
    return std::string(text);
}

Complaint assign(Config& config, const ConfigKey& key, ConfigValue value) {
    return std::visit(
        Overloaded{[&](const TextKey& kind) { return assign_text(config, key, kind, value); },
                   [&](const ListKey& kind) { return assign_list(config, key, kind, value); },
                   [&](const NumberKey& kind) { return assign_number(config, key, kind, value); },
                   [&](const ChoiceKey& kind) { return assign_choice(config, key, kind, value); },
                   [&](const FlagKey& kind) -> Complaint {
                       const auto* flag = std::get_if<bool>(&value);
                       if (flag == nullptr) return wrong_type(key);
                       kind.at(config) = *flag;
                       return std::nullopt;
                   }},
        key.kind);
}

std::string describe_allowed(const ConfigKey& key) {
    return std::visit(Overloaded{[](const TextKey&) -> std::string { return "text"; },
                                 [](const ListKey&) -> std::string { return "a list of texts"; },
                                 [](const FlagKey&) -> std::string { return "true or false"; },
                                 [](const ChoiceKey& kind) { return join(kind.choices); },
                                 [](const NumberKey& kind) {
                                     std::string range = kind.lowest == kind.highest
                                                             ? std::to_string(kind.lowest)
                                                             : "a whole number from " +
                                                                   std::to_string(kind.lowest) +
                                                                   " to " +
                                                                   std::to_string(kind.highest);
                                     if (!kind.reason.empty())
                                         range.append(": ").append(kind.reason);
                                     return range;
                                 }},
                      key.kind);
}

std::string write_toml_value(const Config& config, const ConfigKey& key) {
    // The accessors take a Config that may be changed; nothing here changes it.
    Config copy = config;
    return std::visit(
        Overloaded{
            [&](const TextKey& kind) { return quote_toml(kind.at(copy)); },
            [&](const FlagKey& kind) { return std::string(kind.at(copy) ? "true" : "false"); },
            [&](const NumberKey& kind) { return std::to_string(kind.read(config)); },
            [&](const ChoiceKey& kind) { return quote_toml(kind.choices[kind.read(config)]); },
            [&](const ListKey& kind) {
                std::string out;
                for (const std::string& item : kind.at(copy)) {
                    out += (out.empty() ? "" : ", ") + quote_toml(item);
                }
                return "[" + out + "]";
            }},
        key.kind);
}

}  // namespace parley
