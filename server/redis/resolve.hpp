#pragma once

#include "base/error.hpp"
#include "redis/address.hpp"
#include "redis/asio.hpp"

#include <memory>
#include <vector>

namespace parley::redis {

using Endpoints = std::vector<asio::ip::tcp::endpoint>;

// The addresses of a host. One that is written as an address needs no look-up. A look-up has a
// thread of its own, which is left to itself when the time is over: the system's own limits are
// far longer, and nobody can end it. `patience` is set to the end of the waiting; cancelling it
// ends the waiting at once.
[[nodiscard]] Awaitable<result<Endpoints>> resolve(Host host, std::shared_ptr<Timer> patience,
                                                   std::chrono::milliseconds timeout);

}  // namespace parley::redis
