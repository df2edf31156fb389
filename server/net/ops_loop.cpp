#include "net/ops_loop.hpp"

#include "net/accept.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <csignal>
#include <utility>

namespace parley {

namespace {

// Prometheus, a load balancer and an operator: nobody else asks there.
constexpr std::size_t ops_connections_max = 64;
constexpr std::chrono::milliseconds tick_interval_ms{1'000};

}  // namespace

OpsLoop::OpsLoop(const ServerParts& parts, ServiceShared& shared, const OpsHooks& hooks,
                 Links links)
    : clock_(parts.clock),
      links_(std::move(links)),
      wheel_(parts.clock.monotonic_now()),
      service_({parts.writer, parts.readers, parts.live_readers, parts.passwords, shared,
                parts.config, parts.clock,
                [this](std::function<void()> work) { post(std::move(work)); }}),
      site_{service_, parts.config, parts.clock, false, hooks},
      context_{site_, connections_, ops_routes(), nullptr, wheel_, meter_, ids_},
      signals_(io_.get_executor(), SIGTERM, SIGINT, SIGHUP),
      tick_timer_(io_.get_executor()) {}

OpsLoop::~OpsLoop() {
    stop();
    acceptor_.reset();
}

void OpsLoop::start(TcpAcceptor acceptor) {
    acceptor_ = std::move(acceptor);
    // Operators and their tools are not counted by their address.
    AcceptLoop loop{*acceptor_, ops_connections_max, [this] { return connections_of(context_); },
                    [this](TcpSocket socket, const asio::ip::tcp::endpoint& peer) {
                        asio::co_spawn(executor(),
                                       run_http_session(std::move(socket), peer,
                                                        AddressCounts::Seat(), context_),
                                       on_session_end);
                    }};
    asio::co_spawn(executor(), accept_connections(std::move(loop)), on_session_end);
    wait_for_signal();
    wait_for_tick();
    thread_ = std::thread([this] { io_.run(); });
}

void OpsLoop::stop() {
    if (!thread_.joinable()) return;
    post([this] { close(); });
    thread_.join();
}

void OpsLoop::post(std::function<void()> work) { asio::post(io_, std::move(work)); }

void OpsLoop::wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
        if (error) return;
        links_.on_signal(number);
        wait_for_signal();
    });
}

void OpsLoop::wait_for_tick() {
    tick_timer_.expires_after(tick_interval_ms);
    tick_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        wheel_.advance(clock_.monotonic_now());
        links_.on_tick();
        wait_for_tick();
    });
}

// Ends what keeps the loop alive.
void OpsLoop::close() {
    boost::system::error_code ignored;
    site_.draining = true;
    acceptor_->close(ignored);
    connections_.close_now();
    signals_.cancel(ignored);
    tick_timer_.cancel();
}

}  // namespace parley
