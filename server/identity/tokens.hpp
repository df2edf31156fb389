#pragma once

#include "discussion/types.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace parley {

// 256 random bits as 43 characters of base64url. Only its SHA-256 is stored.
[[nodiscard]] std::string make_session_token();
// The digest to store and look up; nothing where the text does not have the shape of a token.
[[nodiscard]] std::optional<Digest256> session_token_digest(std::string_view token);

[[nodiscard]] Digest256 sha256(std::string_view bytes);

// 32 hexadecimal digits for a text, the same for all who have the secret; nobody else can tell what
// the text was, or try texts until one fits.
[[nodiscard]] std::string blinded(std::string_view secret, std::string_view text);

}  // namespace parley
