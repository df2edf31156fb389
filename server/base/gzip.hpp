#pragma once

#include <string>
#include <string_view>

namespace parley {

// The gzip form of `bytes` (RFC 1952), at a level that suits answers made while somebody waits.
// Thread-safe.
[[nodiscard]] std::string gzip(std::string_view bytes);

}  // namespace parley
