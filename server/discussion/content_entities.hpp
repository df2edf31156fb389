#pragma once

#include <string>
#include <string_view>

namespace parley {

// Private to content_*.cpp: what HTML's character references and Markdown's destinations stand for.

// The character of "&amp;", "&#1234;" or "&#x12ab;", in UTF-8. Line feeds and tabs become spaces,
// control characters and marks of direction nothing, codes that are no characters U+FFFD. A name
// that is not known stays as it was written.
[[nodiscard]] std::string decode_entity(std::string_view entity);

// A link's target without what browsers skip in it (control characters and spaces); "" where it is
// neither http, https nor mailto, or too long. Entities must have been decoded.
[[nodiscard]] std::string checked_href(std::string_view href);

void append_utf8(std::string& out, char32_t code);

}  // namespace parley
