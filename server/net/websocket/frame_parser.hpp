#pragma once

#include "base/utf8.hpp"
#include "net/websocket/close_code.hpp"
#include "protocol/wire_frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace parley {

class Inflater;

struct FrameLimits {
    // Of one message: its bytes on the wire over all fragments, and again after inflation.
    std::uint32_t message_bytes_max = 0;    // over it: 1009
    std::uint32_t fragments_count_max = 0;  // over it: 1008
};

// What a parser found. The views are valid during the call only. A sink may call stop() of the
// parser, but must not destroy it, nor give it bytes, before consume() has returned.
class FrameSink {
public:
    virtual ~FrameSink() = default;
    virtual void on_text(std::string_view message) = 0;
    virtual void on_binary(std::string_view message) = 0;
    // At most 125 bytes, to be sent back in a pong. There is no bound on how many come in one
    // read; an endpoint may answer only the latest (RFC 6455, section 5.5.3).
    virtual void on_ping(std::string_view payload) = 0;
    virtual void on_pong() = 0;
    // The client closes; CloseCode::no_status (1005) where it gave no code. The last call.
    virtual void on_close(std::uint16_t code, std::string_view reason) = 0;
    // The client broke a rule: close with `code`; `why` fits a close frame. The last call.
    virtual void on_violation(CloseCode code, std::string_view why) = 0;
};

// Reads the frames of one client (RFC 6455, section 5; RFC 7692, section 6 for compressed
// messages), strictly: whatever the RFC says a server must refuse is a violation, and so are codes
// and lengths that are not in their one valid form.
//
// One for each connection, one thread. It owns memory only while a message is half received, and
// then no more than twice what has arrived of it; nothing is taken on the word of a length field.
// How long a client may leave a message unfinished is its owner's to decide.
class FrameParser {
public:
    FrameParser();
    ~FrameParser();
    FrameParser(const FrameParser&) = delete;
    FrameParser& operator=(const FrameParser&) = delete;
    FrameParser(FrameParser&&) noexcept;
    FrameParser& operator=(FrameParser&&) noexcept;

    // Takes the next bytes of the stream, of which it keeps a copy of what it still needs: the
    // buffer is the caller's again afterwards. The bytes are unmasked and moved in place. How the
    // stream is cut into calls changes nothing but the time of the calls to `sink`. After
    // on_close(), on_violation() or stop() everything is ignored. `inflater` may be shared by all
    // connections of the thread and is null where deflate was not negotiated.
    void consume(std::span<char> bytes, Inflater* inflater, const FrameLimits& limits,
                 FrameSink& sink);

    // Ignores everything from now on, and gives back the memory.
    void stop() noexcept;
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    // True where a message or a control frame is unfinished.
    [[nodiscard]] bool is_midway() const noexcept;
    // What is owned besides the object itself.
    [[nodiscard]] std::size_t held_bytes() const noexcept;

private:
    struct Input;
    struct Held;

    // Each gives true where the next step has its bytes.
    [[nodiscard]] bool read_header(Input& input);
    [[nodiscard]] bool read_payload(Input& input);
    [[nodiscard]] bool fill_header(Input& input, std::size_t bytes);
    [[nodiscard]] WireOpcode opcode() const noexcept;
    [[nodiscard]] std::size_t length_end() const noexcept;
    [[nodiscard]] std::uint64_t length() const noexcept;
    [[nodiscard]] std::string_view fault_of_first_bytes(bool deflate) const noexcept;
    [[nodiscard]] std::string_view fault_of_length() const noexcept;
    void begin_frame() noexcept;
    void end_frame() noexcept;
    void unmask(std::span<char> payload) noexcept;
    void add_data(Input& input, std::span<char> piece);
    void finish_message(Input& input);
    void add_control(Input& input, std::span<char> piece);
    void finish_control(Input& input, std::string_view payload);
    void finish_close(Input& input, std::string_view payload);
    void keep_message(Input& input);
    Held& held();
    bool violation(Input& input, CloseCode code, std::string_view why);  // always false

    std::unique_ptr<Held> held_;       // of an unfinished message or control frame
    std::uint32_t message_bytes_ = 0;  // declared by the frames of the message so far
    std::uint32_t fragments_ = 0;      // those frames
    std::uint32_t payload_left_ = 0;   // of the present frame
    std::array<std::uint8_t, 14> header_{};
    std::uint8_t header_bytes_ = 0;       // of header_ that have arrived
    std::array<std::uint8_t, 4> mask_{};  // turned to the next byte of the payload
    WireOpcode message_opcode_ = WireOpcode::continuation;  // that where there is no message
    bool compressed_ = false;
    bool in_payload_ = false;
    bool stopped_ = false;
    Utf8Validator utf8_;
};

static_assert(sizeof(FrameParser) <= 64);

}  // namespace parley
