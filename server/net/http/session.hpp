#pragma once

#include "net/address_counts.hpp"
#include "net/connections.hpp"
#include "net/http/request_meter.hpp"
#include "net/http/router.hpp"
#include "net/site.hpp"
#include "net/websocket/live_feed.hpp"

#include <span>

namespace parley {

// What the sessions of one listener share.
struct SessionContext {
    Site& site;
    Connections& connections;
    std::span<const Route> routes;
    LiveFeed* live;  // none on the ops listener: it takes no WebSocket
    TimerWheel& wheel;
    RequestMeter& meter;
    RequestIds& ids;
};

// Serves one connection from its first byte to its last: requests one after the other, and the
// live socket after an upgrade, which takes the seat along. `context` outlives it. Never throws for
// what a client does.
Awaitable<void> run_http_session(TcpSocket socket, asio::ip::tcp::endpoint peer,
                                 AddressCounts::Seat seat, SessionContext& context);

// For a connection more than its address may have: answers one request with that, and closes.
Awaitable<void> refuse_http_session(TcpSocket socket, asio::ip::tcp::endpoint peer,
                                    SessionContext& context);

}  // namespace parley
