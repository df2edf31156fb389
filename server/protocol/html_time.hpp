#pragma once

#include "base/clock.hpp"

#include <string>

namespace parley {

// Times as the pages show them, in UTC.
[[nodiscard]] std::string time_as_shown(WallTime time);  // "22 Jan 2026, 09:44"
[[nodiscard]] std::string time_in_full(WallTime time);   // "22 Jan 2026, 09:44:00 UTC"

}  // namespace parley
