#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace parley::bench {

// As much of RFC 6455 as a reader needs. Sans I/O.

enum class Opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct WireFrame {
    Opcode opcode = Opcode::text;
    bool compressed = false;
    std::string_view payload;
    std::size_t bytes = 0;  // with its header; 0: more bytes are needed
};

// The frame at the start of what a server sent. Fails on fragments and masks, which no server of
// the benchmark sends.
[[nodiscard]] WireFrame first_frame(std::string_view bytes);

// A frame from a client. The mask is zero, which is a mask as any other.
[[nodiscard]] std::string client_frame(Opcode opcode, std::string_view payload);
// The same from a server.
[[nodiscard]] std::string server_frame(std::string_view payload);

struct Upgrade {
    std::string host;  // with its port
    std::string path;
    std::string origin;    // "" = none
    std::string protocol;  // "" = none
    bool deflate = false;
};
[[nodiscard]] std::string upgrade_request(const Upgrade& upgrade);

}  // namespace parley::bench
