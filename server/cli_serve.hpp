#pragma once

#include "base/config.hpp"

#include <functional>

namespace parley {

// Serves until SIGTERM or SIGINT. Returns the process's exit code (cli_common.hpp). `read_config`
// reads the configuration once more, from where `config` came.
[[nodiscard]] int run_serve(const Config& config, std::function<result<Config>()> read_config);

}  // namespace parley
