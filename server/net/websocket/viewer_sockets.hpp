#pragma once

#include "live/hub.hpp"
#include "live/viewers.hpp"
#include "net/site.hpp"
#include "protocol/requests.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace parley {

// The signed-in sockets of one shard: takes their tickets, reads what their accounts must learn,
// and carries out what Viewers asks for. One thread, the shard's, but for what is marked otherwise.
class ViewerSockets final : private Viewers::Port {
public:
    struct Close {
        std::function<void(ConnectionId)> ended;    // whose session is over
        std::function<void(ConnectionId)> refused;  // who tried too many tickets
    };
    ViewerSockets(Site& site, Hub& hub, FrameEncoder& encoder, Close close);

    void authenticate(ConnectionId connection, const std::string& ticket);
    void subscribe(ConnectionId connection, PrivateTopic topic);
    void unsubscribe(ConnectionId connection, PrivateTopic topic);
    void disconnect(ConnectionId connection);

    // There may be new account events.
    void look();
    void on_voted(AccountId account) { viewers_.on_voted(account); }
    // Closes and tells what the turn brought.
    void end_turn(MonotonicTime now);
    void stop() { stopped_ = true; }

    // Thread-safe; as of the last turn.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    void answer(ConnectionId connection, const Frame& frame) override;
    [[nodiscard]] bool offer(ConnectionId connection, const Frame& frame) override;
    void end(ConnectionId connection) override;
    void refuse(ConnectionId connection) override;
    void read();

    Site& site_;
    Hub& hub_;
    Close close_;
    Viewers viewers_;
    std::vector<ConnectionId> ended_;
    std::vector<ConnectionId> refused_;
    std::atomic<std::size_t> size_{0};
    bool stopped_ = false;
    bool reading_ = false;
    bool reads_again_ = false;
};

}  // namespace parley
