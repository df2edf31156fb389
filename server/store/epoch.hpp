#pragma once

#include "discussion/types.hpp"

namespace parley {

// A new name for a history: 50 random bits, without letters and digits that people confuse.
// unavailable where the system gives no random numbers.
[[nodiscard]] result<Epoch> random_epoch();

}  // namespace parley
