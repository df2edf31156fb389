#pragma once

#include "live/hub.hpp"
#include "net/asio.hpp"
#include "net/connections.hpp"
#include "net/site.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <unordered_map>
#include <vector>

namespace parley {

class LiveConnection;

// Carries out what the hub asks for: reads through the service, wakes sockets, keeps its timers.
// One thread, the shard's.
class LiveFeed final : public Hub::Port {
public:
    LiveFeed(Executor executor, Site& site);
    ~LiveFeed() override;
    LiveFeed(const LiveFeed&) = delete;
    LiveFeed& operator=(const LiveFeed&) = delete;

    // Starts the sweep and the hub's clock.
    void start();
    void stop();

    [[nodiscard]] Hub& hub() { return hub_; }
    [[nodiscard]] Site& site() { return site_; }
    [[nodiscard]] MonotonicTime now() const;
    // True when the last sweep came back within its time: the store can be read.
    [[nodiscard]] bool is_healthy() const;

    [[nodiscard]] ConnectionId add(LiveConnection& connection);
    void remove(ConnectionId id);

    void read_position(const RoomTicket& room) override;
    void read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) override;
    void wake(ConnectionId id) override;
    void close(ConnectionId id) override;

private:
    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock,
                                   asio::wait_traits<std::chrono::steady_clock>, Executor>;
    void flush_woken();
    void schedule_tick();
    void schedule_sweep();
    void sweep();

    Executor executor_;
    Site& site_;
    Hub hub_;
    Timer tick_timer_;
    Timer sweep_timer_;
    bool stopped_ = false;
    MonotonicTime swept_at_{};
    std::unordered_map<ConnectionId, LiveConnection*> sockets_;
    std::vector<ConnectionId> woken_;  // flushed together, after the hub has finished its step
};

}  // namespace parley
