#pragma once

#include "base/config.hpp"
#include "net/asio.hpp"
#include "net/ops_hooks.hpp"
#include "service/service.hpp"

namespace parley {

// What the handlers of one shard reach: the use cases and the settings. Outlives every session.
struct Site {
    Service& service;
    const Config& config;
    const Clock& clock;
    // True once the server stops: answers close their connection, readiness fails.
    bool draining = false;
    const OpsHooks& ops;
};

}  // namespace parley
