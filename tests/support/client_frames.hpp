#pragma once

#include "net/websocket/frame_parser.hpp"
#include "protocol/wire_frame.hpp"

// Makes zlib say that it does not write to its input.
#define ZLIB_CONST
#include <zlib.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::test {

inline constexpr unsigned fin_bit = 0x80;
inline constexpr unsigned rsv1_bit = 0x40;

// A frame as a client sends it, and as it must not: every part can be chosen.
struct ClientFrame {
    unsigned first_byte = fin_bit | 1;
    std::string payload;
    bool masked = true;
    std::array<unsigned char, 4> mask{0x12, 0xA5, 0x00, 0xF7};
    int length_form = 0;                // 126 or 127 in place of the shortest
    std::uint64_t length_declared = 0;  // in place of the payload's, with length_form

    [[nodiscard]] std::string bytes() const {
        std::string out(1, static_cast<char>(first_byte));
        const std::uint64_t length = length_declared > 0 ? length_declared : payload.size();
        const int shortest = length < 126 ? 0 : length <= 0xFFFF ? 126 : 127;
        const int form = length_form > 0 ? length_form : shortest;
        const auto second = form > 0 ? static_cast<unsigned>(form) : static_cast<unsigned>(length);
        out += static_cast<char>(second | (masked ? 0x80U : 0U));
        for (int i = form == 127 ? 8 : form == 126 ? 2 : 0; i-- > 0;) {
            out += static_cast<char>(length >> (8U * static_cast<unsigned>(i)) & 0xFFU);
        }
        if (masked) out.append(mask.begin(), mask.end());
        for (std::size_t i = 0; i < payload.size(); ++i) {
            const auto byte = static_cast<unsigned char>(payload[i]);
            out += static_cast<char>(masked ? byte ^ mask[i % 4] : byte);
        }
        return out;
    }
};

inline std::string client_frame(unsigned first_byte, std::string payload) {
    ClientFrame frame;
    frame.first_byte = first_byte;
    frame.payload = std::move(payload);
    return frame.bytes();
}

inline std::string client_text(std::string payload) {
    return client_frame(fin_bit | 1, std::move(payload));
}

inline std::string close_payload(unsigned code, std::string_view reason = {}) {
    std::string payload;
    payload += static_cast<char>(code >> 8U & 0xFFU);
    payload += static_cast<char>(code & 0xFFU);
    payload += reason;
    return payload;
}

// Raw DEFLATE as a client makes it, its tail removed (RFC 7692, section 7.2.1).
inline std::string deflated(std::string_view text, int window_bits = 15, int flush = Z_SYNC_FLUSH) {
    z_stream z{};
    deflateInit2(&z, 6, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&z, static_cast<uLong>(text.size())) + 16, '\0');
    z.next_in = reinterpret_cast<const Bytef*>(text.data());
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, flush);
    out.resize(z.total_out);
    deflateEnd(&z);
    if (flush == Z_SYNC_FLUSH) out.resize(out.size() - 4);
    return out;
}

// Writes down what a parser found, one line for each call.
class RecordingSink final : public FrameSink {
public:
    void on_text(std::string_view message) override { add("text " + std::string(message)); }
    void on_binary(std::string_view message) override { add("binary " + std::string(message)); }
    void on_ping(std::string_view payload) override { add("ping " + std::string(payload)); }
    void on_pong() override { add("pong"); }
    void on_close(std::uint16_t code, std::string_view reason) override {
        add("close " + std::to_string(code) + " " + std::string(reason));
    }
    void on_violation(CloseCode code, std::string_view why) override {
        why_ = why;
        add("violation " + std::to_string(static_cast<int>(code)));
    }

    [[nodiscard]] const std::vector<std::string>& events() const { return events_; }
    [[nodiscard]] const std::string& why() const { return why_; }

private:
    void add(std::string event) { events_.push_back(std::move(event)); }

    std::vector<std::string> events_;
    std::string why_;
};

}  // namespace parley::test
