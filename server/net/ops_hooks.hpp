#pragma once

#include <functional>
#include <string>

namespace parley {

// What whoever operates the server adds to it (ops/, which this folder does not know). Each is
// called on any thread unless something else stands there; where one is not set, nothing is done or
// said.
struct OpsHooks {
    struct Answer {
        bool well = true;  // 200, else 503
        std::string json;
    };
    std::function<std::string()> metrics{};  // Prometheus' text format
    std::function<Answer()> readiness{};     // may it be given requests?
    std::function<Answer()> liveness{};      // or should it be restarted?
    // On the thread of the ops listener:
    std::function<void()> tick{};      // each second, until the end
    std::function<void()> hang_up{};   // SIGHUP
    std::function<void()> stopping{};  // SIGTERM or SIGINT, before anything is closed
};

}  // namespace parley
