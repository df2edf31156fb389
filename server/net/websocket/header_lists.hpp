#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace parley {

// Lists in header fields, read strictly: a malformed list is nothing at all, where a lenient reader
// would stop at the fault and use what came before. Pure; the results are views into the text. Who
// calls bounds the length of the text.

struct ExtensionParameter {
    std::string_view name;
    std::optional<std::string_view> value;  // without its quotes
};

struct ExtensionOffer {
    std::string_view name;
    std::vector<ExtensionParameter> parameters;
};

// `#token` (RFC 9110, section 5.6.1): empty elements are skipped.
[[nodiscard]] std::optional<std::vector<std::string_view>> parse_token_list(std::string_view text);

// `Sec-WebSocket-Extensions` (RFC 6455, section 9.1). A quoted value must be a token inside of its
// quotes, as that section asks, so there is nothing to unescape.
[[nodiscard]] std::optional<std::vector<ExtensionOffer>> parse_extension_list(
    std::string_view text);

// Without the spaces and tabs around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
// Of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace parley
