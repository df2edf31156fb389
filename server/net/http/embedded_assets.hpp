#pragma once

#include <span>
#include <string_view>

namespace parley {

// One file of the built web client. All views point at constants of the binary.
struct EmbeddedAsset {
    std::string_view name;        // Path below the client's output folder, e.g. "parley.js".
    std::string_view identity;    // The file as built.
    std::string_view gzip;        // The same, gzip level 9.
    std::string_view sha256_hex;  // Of `identity`, 64 lower-case digits: fit for an ETag.
};

// The files of the web client, sorted by name. Callable from any thread, at any time.
[[nodiscard]] std::span<const EmbeddedAsset> embedded_assets();

}  // namespace parley
