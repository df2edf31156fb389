#pragma once

#include <string>

namespace parley {

// Reads a password from standard input to its end, without one line feed (LF or CRLF) at the end.
// At a terminal it asks for it, reads one line and does not show it.
[[nodiscard]] std::string read_password();

}  // namespace parley
