#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace parley {

// A name as it will be shown (NFC, trimmed, inner runs of space made one) and the key by which
// names are compared: two names that look alike have equal keys (libicu's confusables skeleton of
// the case-folded NFKC form).
struct CheckedName {
    std::string shown;
    std::string key;
};

// Who gives a name. An operator may give one that is reserved for the publisher's own people
// ("admin", "moderator"); somebody who signs up may not.
enum class Naming : std::uint8_t { sign_up, by_operator };

// Refuses names that are too short or long, mix scripts in a misleading way, or hold control,
// format, private-use or unassigned characters. The error's field is "name". Thread-safe.
[[nodiscard]] result<CheckedName> check_name(std::string_view utf8, const Limits& limits,
                                             Naming naming = Naming::sign_up);

// The form by which an account is looked up: refuses only what is no text at all, so that an
// account keeps its way in when the limits or the reserved names change. The key may be "".
[[nodiscard]] result<CheckedName> name_for_sign_in(std::string_view utf8);

}  // namespace parley
