#pragma once

#include "base/error.hpp"
#include "net/asio.hpp"

#include <cstdint>
#include <string>

namespace parley {

// Whether the kernel may spread what arrives over several listening sockets of this process.
enum class Listening : std::uint8_t {
    alone,
    first,   // takes the port as `alone` does, and shares it from then on
    joining  // beside a first one. Another process of the same user would not refuse it
};

// Opens a listening socket on host and port (0 = any free one). Errors: unavailable, with a
// sentence that names the address and the reason.
[[nodiscard]] result<TcpAcceptor> open_listener(Executor executor, const std::string& host,
                                                std::uint16_t port,
                                                Listening listening = Listening::alone);

// What every connection it accepts begins with, since accepted sockets inherit it, which saves a
// call of the kernel for each: no delay for small writes. Not TCP_USER_TIMEOUT: under it Linux cuts
// a reader whose window stays smaller than the next segment, however steadily it reads.
void set_inherited_options(TcpAcceptor& acceptor);

}  // namespace parley
