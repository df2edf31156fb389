#pragma once

#include "net/address_counts.hpp"
#include "net/asio.hpp"
#include "net/connections.hpp"
#include "net/http/session.hpp"
#include "net/parts.hpp"
#include "net/site.hpp"
#include "net/websocket/live_feed.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <mutex>
#include <optional>

namespace parley {

// One event loop with the connections it accepted and its part of the live engine. Shards share
// nothing but what is thread-safe by itself; post() is the only way into another one, and it keeps
// order. What is not marked belongs to the shard's thread, or is called before there is one.
class Shard {
public:
    // What shards and their server tell each other.
    struct Links {
        std::function<void(ShardIndex, LiveFeed::Mail)> send_mail;
        const OpsHooks& ops;
        AddressCounts& addresses;  // of the connections of all shards
    };

    Shard(const ServerParts& parts, ServiceShared& shared, ShardIndex index, ShardIndex count,
          Links links);
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    // Takes connections from there.
    void accept(TcpAcceptor acceptor);

    // The loop, until drain() has come to its end.
    void run();
    // After run(): lets answers that were still given reach their sessions.
    void settle();

    // Takes over what may be changed while the server runs (server.hpp has the list). Thread-safe.
    void reload(const Config& fresh);

    // Runs `work` on the shard's thread, after all that was posted before. Thread-safe.
    void post(std::function<void()> work);

    // Stops accepting, lets what is being answered finish, closes the live sockets; after the
    // deadline everything is cut.
    void drain(MonotonicTime deadline);

    [[nodiscard]] Executor executor() { return io_.get_executor(); }
    [[nodiscard]] Service& service() { return service_; }
    [[nodiscard]] LiveFeed& feed() { return feed_; }
    [[nodiscard]] bool is_draining() const { return site_.draining; }

    struct Stats {
        LiveFeed::Stats live;
        std::size_t connections = 0;
    };
    // As of the last turn of its loop. Thread-safe, as what follows.
    [[nodiscard]] Stats stats() const;
    [[nodiscard]] RequestStats requests() const { return meter_.stats(); }

    // Measures how long the loop takes until it comes to what is posted to it.
    void probe();
    struct Lag {
        std::chrono::microseconds last{0};  // of the last probe that was answered, or
        std::chrono::microseconds now{0};   // what the present one has waited for already
    };
    [[nodiscard]] Lag lag() const;

private:
    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock,
                                   asio::wait_traits<std::chrono::steady_clock>, Executor>;
    [[nodiscard]] std::size_t connections_count() const;
    void serve(TcpSocket socket, const asio::ip::tcp::endpoint& peer);
    void end_turn();
    void poll_drain();
    void finish();

    const ServerParts& parts_;
    Config config_;  // its own, of which reload() changes what only this thread reads
    // Before the loop: a session that the loop's end destroys leaves them.
    Connections connections_;
    RequestMeter meter_;
    RequestIds ids_;
    asio::io_context io_{1};
    Service service_;
    Site site_;
    LiveFeed feed_;
    SessionContext context_;
    AddressCounts& addresses_;
    std::size_t refusals_ = 0;
    std::optional<TcpAcceptor> acceptor_;
    std::size_t connections_max_;
    Timer drain_timer_;
    MonotonicTime drain_deadline_{};
    mutable std::mutex stats_mutex_;
    // Protected by stats_mutex_:
    Stats stats_;
    std::optional<MonotonicTime> probed_at_;  // and not answered yet
    std::chrono::microseconds last_lag_{0};
};

}  // namespace parley
