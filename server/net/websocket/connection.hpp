#pragma once

#include "net/asio.hpp"
#include "net/connections.hpp"
#include "net/websocket/close_code.hpp"
#include "net/websocket/live_feed.hpp"

#include <memory>
#include <string>

namespace parley {

// One live socket. A narrow interface in front of the WebSocket library, which is known to
// connection.cpp alone.
class LiveConnection {
public:
    virtual ~LiveConnection() = default;
    // Looks, now and then, whether the socket has taken nothing for too long, and cuts it.
    virtual void check(MonotonicTime now) = 0;
    // The hub has a frame for it.
    virtual void wake() = 0;
    // Sends a close frame after what is being written, and goes.
    virtual void close(CloseCode code) = 0;
};

// The upgrade request as Beast parsed it; opaque here.
struct UpgradeRequest;

// Accepts the upgrade and serves the socket until it is closed; returns at once. The connection
// owns itself and leaves `connections` and the feed when it ends.
void start_live_connection(TcpSocket socket, const UpgradeRequest& request, LiveFeed& feed,
                           Connections& connections);

}  // namespace parley
