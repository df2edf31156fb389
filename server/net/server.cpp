#include "net/server.hpp"

#include "base/log.hpp"
#include "net/connections.hpp"
#include "net/http/session.hpp"
#include "net/listener.hpp"
#include "net/metrics.hpp"
#include "net/websocket/live_feed.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <exception>
#include <utility>

namespace parley {

namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// How long accepting pauses when the process is out of file descriptors or connections.
constexpr std::chrono::milliseconds accept_pause_ms{100};
// How often a stopping server looks whether everybody has left.
constexpr std::chrono::milliseconds drain_poll_ms{10};
// Prometheus, a load balancer and an operator: nobody else asks there.
constexpr std::size_t ops_connections_max = 64;

void on_session_end(const std::exception_ptr& problem) {
    if (!problem) return;
    try {
        std::rethrow_exception(problem);
    } catch (const std::exception& exception) {
        log_event(LogLevel::error, "http.session_failed", {{"what", exception.what()}});
    }
}

struct AcceptLoop {
    TcpAcceptor& acceptor;
    SessionContext& context;
    std::size_t connections_max;
};

Awaitable<void> accept_sessions(Executor executor, AcceptLoop loop) {
    Timer pause(executor);
    bool full_logged = false;
    while (loop.acceptor.is_open()) {
        if (loop.context.connections.size() >= loop.connections_max) {
            if (!std::exchange(full_logged, true)) {
                log_event(LogLevel::warn, "server.connections_full",
                          {{"connections", loop.context.connections.size()}});
            }
            pause.expires_after(accept_pause_ms);
            co_await pause.async_wait(use_result);
            continue;
        }
        auto [error, socket] = co_await loop.acceptor.async_accept(executor, use_result);
        if (error == asio::error::operation_aborted || !loop.acceptor.is_open()) co_return;
        if (error) {
            log_event(LogLevel::warn, "server.accept_failed", {{"reason", error.message()}});
            pause.expires_after(accept_pause_ms);
            co_await pause.async_wait(use_result);
            continue;
        }
        full_logged = false;
        asio::co_spawn(executor, run_http_session(std::move(socket), loop.context), on_session_end);
    }
}

}  // namespace

struct Server::Impl {
    explicit Impl(Parts with)
        : parts(with),
          shared(with.config.limits),
          service({with.writer, with.readers, with.live_readers, with.passwords, shared,
                   with.config, with.clock,
                   [this](std::function<void()> work) { asio::post(io, std::move(work)); }}),
          site{service,
               with.config,
               with.clock,
               false,
               [this] { return feed.is_healthy(); },
               [this] {
                   return render_metrics(feed.hub().stats(), parts.writer.stats(),
                                         connections.size());
               }},
          feed(io.get_executor(), site),
          public_context{site, connections, public_routes(), &feed},
          ops_context{site, ops_connections, ops_routes(), nullptr},
          acceptor(io),
          ops_acceptor(io),
          signals(io.get_executor(), SIGTERM, SIGINT),
          drain_timer(io.get_executor()) {
        parts.bus.subscribe([this](const std::shared_ptr<const Changeset>& changeset) {
            shared.on_changeset(*changeset);
            asio::post(io, [this, changeset] { feed.hub().on_changeset(changeset, feed.now()); });
        });
    }

    void begin_drain() {
        if (site.draining) return;
        site.draining = true;
        drain_deadline = parts.clock.monotonic_now() +
                         std::chrono::milliseconds(parts.config.limits.drain_deadline_ms);
        log_event(LogLevel::info, "server.draining", {{"connections", connections.size()}});
        boost::system::error_code ignored;
        acceptor.close(ignored);
        connections.close_when_idle();
        poll_drain();
    }

    void poll_drain() {
        if (connections.size() == 0) return finish();
        if (parts.clock.monotonic_now() >= drain_deadline) {
            log_event(LogLevel::warn, "server.drain_cut", {{"connections", connections.size()}});
            service.abandon_reads();
            connections.close_now();
            // What was cut comes back to its session in the next turns of the loop.
            asio::post(io, [this] { finish(); });
            return;
        }
        drain_timer.expires_after(drain_poll_ms);
        drain_timer.async_wait([this](const boost::system::error_code& error) {
            if (!error) poll_drain();
        });
    }

    // Ends what would keep the loop alive; run() returns when the last handler has run.
    void finish() {
        boost::system::error_code ignored;
        ops_acceptor.close(ignored);
        ops_connections.close_now();
        feed.stop();
        signals.cancel(ignored);
    }

    Parts parts;
    // Before the loop: a session that the loop's end destroys leaves them.
    Connections connections;
    Connections ops_connections;
    asio::io_context io{1};
    ServiceShared shared;
    Service service;
    Site site;
    LiveFeed feed;
    SessionContext public_context;
    SessionContext ops_context;
    TcpAcceptor acceptor;
    TcpAcceptor ops_acceptor;
    asio::basic_signal_set<Executor> signals;
    Timer drain_timer;
    MonotonicTime drain_deadline{};
};

Server::Server(Parts parts) : impl_(std::make_unique<Impl>(parts)) {}
Server::~Server() = default;

result<void> Server::listen() {
    const Config& config = impl_->parts.config;
    auto listening =
        open_listener(impl_->io.get_executor(), config.server.host, config.server.port);
    if (listening.has_error()) return std::move(listening.error());
    auto ops = open_listener(impl_->io.get_executor(), config.ops.host, config.ops.port);
    if (ops.has_error()) return std::move(ops.error());
    impl_->acceptor = std::move(*listening);
    impl_->ops_acceptor = std::move(*ops);
    log_event(LogLevel::info, "server.listening",
              {{"port", impl_->acceptor.local_endpoint().port()},
               {"host", config.server.host},
               {"ops_port", impl_->ops_acceptor.local_endpoint().port()}});
    return {};
}

void Server::run() {
    impl_->feed.start();
    impl_->service.resume_removals();
    const Executor executor = impl_->io.get_executor();
    const Limits& limits = impl_->parts.config.limits;
    asio::co_spawn(executor,
                   accept_sessions(executor, AcceptLoop{impl_->acceptor, impl_->public_context,
                                                        limits.connections_max}),
                   on_session_end);
    asio::co_spawn(executor,
                   accept_sessions(executor, AcceptLoop{impl_->ops_acceptor, impl_->ops_context,
                                                        ops_connections_max}),
                   on_session_end);
    impl_->signals.async_wait([this](const boost::system::error_code& error, int number) {
        if (error) return;
        log_event(LogLevel::info, "server.signal", {{"signal", number}});
        impl_->begin_drain();
    });
    impl_->io.run();
}

void Server::settle() {
    impl_->io.restart();
    impl_->io.run();
}

void Server::stop() {
    asio::post(impl_->io, [this] { impl_->begin_drain(); });
}

}  // namespace parley
