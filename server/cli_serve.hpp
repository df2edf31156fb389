#pragma once

#include "base/config.hpp"

namespace parley {

// Serves until SIGTERM or SIGINT. Returns the process's exit code (cli_common.hpp).
[[nodiscard]] int run_serve(const Config& config);

}  // namespace parley
