#include "net/accept.hpp"

#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <utility>

namespace parley {

namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// How long accepting pauses when the process is out of file descriptors or connections.
constexpr std::chrono::milliseconds accept_pause_ms{100};

}  // namespace

void on_session_end(const std::exception_ptr& problem) {
    if (!problem) return;
    try {
        std::rethrow_exception(problem);
    } catch (const std::exception& exception) {
        log_event(LogLevel::error, "http.session_failed", {{"what", exception.what()}});
    }
}

std::size_t connections_of(const SessionContext& context) {
    const std::size_t live = context.live == nullptr ? 0 : context.live->size();
    return context.connections.size() + live;
}

Awaitable<void> accept_sessions(Executor executor, AcceptLoop loop) {
    Timer pause(executor);
    bool full_logged = false;
    while (loop.acceptor.is_open()) {
        if (connections_of(loop.context) >= loop.connections_max) {
            if (!std::exchange(full_logged, true)) {
                log_event(LogLevel::warn, "server.connections_full",
                          {{"connections", connections_of(loop.context)}});
            }
            pause.expires_after(accept_pause_ms);
            co_await pause.async_wait(use_result);
            continue;
        }
        asio::ip::tcp::endpoint peer;
        auto [error, socket] = co_await loop.acceptor.async_accept(executor, peer, use_result);
        if (error == asio::error::operation_aborted || !loop.acceptor.is_open()) co_return;
        if (error) {
            log_event(LogLevel::warn, "server.accept_failed", {{"reason", error.message()}});
            pause.expires_after(accept_pause_ms);
            co_await pause.async_wait(use_result);
            continue;
        }
        full_logged = false;
        asio::co_spawn(executor, run_http_session(std::move(socket), peer, loop.context),
                       on_session_end);
    }
}

}  // namespace parley
