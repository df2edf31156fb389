#pragma once

#include "net/http/session.hpp"

#include <cstddef>
#include <exception>
#include <functional>

namespace parley {

// Where connections come from and what becomes of them.
struct AcceptLoop {
    TcpAcceptor& acceptor;                    // outlives the loop
    std::size_t connections_max;              // with so many, those who come wait
    std::function<std::size_t()> open_count;  // of connections
    // Takes over what was accepted. Whatever it throws costs that connection and nothing else.
    std::function<void(TcpSocket, const asio::ip::tcp::endpoint&)> serve;
};

// Accepts until the listening socket is closed, which is all that ends it: where descriptors,
// connections or memory are short it pauses and tries again. On the acceptor's thread.
Awaitable<void> accept_connections(AcceptLoop loop);

[[nodiscard]] std::size_t connections_of(const SessionContext& context);

// The completion of a detached coroutine: what it threw is a bug, and logged.
void on_session_end(const std::exception_ptr& problem);

}  // namespace parley
