#include "bench/load/websocket.hpp"

#include "bench/shared/tool.hpp"

namespace parley::bench {

namespace {

constexpr unsigned fin_bit = 0x80;
constexpr unsigned rsv1_bit = 0x40;
constexpr unsigned mask_bit = 0x80;
constexpr std::size_t short_max = 125;
constexpr std::size_t medium_max = 0xFFFF;

unsigned byte_at(std::string_view bytes, std::size_t place) {
    return static_cast<unsigned char>(bytes[place]);
}

void append_header(std::string& frame, unsigned opcode, std::size_t size, unsigned mask) {
    frame.push_back(static_cast<char>(fin_bit | opcode));
    if (size <= short_max) {
        frame.push_back(static_cast<char>(mask | size));
    } else if (size <= medium_max) {
        frame.push_back(static_cast<char>(mask | 126));
        frame.push_back(static_cast<char>(size >> 8));
        frame.push_back(static_cast<char>(size & 0xFF));
    } else {
        fail("a frame this long is never sent by the benchmark");
    }
}

}  // namespace

WireFrame first_frame(std::string_view bytes) {
    WireFrame frame;
    if (bytes.size() < 2) return frame;
    const unsigned first = byte_at(bytes, 0);
    const unsigned second = byte_at(bytes, 1);
    if ((first & fin_bit) == 0 || (second & mask_bit) != 0) fail("a fragment or a masked frame");
    std::size_t size = second & 0x7F;
    std::size_t header = 2;
    if (size > short_max) {
        const std::size_t length_bytes = size == 126 ? 2 : 8;
        header += length_bytes;
        if (bytes.size() < header) return frame;
        size = 0;
        for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8 | byte_at(bytes, 2 + i);
    }
    if (bytes.size() - header < size) return frame;
    frame.opcode = static_cast<Opcode>(first & 0x0F);
    frame.compressed = (first & rsv1_bit) != 0;
    frame.payload = bytes.substr(header, size);
    frame.bytes = header + size;
    return frame;
}

std::string client_frame(Opcode opcode, std::string_view payload) {
    std::string frame;
    append_header(frame, static_cast<unsigned>(opcode), payload.size(), mask_bit);
    frame.append(4, '\0');
    frame += payload;
    return frame;
}

std::string server_frame(std::string_view payload) {
    std::string frame;
    append_header(frame, static_cast<unsigned>(Opcode::text), payload.size(), 0);
    frame += payload;
    return frame;
}

std::string upgrade_request(const Upgrade& upgrade) {
    std::string request = "GET " + upgrade.path + " HTTP/1.1\r\nHost: " + upgrade.host +
                          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    if (!upgrade.origin.empty()) request += "Origin: " + upgrade.origin + "\r\n";
    if (!upgrade.protocol.empty()) {
        request += "Sec-WebSocket-Protocol: " + upgrade.protocol + "\r\n";
    }
    if (upgrade.deflate) {
        request +=
            "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
            "client_no_context_takeover\r\n";
    }
    return request + "\r\n";
}

}  // namespace parley::bench
