#pragma once

#include "base/error.hpp"
#include "net/asio.hpp"

#include <cstdint>
#include <string>

namespace parley {

// Opens a listening socket on host and port (0 = any free one). Errors: unavailable, with a
// sentence that names the address and the reason.
[[nodiscard]] result<TcpAcceptor> open_listener(Executor executor, const std::string& host,
                                                std::uint16_t port);

}  // namespace parley
