#pragma once

#include "net/http/session.hpp"

#include <exception>

namespace parley {

// Where connections come from and what serves them. All of it outlives the loop.
struct AcceptLoop {
    TcpAcceptor& acceptor;
    SessionContext& context;
    std::size_t connections_max;
};

// Takes connections and starts a session for each until the acceptor is closed; over
// connections_max, and out of descriptors, it waits. A session that fails harms no other.
Awaitable<void> accept_sessions(Executor executor, AcceptLoop loop);

[[nodiscard]] std::size_t connections_of(const SessionContext& context);

// The completion of a detached coroutine: what it threw is a bug, and logged.
void on_session_end(const std::exception_ptr& problem);

}  // namespace parley
