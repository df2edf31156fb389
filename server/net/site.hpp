#pragma once

#include "base/config.hpp"
#include "net/asio.hpp"
#include "service/service.hpp"

#include <functional>

namespace parley {

// What the handlers of one shard reach: the use cases and the settings. Outlives every session.
struct Site {
    Service& service;
    const Config& config;
    const Clock& clock;
    // True once the server stops: answers close their connection, readiness fails.
    bool draining = false;
    // False while something the server needs cannot be reached.
    std::function<bool()> is_ready;
    std::function<std::string()> render_metrics;
};

}  // namespace parley
