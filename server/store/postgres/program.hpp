#pragma once

#include "base/error.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace parley::postgres {

// One of PostgreSQL's own programs. What it is told in the environment, a password for instance,
// nobody else on the machine sees; arguments everybody does.
struct Program {
    std::vector<std::string> arguments;              // its name first
    std::map<std::string, std::string> environment;  // beside our own
    bool quiet = false;                              // what it prints is of no interest
};

// Runs it to its end; calls `meanwhile` now and then. Its complaints go to standard error.
// unavailable where it is not installed or fails.
[[nodiscard]] result<void> run_program(const Program& program,
                                       const std::function<void()>& meanwhile);

}  // namespace parley::postgres
