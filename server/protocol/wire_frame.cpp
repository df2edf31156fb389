#include "protocol/wire_frame.hpp"

#include "base/limits.hpp"

// Makes zlib say that it does not write to its input.
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <utility>

namespace parley {

namespace {

constexpr unsigned fin_bit = 0x80;
constexpr unsigned rsv1_bit = 0x40;
constexpr std::size_t short_length_max = 125;
constexpr std::size_t length_in_2_bytes = 126;
constexpr std::size_t length_in_8_bytes = 127;

constexpr int raw_window_bits = -15;
constexpr int memory_level = 8;
// How each flush ends; the receiver puts it back (RFC 7692, section 7.2.1).
constexpr std::size_t tail_bytes = 4;

std::atomic<std::size_t> alive{0};

// RFC 6455, section 5.2: the length in its shortest form, no mask.
std::string frame(unsigned first_byte, std::string_view payload) {
    const std::size_t size = payload.size();
    const std::size_t extended = size <= short_length_max                            ? 0
                                 : size <= std::numeric_limits<std::uint16_t>::max() ? 2
                                                                                     : 8;
    const std::size_t form = extended == 0   ? size
                             : extended == 2 ? length_in_2_bytes
                                             : length_in_8_bytes;
    std::string out;
    out.reserve(2 + extended + size);
    out += static_cast<char>(first_byte);
    out += static_cast<char>(form);
    for (std::size_t i = extended; i-- > 0;) out += static_cast<char>(size >> (8 * i) & 0xFFU);
    out += payload;
    return out;
}

unsigned first_byte_of(WireOpcode opcode) { return fin_bit | static_cast<unsigned>(opcode); }

}  // namespace

WireFrame::WireFrame(std::string plain_bytes, std::string deflated_bytes, std::string id)
    : plain(std::move(plain_bytes)), deflated(std::move(deflated_bytes)), event_id(std::move(id)) {
    alive.fetch_add(bytes(), std::memory_order_relaxed);
}

WireFrame::~WireFrame() { alive.fetch_sub(bytes(), std::memory_order_relaxed); }

std::string_view WireFrame::payload() const noexcept {
    const auto form = static_cast<unsigned char>(plain[1]);
    const std::size_t header = form == length_in_2_bytes ? 4 : form == length_in_8_bytes ? 10 : 2;
    return std::string_view(plain).substr(header);
}

std::size_t WireFrame::bytes() const noexcept {
    return sizeof(WireFrame) + plain.capacity() + deflated.capacity() + event_id.capacity();
}

struct FrameEncoder::Stream {
    explicit Stream(int level) {
        if (deflateInit2(&z, level, Z_DEFLATED, raw_window_bits, memory_level,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc();  // the only way it fails with a level of zlib's
        }
    }
    ~Stream() { deflateEnd(&z); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    z_stream z{};
};

FrameEncoder::FrameEncoder(int level) : stream_(std::make_unique<Stream>(level)) {}
FrameEncoder::~FrameEncoder() = default;

WireFramePtr FrameEncoder::text(std::string_view payload, bool want_deflated,
                                std::string event_id) {
    std::string deflated;
    if (want_deflated && payload.size() >= deflate_threshold_bytes) {
        const std::string_view compressed = deflate(payload, payload.size() - 1);
        if (!compressed.empty()) {
            deflated = frame(first_byte_of(WireOpcode::text) | rsv1_bit, compressed);
        }
    }
    return std::make_shared<const WireFrame>(frame(first_byte_of(WireOpcode::text), payload),
                                             std::move(deflated), std::move(event_id));
}

// Empty where the result would be longer than bytes_max.
std::string_view FrameEncoder::deflate(std::string_view payload, std::size_t bytes_max) {
    const std::size_t room = bytes_max + tail_bytes;
    if (output_.size() < room) output_.resize(room);
    z_stream& z = stream_->z;
    deflateReset(&z);
    z.next_in = reinterpret_cast<const Bytef*>(payload.data());
    z.avail_in = static_cast<uInt>(payload.size());
    z.next_out = reinterpret_cast<Bytef*>(output_.data());
    z.avail_out = static_cast<uInt>(room);
    ::deflate(&z, Z_SYNC_FLUSH);
    // A full buffer may mean that there is more: then it is not small enough.
    if (z.avail_out == 0 || z.avail_in > 0) return {};
    return {output_.data(), room - z.avail_out - tail_bytes};
}

WireFramePtr FrameEncoder::control(WireOpcode opcode, std::string_view payload) {
    return std::make_shared<const WireFrame>(
        frame(first_byte_of(opcode), payload.substr(0, control_payload_bytes_max)), std::string());
}

WireFramePtr FrameEncoder::close(std::uint16_t code, std::string_view reason) {
    constexpr std::uint16_t no_status = 1005;
    if (code == no_status) return control(WireOpcode::close);
    const auto continues = [&](std::size_t i) {
        return (static_cast<unsigned char>(reason[i]) & 0xC0U) == 0x80U;
    };
    if (reason.size() > close_reason_bytes_max) {
        std::size_t end = close_reason_bytes_max;
        while (end > 0 && continues(end)) --end;
        reason = reason.substr(0, end);
    }
    std::string payload;
    payload += static_cast<char>(code >> 8U);
    payload += static_cast<char>(code & 0xFFU);
    payload += reason;
    return control(WireOpcode::close, payload);
}

std::size_t FrameEncoder::alive_bytes() noexcept { return alive.load(std::memory_order_relaxed); }

}  // namespace parley
