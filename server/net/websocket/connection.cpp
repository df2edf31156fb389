#include "net/websocket/connection.hpp"

#include "net/websocket/live_feed.hpp"
#include "protocol/requests.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace parley {

namespace {

using ErrorCode = boost::system::error_code;

// The kernel takes at most so many pieces in one call.
constexpr std::size_t pieces_per_send_count = 64;
// One connection reads so often before others have their turn.
constexpr int reads_per_turn_count = 4;
// After its last frame the client may take so long to close from its side.
constexpr std::chrono::milliseconds close_wait_ms{5'000};
// So many messages may come while the kernel takes no more answers.
constexpr std::uint8_t asked_while_blocked_count_max = 64;
// A client that said nothing, not even a pong, for so many pings in a row is gone.
constexpr std::uint8_t silent_checks_count_max = 2;
// Nothing longer is a topic, so it is not said back.
constexpr std::size_t topic_chars_max = discussion_id_chars_max + 20;
// How far apart the clients of a stopping server come back: each is told a moment of its own.
// Numbers in a row times this odd number (2^32 over the golden ratio) lie evenly in 32 bits.
constexpr std::uint32_t spreading = 2'654'435'769U;

// What the kernel holds and the peer's kernel has not acknowledged.
std::uint32_t unread_bytes(int socket) {
    int bytes = 0;
    return ::ioctl(socket, SIOCOUTQ, &bytes) == 0 ? static_cast<std::uint32_t>(bytes) : 0;
}

// As send() and sendmsg(). One piece is what most sends have, and what costs least.
ssize_t send_pieces(int socket, std::span<const std::string_view> pieces) {
    if (pieces.size() == 1) {
        return ::send(socket, pieces.front().data(), pieces.front().size(),
                      MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    std::array<iovec, pieces_per_send_count> vectors;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = pieces.size();
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

// Lives in the connection's own memory: an idle connection has nothing on the heap for its wait.
struct LiveConnection::ReadReady {
    LiveConnection* self;
    using allocator_type = HandlerAllocator<void*>;
    [[nodiscard]] allocator_type get_allocator() const {
        return allocator_type(self->read_memory_);
    }
    void operator()(const ErrorCode& error) const { self->on_readable(error); }
};

struct LiveConnection::WriteReady {
    LiveConnection* self;
    void operator()(const ErrorCode& /*error*/) const { self->on_writable(); }
};

LiveConnection::LiveConnection(TcpSocket socket, LiveFeed& feed, FrameForm form,
                               AddressCounts::Seat seat)
    : feed_(feed),
      socket_(std::move(socket)),
      id_(feed.hub().connect(form)),
      taken_at_(feed.turn_time()),
      seat_(std::move(seat)),
      form_(form) {
    ErrorCode ignored;
    socket_.set_option(asio::socket_base::send_buffer_size(live_send_buffer_bytes), ignored);
}

LiveConnection::~LiveConnection() { feed_.hub().disconnect(id_); }

void LiveConnection::start(std::string greeting) {
    feed_.hub().send_control(id_, std::make_shared<const WireFrame>(std::move(greeting), ""));
    // Spread, so that many who came together are not all pinged together.
    const std::uint32_t interval_ms = feed_.limits().live_ping_interval_ms;
    const std::uint32_t spread_ms = id_.generation * 7'919U % std::max(1U, interval_ms / 2);
    feed_.wheel().set(*this, std::chrono::milliseconds(interval_ms - spread_ms));
    wait_readable();
}

// --- in ------------------------------------------------------------------------------------------

void LiveConnection::wait_readable() {
    if (reading_ || cut_) return;
    reading_ = true;
    socket_.async_wait(TcpSocket::wait_read, ReadReady{this});
}

void LiveConnection::on_readable(const ErrorCode& error) {
    reading_ = false;
    if (cut_ || error) {
        cut();
        return release_if_done();
    }
    const std::span<char> buffer = feed_.read_buffer();
    for (int i = 0; i < reads_per_turn_count && !cut_; ++i) {
        const ssize_t got =
            ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (got <= 0) {
            cut();
            return release_if_done();
        }
        take_bytes(buffer.first(static_cast<std::size_t>(got)));
        if (static_cast<std::size_t>(got) < buffer.size()) break;
    }
    wait_readable();
}

void LiveConnection::take_bytes(std::span<char> bytes) {
    silent_checks_count_ = 0;
    // A reader of an event stream has nothing to say any more.
    if (is_events() || parser_.stopped()) return;
    const Limits& limits = feed_.limits();
    Inflater* inflater = form_ == FrameForm::deflated ? &feed_.inflater() : nullptr;
    parser_.consume(bytes, inflater, {limits.client_frame_bytes_max, client_fragments_count_max},
                    *this);
}

void LiveConnection::on_text(std::string_view message) {
    // Each message has an answer, and answers are not conflated.
    if (writing_ && ++asked_while_blocked_count_ > asked_while_blocked_count_max) {
        return on_violation(CloseCode::policy, "More is asked for than is taken away.");
    }
    result<LiveRequest> request = parse_live_request(message);
    if (request.has_error()) return answer_error(request.error(), {});
    if (const auto* wanted = std::get_if<LiveSubscribe>(&*request)) {
        if (wanted->topics.empty()) subscribe(wanted->topic, wanted->epoch, wanted->since);
        for (const std::string& topic : wanted->topics) subscribe(topic, {}, {});
    } else if (const auto* unwanted = std::get_if<LiveUnsubscribe>(&*request)) {
        unsubscribe(unwanted->topic);
    } else {
        feed_.viewer_sockets().authenticate(id_, std::get<LiveAuthenticate>(*request).ticket);
    }
}

void LiveConnection::unsubscribe(const std::string& topic) {
    if (const auto id = discussion_of_topic(topic)) {
        feed_.hub().unsubscribe(id_, *id);
    } else if (const auto counted = counted_of_topic(topic)) {
        feed_.count_topics().unsubscribe(id_, *counted);
    } else if (const auto mine = private_topic(topic)) {
        feed_.viewer_sockets().unsubscribe(id_, *mine);
    } else {
        answer_error(make_error(Errc::unknown_discussion), topic);
    }
}

void LiveConnection::subscribe(const std::string& topic, const std::optional<Epoch>& epoch,
                               std::optional<Seq> since) {
    if (const auto id = discussion_of_topic(topic)) {
        feed_.hub().subscribe(id_, *id, epoch, since);
    } else if (const auto counted = counted_of_topic(topic)) {
        if (!feed_.count_topics().subscribe(id_, *counted)) {
            answer_error(make_error(Errc::too_large,
                                    "This connection watches as many counts as it may. "
                                    "Unsubscribe from one first."),
                         topic);
        }
    } else if (const auto mine = private_topic(topic)) {
        feed_.viewer_sockets().subscribe(id_, *mine);
    } else {
        answer_error(make_error(Errc::unknown_discussion), topic);
    }
}

void LiveConnection::on_binary(std::string_view /*message*/) {
    if (writing_ && ++asked_while_blocked_count_ > asked_while_blocked_count_max) {
        return on_violation(CloseCode::policy, "More is asked for than is taken away.");
    }
    answer_error(make_error(Errc::malformed, "Messages are text frames with one JSON object."), {});
}

void LiveConnection::answer_error(const Error& error, std::string_view topic) {
    const std::string_view said = topic.size() <= topic_chars_max ? topic : std::string_view();
    feed_.hub().send(id_, feed_.encoder().text(encode_live_error(error, said), false));
}

void LiveConnection::on_ping(std::string_view payload) {
    feed_.hub().send_control(id_, FrameEncoder::control(WireOpcode::pong, payload));
}

void LiveConnection::on_close(std::uint16_t code, std::string_view /*reason*/) {
    finish(FrameEncoder::close(code));
}

void LiveConnection::on_violation(CloseCode code, std::string_view why) {
    finish(FrameEncoder::close(static_cast<std::uint16_t>(code), why));
}

// --- out -----------------------------------------------------------------------------------------

void LiveConnection::flush() {
    if (cut_ || writing_) return;
    std::array<std::string_view, pieces_per_send_count> pieces;
    while (const std::size_t count = feed_.hub().gather(id_, pieces)) {
        std::size_t wanted = 0;
        for (std::size_t i = 0; i < count; ++i) wanted += pieces[i].size();
        const ssize_t taken = send_pieces(socket_.native_handle(), std::span(pieces).first(count));
        if (taken < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN) return wait_writable();
            return cut();
        }
        sent_bytes_ += static_cast<std::uint32_t>(taken);
        feed_.hub().sent(id_, static_cast<std::size_t>(taken));
        if (static_cast<std::size_t>(taken) < wanted) return wait_writable();
    }
    asked_while_blocked_count_ = 0;
    if (closing_) shut_down();
}

void LiveConnection::wait_writable() {
    writing_ = true;
    socket_.async_wait(TcpSocket::wait_write, WriteReady{this});
}

void LiveConnection::on_writable() {
    writing_ = false;
    if (cut_) return release_if_done();
    flush();
}

// --- the end -------------------------------------------------------------------------------------

void LiveConnection::on_timer(MonotonicTime now) {
    if (closing_) return cut();
    const std::uint32_t unread = unread_bytes(socket_.native_handle());
    // That the kernel takes more tells nothing, and that it takes no more little: it does so only
    // when a good part of its buffer is free again, and a reader on a poor line may need minutes
    // for that. That somebody reads shows in what has been acknowledged.
    const std::uint32_t acknowledged = sent_bytes_ - unread;
    const bool is_taking = std::exchange(acknowledged_bytes_, acknowledged) != acknowledged;
    if (unread == 0 || is_taking) taken_at_ = now;
    if (now - taken_at_ >= std::chrono::milliseconds(feed_.limits().live_idle_timeout_ms)) {
        // Nobody takes anything there: a close frame would only wait with the rest.
        feed_.count_dead();
        return abort();
    }
    // A slow one cannot answer before it has read what comes before the ping.
    const bool is_slow = writing_ || unread > 0;
    if (!is_events() && !is_slow && silent_checks_count_++ >= silent_checks_count_max) {
        feed_.count_dead();
        return abort();
    }
    if (std::exchange(midway_before_, parser_.is_midway()) && parser_.is_midway()) {
        return on_violation(CloseCode::policy, "A message was begun and not ended.");
    }
    feed_.hub().send_control(id_, is_events() ? feed_.event_ping() : feed_.ping());
    feed_.wheel().set(*this, std::chrono::milliseconds(feed_.limits().live_ping_interval_ms));
}

void LiveConnection::close(CloseCode code) {
    const bool restart = code == CloseCode::service_restart;
    const std::uint64_t spread_ms = feed_.limits().drain_spread_ms;
    const std::uint64_t share = std::uint32_t{id_.generation * spreading};
    const std::string retry_ms = std::to_string(share * (spread_ms + 1) >> 32U);
    if (is_events()) {
        if (!restart) return finish(feed_.event_ping());
        return finish(std::make_shared<const WireFrame>("retry: " + retry_ms + "\n\n", ""));
    }
    std::string reason;
    if (restart) {
        reason = R"({"retry_after_ms":)" + retry_ms + R"(,"spread_ms":)" +
                 std::to_string(spread_ms) + "}";
    }
    finish(FrameEncoder::close(static_cast<std::uint16_t>(code), reason));
}

void LiveConnection::close_when_sent() {
    if (closing_ || cut_) return;
    begin_close();
    flush();  // there may be nothing left
}

void LiveConnection::finish(Frame close_frame) {
    if (closing_ || cut_) return;
    begin_close();
    feed_.hub().send_last(id_, std::move(close_frame));
}

void LiveConnection::begin_close() {
    closing_ = true;
    parser_.stop();
    feed_.wheel().set(*this, close_wait_ms);
}

// All is sent: tells the client that no more comes, and waits until it closes as well, so that
// nothing it still sends can reset the connection before it has read the close frame.
void LiveConnection::shut_down() {
    if (std::exchange(shut_, true)) return;
    ErrorCode ignored;
    socket_.shutdown(TcpSocket::shutdown_send, ignored);
}

// What the kernel holds goes as well, or it would try to deliver that for many minutes more.
void LiveConnection::abort() {
    ErrorCode ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    cut();
}

void LiveConnection::cut() {
    if (std::exchange(cut_, true)) return;
    ErrorCode ignored;
    socket_.close(ignored);  // ends the waits
    feed_.on_cut(*this);
}

void LiveConnection::release_if_done() {
    if (cut_ && !reading_ && !writing_) feed_.release(*this);
}

}  // namespace parley
