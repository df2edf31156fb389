#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace parley {

// Private to this folder: what text may be, before anybody reads it.

// White space of any script, line feeds included.
[[nodiscard]] bool is_space(char32_t code) noexcept;

// Characters that show nothing and take no room: zero-width ones, soft hyphens, marks of direction.
[[nodiscard]] bool is_invisible(char32_t code) noexcept;

// Whether nobody would see anything of the text.
[[nodiscard]] bool is_blank(std::string_view text) noexcept;

// Text of several lines: trimmed, every line break a line feed, marks of direction that are not
// closed on their line dropped. Refused with the name of the field: malformed where it is not
// UTF-8, invalid_field where it holds other control characters.
[[nodiscard]] result<std::string> clean_text(std::string_view text, std::string_view field);

// The same for one line: a title or a name, without line feeds and tabs, 1 to `chars_max`
// characters of which one is visible.
[[nodiscard]] result<std::string> clean_line(std::string_view text, std::string_view field,
                                             std::size_t chars_max);

// An http or https URL with a host, within url_chars_max.
[[nodiscard]] bool is_web_url(std::string_view url) noexcept;

}  // namespace parley
