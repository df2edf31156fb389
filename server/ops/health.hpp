#pragma once

#include "bus/bus.hpp"
#include "net/server.hpp"
#include "store/writer.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace parley {

// What an instance's health is judged by.
struct HealthInput {
    bool draining = false;
    std::vector<Server::Loop> loops;
    bool writer_takes_commands = true;
    std::optional<std::chrono::milliseconds> writer_busy_for;
    Bus::Stats bus;
};

// The verdict, part by part. The bus is told but decides nothing: without it the sweep carries.
struct Health {
    bool ready = true;    // requests may be given to it
    bool alive = true;    // it need not be restarted
    bool store = true;    // could be read at the last sweep of every loop
    bool writer = true;   // takes commands, and the present batch gets on
    bool loops = true;    // every event loop comes to its work in time
    bool answers = true;  // every event loop answered within half of what ends patience
};
[[nodiscard]] Health judge_health(const HealthInput& input);

// {"status":"ready","parts":{"store":{"state":"up","age_ms":120},…}}
[[nodiscard]] std::string readiness_json(const HealthInput& input, const Health& health);
// {"status":"ok"}
[[nodiscard]] std::string liveness_json(const Health& health);

}  // namespace parley
