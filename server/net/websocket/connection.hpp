#pragma once

#include "live/hub.hpp"
#include "net/address_counts.hpp"
#include "net/asio.hpp"
#include "net/handler_memory.hpp"
#include "net/timer_wheel.hpp"
#include "net/websocket/frame_parser.hpp"

#include <cstdint>
#include <string>

namespace parley {

class LiveFeed;

// One live socket from the end of its handshake to its close: a WebSocket, or the event stream of
// readers whom no WebSocket reaches. Everything it is sent waits in its outbox at the hub; it moves
// those bytes to the kernel and the client's frames to the hub. Plain callbacks and no memory but
// its own, since there are very many and most of them wait. One thread, the shard's. Made and
// destroyed by the LiveFeed.
class LiveConnection final : private FrameSink, private TimerWheel::Entry {
public:
    LiveConnection(TcpSocket socket, LiveFeed& feed, FrameForm form, AddressCounts::Seat seat);
    ~LiveConnection() override;

    // Sends `greeting` (the end of the handshake) as it is, then what the hub has, and reads.
    void start(std::string greeting);

    // The hub has bytes for it: sends what the kernel takes, waits only where it takes no more.
    void flush();

    // Sends a close frame after what is being sent, and goes; an event stream just ends.
    void close(CloseCode code);
    // Goes after all that waits was sent: the hub queues nothing any more.
    void close_when_sent();
    // Goes now.
    void cut();

    [[nodiscard]] ConnectionId id() const { return id_; }

private:
    void on_text(std::string_view message) override;
    void on_binary(std::string_view message) override;
    void on_ping(std::string_view payload) override;
    void on_pong() override {}
    void on_close(std::uint16_t code, std::string_view reason) override;
    void on_violation(CloseCode code, std::string_view why) override;
    void on_timer(MonotonicTime now) override;

    struct ReadReady;
    struct WriteReady;
    void wait_readable();
    void on_readable(const boost::system::error_code& error);
    void wait_writable();
    void on_writable();
    void take_bytes(std::span<char> bytes);
    void unsubscribe(const std::string& topic);
    void subscribe(const std::string& topic, const std::optional<Epoch>& epoch,
                   std::optional<Seq> since);
    void answer_error(const Error& error, std::string_view topic);
    void finish(Frame close_frame);
    void begin_close();
    void shut_down();
    void release_if_done();
    void abort();
    [[nodiscard]] bool is_events() const { return form_ == FrameForm::event; }

    LiveFeed& feed_;
    TcpSocket socket_;
    ConnectionId id_;
    FrameParser parser_;
    HandlerMemory read_memory_;
    MonotonicTime taken_at_;  // when the reader was last seen to take bytes, or had none to take
    AddressCounts::Seat seat_;
    std::uint32_t sent_bytes_ = 0;          // in all, handed to the kernel; both go round
    std::uint32_t acknowledged_bytes_ = 0;  // of these, at the last check
    FrameForm form_;
    bool reading_ = false;  // a wait is pending
    bool writing_ = false;
    bool closing_ = false;        // its last frame is queued
    bool shut_ = false;           // and sent
    bool cut_ = false;            // the socket is closed
    bool midway_before_ = false;  // a message was unfinished at the last check
    std::uint8_t silent_checks_count_ = 0;
    std::uint8_t asked_while_blocked_count_ = 0;
};

}  // namespace parley
