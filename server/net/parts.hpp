#pragma once

#include "base/config.hpp"
#include "bus/bus.hpp"
#include "service/service.hpp"

namespace parley {

// What a server is made of. All of it outlives the server and is shared by its shards.
struct ServerParts {
    const Config& config;
    const Clock& clock;
    Writer& writer;
    ReaderPool& readers;
    ReaderPool& live_readers;
    PasswordPool& passwords;
    Bus& bus;
};

}  // namespace parley
