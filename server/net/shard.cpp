#include "net/shard.hpp"

#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace parley {

namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// So many handlers run before what they queued is sent: a steady stream of input cannot put that
// off for ever.
constexpr int handlers_per_turn_count = 1'024;
// How long accepting pauses when the process is out of file descriptors or connections.
constexpr std::chrono::milliseconds accept_pause_ms{100};
// How often a stopping shard looks whether everybody has left.
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

}  // namespace

Shard::Shard(const ServerParts& parts, ServiceShared& shared, ShardIndex index, ShardIndex count,
             Links links)
    : parts_(parts),
      service_({parts.writer, parts.readers, parts.live_readers, parts.passwords, shared,
                parts.config, parts.clock,
                [this](std::function<void()> work) { post(std::move(work)); }}),
      site_{service_,
            parts.config,
            parts.clock,
            false,
            std::move(links.is_ready),
            std::move(links.render_metrics)},
      feed_(io_.get_executor(), site_,
            {index, count, std::move(links.send_mail),
             [&bus = parts.bus](const DiscussionId& discussion, std::uint32_t readers) {
                 bus.tell_presence(discussion, readers);
             }}),
      public_context_{site_, connections_, public_routes(), &feed_, feed_.wheel()},
      ops_context_{site_, ops_connections_, ops_routes(), nullptr, feed_.wheel()},
      connections_max_((parts.config.limits.connections_max + count - 1) / count),
      drain_timer_(io_.get_executor()) {}

Shard::~Shard() {
    // Nobody comes any more. A live socket that is still there has waits in the loop, which live in
    // its own memory.
    acceptor_.reset();
    ops_acceptor_.reset();
    feed_.cut_all();
    io_.restart();
    io_.poll();
}

void Shard::accept_public(TcpAcceptor acceptor) {
    acceptor_ = std::move(acceptor);
    asio::co_spawn(executor(),
                   accept_sessions(executor(), {*acceptor_, public_context_, connections_max_}),
                   on_session_end);
}

void Shard::accept_ops(TcpAcceptor acceptor) {
    ops_acceptor_ = std::move(acceptor);
    asio::co_spawn(executor(),
                   accept_sessions(executor(), {*ops_acceptor_, ops_context_, ops_connections_max}),
                   on_session_end);
}

void Shard::post(std::function<void()> work) { asio::post(io_, std::move(work)); }

void Shard::run() {
    feed_.start();
    while (io_.run_one() > 0) {
        feed_.begin_turn();
        for (int i = 1; i < handlers_per_turn_count && io_.poll_one() > 0; ++i) {
        }
        end_turn();
    }
}

void Shard::settle() {
    io_.restart();
    while (io_.run_one() > 0) {
        feed_.begin_turn();
        end_turn();
    }
}

void Shard::end_turn() {
    feed_.end_turn();
    const std::lock_guard lock(stats_mutex_);
    stats_ = {feed_.stats(), connections_count()};
}

Shard::Stats Shard::stats() const {
    const std::lock_guard lock(stats_mutex_);
    return stats_;
}

std::size_t Shard::connections_count() const { return connections_of(public_context_); }

void Shard::drain(MonotonicTime deadline) {
    if (site_.draining) return;
    site_.draining = true;
    drain_deadline_ = deadline;
    boost::system::error_code ignored;
    if (acceptor_) acceptor_->close(ignored);
    connections_.close_when_idle();
    feed_.close_all(CloseCode::service_restart);
    poll_drain();
}

void Shard::poll_drain() {
    if (connections_count() == 0) return finish();
    if (parts_.clock.monotonic_now() >= drain_deadline_) {
        log_event(LogLevel::warn, "server.drain_cut", {{"connections", connections_count()}});
        service_.abandon_reads();
        connections_.close_now();
        feed_.cut_all();
        // What was cut comes back to its session in the next turns of the loop.
        post([this] { finish(); });
        return;
    }
    drain_timer_.expires_after(drain_poll_ms);
    drain_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) poll_drain();
    });
}

// Ends what would keep the loop alive; run() returns when the last handler has run.
void Shard::finish() {
    boost::system::error_code ignored;
    if (ops_acceptor_) ops_acceptor_->close(ignored);
    ops_connections_.close_now();
    feed_.stop();
}

}  // namespace parley
