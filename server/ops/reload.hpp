#pragma once

#include "base/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace parley {

// True where a running server takes over a new value of this key; for all others it must be started
// anew.
[[nodiscard]] bool is_reloadable(std::string_view key) noexcept;

// The names of the keys whose values differ.
struct ConfigChanges {
    std::vector<std::string> applied;  // that can be taken over
    std::vector<std::string> waiting;  // for a restart
};
[[nodiscard]] ConfigChanges changes_between(const Config& running, const Config& fresh);

// `running` with what can be taken over from `fresh`.
[[nodiscard]] Config merged_for_reload(const Config& running, const Config& fresh);

}  // namespace parley
