#include "frame_streams.hpp"

#include "support/client_frames.hpp"

#include <algorithm>
#include <array>

namespace parley::fuzz {

using test::ClientFrame;
using test::fin_bit;
using test::rsv1_bit;

std::string FrameStreams::text() {
    static const std::array<std::string, 12> parts{"a",
                                                   "words ",
                                                   "\xC3\xA9",
                                                   "\xE2\x82\xAC",
                                                   "\xF0\x9F\x9A\x8B",
                                                   R"({"type":"subscribe"})",
                                                   "\xC3",
                                                   "\xFF",
                                                   "\xED\xA0\x80",
                                                   "\xF4\x90",
                                                   "\xE2\x82",
                                                   ""};
    // The last ones are not UTF-8 and would end nearly every stream early.
    const std::size_t choices = chance(10) ? parts.size() : 6;
    std::string text;
    for (std::size_t i = below(chance(10) ? 120 : 12); i-- > 0;) text += parts.at(below(choices));
    return text;
}

std::string FrameStreams::frame(unsigned first_byte, std::string payload) {
    ClientFrame frame;
    frame.first_byte = first_byte;
    frame.payload = std::move(payload);
    for (unsigned char& byte : frame.mask)
        byte = chance(20) ? 0 : static_cast<unsigned char>(below(256));
    if (chance(2)) frame.masked = false;
    if (chance(2)) frame.length_form = chance(50) ? 126 : 127;
    if (chance(1)) frame.first_byte ^= 1U << below(8);
    return frame.bytes();
}

std::string FrameStreams::control() {
    static constexpr std::array<unsigned, 14> codes{1000, 1001, 1003, 1004, 1005, 1006, 1007,
                                                    1011, 1014, 1015, 2999, 3000, 4999, 5000};
    if (chance(85)) return frame(fin_bit | (chance(50) ? 9U : 10U), text().substr(0, below(130)));
    std::string payload;
    if (chance(80))
        payload = test::close_payload(codes.at(below(codes.size())), text().substr(0, below(60)));
    return frame(fin_bit | 8U, payload.substr(0, chance(5) ? 1 : payload.size()));
}

std::string FrameStreams::message(bool deflate) {
    const unsigned opcode = chance(80) ? 1 : 2;
    std::string payload = text();
    unsigned first = opcode;
    if (deflate && chance(60)) {
        first |= rsv1_bit;
        const bool last_block = chance(5);
        payload = test::deflated(payload, 9 + static_cast<int>(below(7)),
                                 last_block ? Z_FINISH : Z_SYNC_FLUSH);
        if (last_block) payload += '\0';
        if (chance(5) && !payload.empty()) {
            char& byte = payload[below(payload.size())];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U << below(8));
        }
        if (chance(3)) payload.resize(below(payload.size() + 1));
    }
    std::string bytes;
    for (std::size_t more = chance(60) ? 0 : below(chance(3) ? 90 : 5); more > 0; --more) {
        const std::size_t cut = below(payload.size() + 1);
        bytes += frame(first, payload.substr(0, cut));
        payload.erase(0, cut);
        first = 0;
        if (chance(20)) bytes += control();
    }
    return bytes + frame(first | fin_bit, payload);
}

void FrameStreams::break_something(std::string& bytes) {
    if (bytes.empty()) return;
    const std::size_t at = below(bytes.size());
    switch (below(5)) {
        case 0: bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << below(8))); break;
        case 1: bytes.erase(at, 1 + below(4)); break;
        case 2: bytes.insert(at, 1, static_cast<char>(below(256))); break;
        case 3: bytes.resize(at); break;
        default: bytes.insert(at, bytes.substr(below(bytes.size()), below(40))); break;
    }
}

std::string FrameStreams::next() {
    const bool deflate = chance(50);
    std::string bytes;
    for (std::size_t parts = 1 + below(6); parts > 0; --parts) {
        bytes += chance(25) ? control() : message(deflate);
    }
    if (chance(40)) break_something(bytes);
    const unsigned choices = (deflate ? 1U : 0U) | (chance(30) ? 2U : 0U);
    return static_cast<char>(choices) + bytes;
}

}  // namespace parley::fuzz
