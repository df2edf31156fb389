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

// How long accepting pauses when something is short.
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

Awaitable<void> accept_connections(AcceptLoop loop) {
    const Executor executor = loop.acceptor.get_executor();
    Timer pause(executor);
    bool is_short = false;
    while (loop.acceptor.is_open()) {
        try {
            if (std::exchange(is_short, false)) {
                pause.expires_after(accept_pause_ms);
                co_await pause.async_wait(use_result);
            }
            const std::size_t open = loop.open_count();
            if (open >= loop.connections_max) {
                log_event(LogLevel::warn, "server.connections_full", {{"connections", open}});
                is_short = true;
                continue;
            }
            asio::ip::tcp::endpoint peer;
            auto [error, socket] = co_await loop.acceptor.async_accept(executor, peer, use_result);
            if (error == asio::error::operation_aborted || !loop.acceptor.is_open()) break;
            if (error) {
                log_event(LogLevel::warn, "server.accept_failed", {{"reason", error.message()}});
                is_short = true;
                continue;
            }
            loop.serve(std::move(socket), peer);
        } catch (const std::exception& exception) {
            log_event(LogLevel::error, "server.accept_threw", {{"what", exception.what()}});
            is_short = true;
        }
    }
}

}  // namespace parley
