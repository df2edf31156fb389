#include "net/websocket/frame_parser.hpp"

#include "net/websocket/inflater.hpp"
#include "protocol/wire_frame.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace parley {

namespace {

constexpr std::uint8_t fin_bit = 0x80;
constexpr std::uint8_t rsv1_bit = 0x40;
constexpr std::uint8_t other_rsv_bits = 0x30;
constexpr std::uint8_t opcode_bits = 0x0F;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_bits = 0x7F;
constexpr std::uint8_t length_in_2_bytes = 126;
constexpr std::uint8_t length_in_8_bytes = 127;
// Outside of a message: a message cannot begin with this opcode.
constexpr WireOpcode no_message = WireOpcode::continuation;

constexpr std::string_view not_utf8 = "A text must be UTF-8.";
constexpr std::string_view too_large = "The message is too large.";

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

bool is_control(WireOpcode opcode) { return opcode >= WireOpcode::close; }

bool is_known(WireOpcode opcode) {
    return opcode <= WireOpcode::binary ||
           (opcode >= WireOpcode::close && opcode <= WireOpcode::pong);
}

}  // namespace

// The read at hand. The part of a message that lies in the caller's buffer is kept there, its
// fragments moved together, until the read ends: most messages never need a copy.
struct FrameParser::Input {
    std::span<char> rest;
    Inflater* inflater;
    const FrameLimits& limits;
    FrameSink& sink;
    std::span<char> message;
};

struct FrameParser::Held {
    std::string message;
    std::string control;
};

FrameParser::FrameParser() = default;
FrameParser::~FrameParser() = default;
FrameParser::FrameParser(FrameParser&&) noexcept = default;
FrameParser& FrameParser::operator=(FrameParser&&) noexcept = default;

void FrameParser::consume(std::span<char> bytes, Inflater* inflater, const FrameLimits& limits,
                          FrameSink& sink) {
    Input input{bytes, inflater, limits, sink, {}};
    while (!stopped_) {
        if (!in_payload_ && !read_header(input)) break;
        if (!read_payload(input)) break;
    }
    if (!stopped_) keep_message(input);
}

void FrameParser::stop() noexcept {
    stopped_ = true;
    held_.reset();
}

bool FrameParser::is_midway() const noexcept {
    return !stopped_ && (in_payload_ || header_bytes_ > 0 || message_opcode_ != no_message);
}

std::size_t FrameParser::held_bytes() const noexcept {
    if (!held_) return 0;
    return sizeof(Held) + held_->message.capacity() + held_->control.capacity();
}

bool FrameParser::fill_header(Input& input, std::size_t bytes) {
    if (header_bytes_ >= bytes) return true;
    const std::size_t taken = std::min(bytes - header_bytes_, input.rest.size());
    std::copy_n(input.rest.begin(), taken, header_.begin() + header_bytes_);
    header_bytes_ = static_cast<std::uint8_t>(header_bytes_ + taken);
    input.rest = input.rest.subspan(taken);
    return header_bytes_ == bytes;
}

WireOpcode FrameParser::opcode() const noexcept {
    return static_cast<WireOpcode>(header_[0] & opcode_bits);
}

// Where the length ends and the mask begins.
std::size_t FrameParser::length_end() const noexcept {
    const std::uint8_t form = header_[1] & length_bits;
    return form == length_in_2_bytes ? 4U : form == length_in_8_bytes ? 10U : 2U;
}

std::uint64_t FrameParser::length() const noexcept {
    if (length_end() == 2) return header_[1] & length_bits;
    std::uint64_t length = 0;
    for (std::size_t i = 2; i < length_end(); ++i) length = length << 8U | header_[i];
    return length;
}

// RFC 6455, sections 5.1, 5.2, 5.4 and 5.5; RFC 7692, section 6.
std::string_view FrameParser::fault_of_first_bytes(bool deflate) const noexcept {
    const bool first = opcode() == WireOpcode::text || opcode() == WireOpcode::binary;
    const bool rsv1 = (header_[0] & rsv1_bit) != 0;
    if (!is_known(opcode())) return "The opcode is reserved.";
    if ((header_[0] & other_rsv_bits) != 0 || (rsv1 && !(deflate && first))) {
        return "A reserved bit is set.";
    }
    if ((header_[1] & mask_bit) == 0) return "A client must mask its frames.";
    if (is_control(opcode())) {
        if ((header_[0] & fin_bit) == 0) return "A control frame must not be fragmented.";
        if ((header_[1] & length_bits) > control_payload_bytes_max) {
            return "A control frame has at most 125 bytes.";
        }
    } else if (first && message_opcode_ != no_message) {
        return "The message before is not finished.";
    } else if (!first && message_opcode_ == no_message) {
        return "There is no message to continue.";
    }
    return {};
}

// RFC 6455, section 5.2: the shortest form, and the most significant bit of eight bytes is 0.
std::string_view FrameParser::fault_of_length() const noexcept {
    const std::uint8_t form = header_[1] & length_bits;
    const bool shortest =
        form < length_in_2_bytes ||
        (form == length_in_2_bytes ? length() >= length_in_2_bytes : length() > 0xFFFF);
    if (!shortest) return "The length is not in its shortest form.";
    if (length() >> 63U != 0) return "The length has its highest bit set.";
    return {};
}

// Each rule is checked as soon as its bytes are there, so a bad frame is not waited for.
bool FrameParser::read_header(Input& input) {
    if (header_bytes_ < 2) {
        if (!fill_header(input, 2)) return false;
        const std::string_view fault = fault_of_first_bytes(input.inflater != nullptr);
        if (!fault.empty()) return violation(input, CloseCode::protocol_error, fault);
    }
    if (!fill_header(input, length_end())) return false;
    if (const std::string_view fault = fault_of_length(); !fault.empty()) {
        return violation(input, CloseCode::protocol_error, fault);
    }
    if (!is_control(opcode())) {
        if (length() + message_bytes_ > input.limits.message_bytes_max) {
            return violation(input, CloseCode::too_large, too_large);
        }
        if (fragments_ >= input.limits.fragments_count_max) {
            return violation(input, CloseCode::policy, "The message has too many fragments.");
        }
    }
    if (!fill_header(input, length_end() + mask_.size())) return false;
    begin_frame();
    return true;
}

void FrameParser::begin_frame() noexcept {
    std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(length_end()), mask_.size(),
                mask_.begin());
    // Both limits fit into 32 bits.
    payload_left_ = static_cast<std::uint32_t>(length());
    in_payload_ = true;
    if (is_control(opcode())) return;
    message_bytes_ += payload_left_;
    ++fragments_;
    if (opcode() == WireOpcode::continuation) return;
    message_opcode_ = opcode();
    compressed_ = (header_[0] & rsv1_bit) != 0;
}

// Gives true where the frame is finished and the connection goes on.
bool FrameParser::read_payload(Input& input) {
    const std::span<char> piece =
        input.rest.first(std::min<std::size_t>(payload_left_, input.rest.size()));
    input.rest = input.rest.subspan(piece.size());
    payload_left_ -= static_cast<std::uint32_t>(piece.size());
    unmask(piece);
    if (is_control(opcode())) add_control(input, piece);
    else add_data(input, piece);
    return !stopped_ && !in_payload_;
}

// RFC 6455, section 5.3, eight bytes at a time.
void FrameParser::unmask(std::span<char> payload) noexcept {
    std::uint64_t key = 0;
    std::memcpy(&key, mask_.data(), mask_.size());
    key |= key << 32U;
    std::size_t i = 0;
    for (; i + sizeof(key) <= payload.size(); i += sizeof(key)) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, payload.data() + i, sizeof(eight));
        eight ^= key;
        std::memcpy(payload.data() + i, &eight, sizeof(eight));
    }
    for (std::size_t k = 0; i < payload.size(); ++i, ++k) {
        payload[i] =
            static_cast<char>(static_cast<std::uint8_t>(payload[i]) ^ mask_[k % mask_.size()]);
    }
    const auto turn = static_cast<std::ptrdiff_t>(payload.size() % mask_.size());
    std::rotate(mask_.begin(), mask_.begin() + turn, mask_.end());
}

void FrameParser::end_frame() noexcept {
    header_bytes_ = 0;
    in_payload_ = false;
}

void FrameParser::add_data(Input& input, std::span<char> piece) {
    // What is compressed is checked when it is whole.
    if (message_opcode_ == WireOpcode::text && !compressed_ && !utf8_.write(view(piece))) {
        violation(input, CloseCode::bad_payload, not_utf8);
        return;
    }
    if (held_ && !held_->message.empty()) {
        held_->message.append(piece.data(), piece.size());
    } else if (input.message.empty()) {
        input.message = piece;
    } else {
        // Between the two are only headers and control frames, which have been dealt with.
        char* const end = input.message.data() + input.message.size();
        std::copy(piece.begin(), piece.end(), end);
        input.message = {input.message.data(), input.message.size() + piece.size()};
    }
    if (payload_left_ > 0) return;
    const bool fin = (header_[0] & fin_bit) != 0;
    end_frame();
    if (fin) finish_message(input);
}

void FrameParser::finish_message(Input& input) {
    const std::unique_ptr<Held> held = std::move(held_);
    std::string_view message = view(std::exchange(input.message, {}));
    if (held && !held->message.empty()) message = held->message;
    const bool text = message_opcode_ == WireOpcode::text;
    bool utf8 = !text || utf8_.complete();
    if (compressed_) {
        const Inflater::Output output =
            input.inflater->inflate(message, input.limits.message_bytes_max);
        if (output.status == Inflater::Status::too_large) {
            violation(input, CloseCode::too_large, too_large);
            return;
        }
        if (output.status == Inflater::Status::bad_data) {
            violation(input, CloseCode::bad_payload, "The message does not inflate.");
            return;
        }
        message = output.bytes;
        utf8 = !text || (utf8_.write(message) && utf8_.complete());
    }
    if (!utf8) {
        violation(input, CloseCode::bad_payload, not_utf8);
        return;
    }
    message_opcode_ = no_message;
    message_bytes_ = 0;
    fragments_ = 0;
    utf8_.reset();
    if (text) input.sink.on_text(message);
    else input.sink.on_binary(message);
}

void FrameParser::add_control(Input& input, std::span<char> piece) {
    const bool begun = held_ && !held_->control.empty();
    if ((begun || payload_left_ > 0) && !piece.empty()) {
        held().control.append(piece.data(), piece.size());
    }
    if (payload_left_ > 0) return;
    end_frame();
    if (!begun) {
        finish_control(input, view(piece));
        return;
    }
    const std::string payload = std::exchange(held_->control, {});
    if (held_->message.empty()) held_.reset();
    finish_control(input, payload);
}

void FrameParser::finish_control(Input& input, std::string_view payload) {
    switch (opcode()) {
        case WireOpcode::ping: input.sink.on_ping(payload); break;
        case WireOpcode::pong: input.sink.on_pong(); break;
        default: finish_close(input, payload); break;
    }
}

// RFC 6455, sections 5.5.1, 7.1.5 and 7.4.
void FrameParser::finish_close(Input& input, std::string_view payload) {
    if (payload.empty()) {
        stop();
        input.sink.on_close(static_cast<std::uint16_t>(CloseCode::no_status), {});
        return;
    }
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(payload[i]); };
    const unsigned code = payload.size() == 1 ? 0U : byte(0) * 256U + byte(1);
    if (!is_close_code(code)) {
        violation(input, CloseCode::protocol_error, "The close code is not one that may be sent.");
        return;
    }
    const std::string_view reason = payload.substr(2);
    Utf8Validator utf8;
    if (!utf8.write(reason) || !utf8.complete()) {
        violation(input, CloseCode::bad_payload, "A close reason must be UTF-8.");
        return;
    }
    stop();
    input.sink.on_close(static_cast<std::uint16_t>(code), reason);
}

// The caller's buffer goes: what is there of an unfinished message is copied.
void FrameParser::keep_message(Input& input) {
    if (input.message.empty()) return;
    held().message.append(input.message.data(), input.message.size());
}

FrameParser::Held& FrameParser::held() {
    if (!held_) held_ = std::make_unique<Held>();
    return *held_;
}

bool FrameParser::violation(Input& input, CloseCode code, std::string_view why) {
    stop();
    input.sink.on_violation(code, why);
    return false;
}

}  // namespace parley
