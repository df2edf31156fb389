#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// RFC 6455, section 5.2.
enum class WireOpcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

// RFC 6455, section 5.5.
inline constexpr std::size_t control_payload_bytes_max = 125;
inline constexpr std::size_t close_reason_bytes_max = control_payload_bytes_max - 2;

// One encoded WebSocket frame of the server, immutable, shared by every connection it goes to: it
// is made once and costs its bytes once, however many outboxes it waits in. Any thread may drop it.
class WireFrame {
public:
    // `deflated` and `event_id` may be empty. Throws std::bad_alloc.
    WireFrame(std::string plain, std::string deflated, std::string event_id = {});
    ~WireFrame();
    WireFrame(const WireFrame&) = delete;
    WireFrame& operator=(const WireFrame&) = delete;

    // Header and payload, FIN, not masked.
    const std::string plain;
    // The same message for clients that negotiated permessage-deflate (RSV1 is set), or empty where
    // they get the plain one as well: it was not asked for, is short, or would not be smaller.
    const std::string deflated;
    // What an event stream's reader resumes from once it has this frame, or empty.
    const std::string event_id;

    [[nodiscard]] std::string_view bytes_for(bool deflate) const noexcept {
        return deflate && !deflated.empty() ? deflated : plain;
    }
    // Of `plain`, without the header.
    [[nodiscard]] std::string_view payload() const noexcept;
    // What the frame takes of memory.
    [[nodiscard]] std::size_t bytes() const noexcept;
};

using WireFramePtr = std::shared_ptr<const WireFrame>;

// Makes frames. One per thread: it keeps a deflate state (256 KiB) and its output for the next
// frame. Deflated messages refer to nothing before them (RFC 7692, section 7.1.1.1), which is what
// lets all clients share them; they need a window of 15 bits.
class FrameEncoder {
public:
    // On updates of 1 to 48 KB, level 6 took 1 to 5 times as long as 3 for 2 to 8 percent fewer
    // bytes.
    static constexpr int level_default = 3;

    // `level` is zlib's, 1 to 9. Throws std::bad_alloc.
    explicit FrameEncoder(int level = level_default);
    ~FrameEncoder();
    FrameEncoder(const FrameEncoder&) = delete;
    FrameEncoder& operator=(const FrameEncoder&) = delete;

    // A text message of any length. `want_deflated` where at least one reader can use that form.
    [[nodiscard]] WireFramePtr text(std::string_view payload, bool want_deflated,
                                    std::string event_id = {});

    // A ping or pong; a payload over control_payload_bytes_max is cut off.
    [[nodiscard]] static WireFramePtr control(WireOpcode opcode, std::string_view payload = {});
    // A close frame; a reason over close_reason_bytes_max is cut off between two characters.
    // Without a code (1005) the frame is empty.
    [[nodiscard]] static WireFramePtr close(std::uint16_t code, std::string_view reason = {});

    // The bytes of all frames of the process that are still held by somebody. Any thread.
    [[nodiscard]] static std::size_t alive_bytes() noexcept;

private:
    struct Stream;

    [[nodiscard]] std::string_view deflate(std::string_view payload, std::size_t bytes_max);

    std::unique_ptr<Stream> stream_;
    std::vector<char> output_;
};

}  // namespace parley
