#pragma once

#include <string>
#include <string_view>

namespace parley::fuzz {

// What anybody may send, read by those who read it first. What does not hold is said in a sentence,
// "" while all is well.

// A body or a live message: each parser takes it, or says why not in a sentence with a code for it.
[[nodiscard]] std::string problem_with_json(std::string_view bytes);

// A comment or an article: a tree within its bounds, of known tags, whose links lead to the web or
// to mail, and whose JSON can be read.
[[nodiscard]] std::string problem_with_markdown(std::string_view bytes);

// A target and header fields, a line for each: Origin, Host, Cookie, X-Forwarded-For,
// Authorization, Accept-Encoding, If-None-Match, Content-Type. Nobody is let in who is not on a
// list, and no address is believed that only a stranger told.
[[nodiscard]] std::string problem_with_headers(std::string_view bytes);

// A file that is imported: its lines are within their bounds, stand where they say, and are read or
// refused.
[[nodiscard]] std::string problem_with_lines(std::string_view bytes);

}  // namespace parley::fuzz
