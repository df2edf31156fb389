#pragma once

#include "live/hub.hpp"
#include "random.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace parley::simulation {

// One socket between a client and a shard: what it takes at a time, and what is on its way. The
// order in it is kept.
struct Link {
    FrameForm form = FrameForm::plain;
    bool open = true;
    ConnectionId id;
    ShardIndex shard = 0;

    // How the socket takes bytes: so many, then not before `pause` is over. 0: all of them.
    std::size_t bytes_per_turn = 0;
    Duration pause{0};
    MonotonicTime blocked_until{};
    bool retry_planned = false;
    bool is_finishing = false;  // it is closed when what waits for it was taken

    MonotonicTime last_arrival{};
    MonotonicTime last_departure{};
    std::uint64_t sent_bytes = 0;
    // Where in the stream a `current` began, and up to when it is proven.
    std::map<std::uint64_t, MonotonicTime> currents;
    std::function<void(const std::string& bytes)> on_bytes;
    std::function<void()> on_closed;
};
using LinkPtr = std::shared_ptr<Link>;

}  // namespace parley::simulation
