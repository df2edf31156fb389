#include "net/shard.hpp"

#include "base/log.hpp"
#include "net/accept.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace parley {

namespace {

// So many handlers run before what they queued is sent: a steady stream of input cannot put that
// off for ever.
constexpr int handlers_per_turn_count = 1'024;
// How often a stopping shard looks whether everybody has left.
constexpr std::chrono::milliseconds drain_poll_ms{10};
// So many who may not come in are told so at the same time.
constexpr std::size_t refusals_at_once_max = 64;

}  // namespace

Shard::Shard(const ServerParts& parts, ServiceShared& shared, ShardIndex index, ShardIndex count,
             Links links)
    : parts_(parts),
      config_(parts.config),
      service_({parts.writer, parts.readers, parts.live_readers, parts.passwords, shared, config_,
                parts.clock, [this](std::function<void()> work) { post(std::move(work)); }}),
      site_{service_, config_, parts.clock, false, links.ops},
      feed_(io_.get_executor(), site_,
            {index, count, std::move(links.send_mail),
             [&bus = parts.bus](const DiscussionId& discussion, std::uint32_t readers) {
                 bus.tell_presence(discussion, readers);
             }}),
      context_{site_, connections_, public_routes(), &feed_, feed_.wheel(), meter_, ids_},
      addresses_(links.addresses),
      connections_max_((parts.config.limits.connections_max + count - 1) / count),
      drain_timer_(io_.get_executor()) {}

Shard::~Shard() {
    // Nobody comes any more. A live socket that is still there has waits in the loop, which live in
    // its own memory.
    acceptor_.reset();
    feed_.cut_all();
    io_.restart();
    io_.poll();
}

void Shard::accept(TcpAcceptor acceptor) {
    acceptor_ = std::move(acceptor);
    AcceptLoop loop{*acceptor_, connections_max_, [this] { return connections_of(context_); },
                    [this](TcpSocket socket, const asio::ip::tcp::endpoint& peer) {
                        serve(std::move(socket), peer);
                    }};
    asio::co_spawn(executor(), accept_connections(std::move(loop)), on_session_end);
}

void Shard::serve(TcpSocket socket, const asio::ip::tcp::endpoint& peer) {
    if (auto seat = addresses_.take(peer.address())) {
        asio::co_spawn(executor(),
                       run_http_session(std::move(socket), peer, *std::move(seat), context_),
                       on_session_end);
        return;
    }
    log_event(LogLevel::warn, "server.address_full",
              {{"network", AddressCounts::network_of(peer.address())}});
    // Whoever comes even now gets no answer: answers take time, and connections.
    if (refusals_ >= refusals_at_once_max) return;
    ++refusals_;
    asio::co_spawn(executor(), refuse_http_session(std::move(socket), peer, context_),
                   [this](const std::exception_ptr& problem) {
                       --refusals_;
                       on_session_end(problem);
                   });
}

void Shard::reload(const Config& fresh) {
    post([this, site = fresh.site, signup = fresh.identity.signup, log = fresh.log,
          limits = fresh.limits] {
        config_.site.origins = site.origins;
        config_.identity.signup = signup;
        config_.log.slow_request_ms = log.slow_request_ms;
        config_.limits.rates_enabled = limits.rates_enabled;
    });
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

void Shard::probe() {
    {
        const std::lock_guard lock(stats_mutex_);
        if (probed_at_) return;
        probed_at_ = parts_.clock.monotonic_now();
    }
    post([this] {
        const std::lock_guard lock(stats_mutex_);
        last_lag_ = std::chrono::duration_cast<std::chrono::microseconds>(
            parts_.clock.monotonic_now() - *std::exchange(probed_at_, std::nullopt));
    });
}

Shard::Lag Shard::lag() const {
    const std::lock_guard lock(stats_mutex_);
    Lag lag{last_lag_, {}};
    if (probed_at_) {
        lag.now = std::chrono::duration_cast<std::chrono::microseconds>(
            parts_.clock.monotonic_now() - *probed_at_);
    }
    return lag;
}

std::size_t Shard::connections_count() const { return connections_of(context_); }

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
void Shard::finish() { feed_.stop(); }

}  // namespace parley
