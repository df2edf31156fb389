#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace parley {

// The fields of a request that an upgrade depends on, each with the values of all lines of that
// name, in order and as they came. Views into the request.
struct HandshakeRequest {
    std::string_view method;
    unsigned http_version = 11;  // 10 for HTTP/1.0
    std::vector<std::string_view> upgrade;
    std::vector<std::string_view> connection;
    std::vector<std::string_view> key;
    std::vector<std::string_view> version;
    std::vector<std::string_view> protocols;
    std::vector<std::string_view> extensions;
};

struct Handshake {
    // 101, or why not: 400 for what is malformed; 426 where the client should ask for another
    // protocol (the answer must then name `Upgrade: websocket` and `Sec-WebSocket-Version: 13`).
    int status = 101;
    std::string_view refusal;  // a sentence, where it is refused
    bool deflate = false;      // permessage-deflate was agreed on, without context takeover
    std::string response;      // the whole answer of an accepted upgrade, to be sent as it is

    [[nodiscard]] bool accepted() const noexcept { return status == 101; }
};

inline constexpr std::string_view live_subprotocol = "parley.v1";

// Decides about an upgrade (RFC 6455, section 4.2; RFC 7692, section 5 and 7.1). Pure. Who may
// connect from which origin is not asked here. The subprotocol is answered where it was offered; a
// client that offers none gets none. Of the extensions the first acceptable offer of
// permessage-deflate is taken: one whose parameters are known, valid and not repeated, and that
// doesn't ask for a window below 15 bits of the server.
[[nodiscard]] Handshake shake_hands(const HandshakeRequest& request);

}  // namespace parley
