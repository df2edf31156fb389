#pragma once

#include "bus/bus.hpp"

#include <memory>
#include <string>

namespace parley {

struct RedisBusSettings {
    std::string url;       // as redis/address.hpp reads it
    std::string secret;    // of the installation
    std::string instance;  // a name for people; the bus adds a random part of its own
};

// The bus between instances, through Redis. Has a thread of its own, which connects at once, keeps
// on trying for ever, and publishes what is queued before it ends, for at most bus_stop_timeout_ms.
// invalid_field where the URL cannot be read or the certificates it names cannot; whether anybody
// is there is no reason not to start.
[[nodiscard]] result<std::unique_ptr<Bus>> make_redis_bus(const RedisBusSettings& settings);

}  // namespace parley
