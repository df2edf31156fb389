#pragma once

#include "net/connections.hpp"
#include "net/http/session.hpp"
#include "net/parts.hpp"
#include "net/site.hpp"
#include "net/timer_wheel.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>
#include <thread>

namespace parley {

// The event loop that serves no reader: the listener of the operators, the signals, and what is to
// be done each second. It has a thread of its own, so it answers while the shards are busy, and can
// tell when they hang.
class OpsLoop {
public:
    struct Links {
        std::function<void(int)> on_signal;  // SIGTERM, SIGINT, SIGHUP; on the loop's thread
        std::function<void()> on_tick;       // each second; on the loop's thread
    };

    OpsLoop(const ServerParts& parts, ServiceShared& shared, const OpsHooks& hooks, Links links);
    ~OpsLoop();  // stop()
    OpsLoop(const OpsLoop&) = delete;
    OpsLoop& operator=(const OpsLoop&) = delete;

    [[nodiscard]] Executor executor() { return io_.get_executor(); }

    // Starts the thread, which takes connections from there.
    void start(TcpAcceptor acceptor);
    // Closes everything and joins. Idempotent; not from the loop's own thread.
    void stop();

    void post(std::function<void()> work);  // thread-safe

    [[nodiscard]] RequestStats requests() const { return meter_.stats(); }  // thread-safe

private:
    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock,
                                   asio::wait_traits<std::chrono::steady_clock>, Executor>;
    void wait_for_signal();
    void wait_for_tick();
    void close();

    const Clock& clock_;
    Links links_;
    // Before the loop: a session that the loop's end destroys leaves them.
    Connections connections_;
    RequestMeter meter_;
    RequestIds ids_;
    TimerWheel wheel_;
    asio::io_context io_{1};
    Service service_;  // nothing here uses it, but a Site has one
    Site site_;
    SessionContext context_;
    std::optional<TcpAcceptor> acceptor_;
    asio::basic_signal_set<Executor> signals_;
    Timer tick_timer_;
    std::thread thread_;
};

}  // namespace parley
