#include "net/websocket/connection.hpp"

#include "base/log.hpp"
#include "net/websocket/upgrade.hpp"
#include "protocol/requests.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace parley {

namespace {

namespace websocket = boost::beast::websocket;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

constexpr const char* subprotocol = "parley.v1";
// A close frame waits so long for what is being written before it.
constexpr std::chrono::milliseconds close_wait_ms{5'000};
// A connection that once sent a large frame does not keep its room.
constexpr std::size_t buffer_kept_bytes = 4'096;
// Nothing longer is a topic, so it is not said back.
constexpr std::size_t topic_chars_max = discussion_id_chars_max + 20;
// How far apart the clients of a stopping server come back.
constexpr const char* restart_reason = R"({"spread_ms":5000})";

class Connection final : public LiveConnection, public std::enable_shared_from_this<Connection> {
public:
    Connection(TcpSocket socket, LiveFeed& feed, Connections& connections)
        : stream_(std::move(socket)),
          feed_(feed),
          id_(feed.add(*this)),
          member_(connections.join(
              {[this] { close(CloseCode::service_restart); }, [this] { cut(); }})) {}

    ~Connection() override { feed_.remove(id_); }

    void start(const UpgradeRequest& request) {
        const Limits& limits = feed_.site().config.limits;
        stream_.read_message_max(limits.client_frame_bytes_max);
        stream_.auto_fragment(false);
        stream_.text(true);
        websocket::stream_base::timeout timeouts{};
        timeouts.handshake_timeout = std::chrono::milliseconds(limits.request_header_timeout_ms);
        // Half of it without a frame makes a ping, so this gives pings every 25 s.
        timeouts.idle_timeout = std::chrono::milliseconds(2 * limits.live_ping_interval_ms);
        timeouts.keep_alive_pings = true;
        stream_.set_option(timeouts);
        const bool offered = http::token_list(request.message[http::field::sec_websocket_protocol])
                                 .exists(subprotocol);
        stream_.set_option(
            websocket::stream_base::decorator([offered](websocket::response_type& answer) {
                if (offered) answer.set(http::field::sec_websocket_protocol, subprotocol);
                answer.set(http::field::server, "Parley");
            }));
        TcpSocket& socket = boost::beast::get_lowest_layer(stream_);
        socket.set_option(asio::ip::tcp::no_delay(true), ignored_);
        socket.set_option(asio::socket_base::send_buffer_size(live_send_buffer_bytes), ignored_);
        stream_.async_accept(request.message, [self = shared_from_this()](const ErrorCode& error) {
            if (error) return;
            self->open_ = true;
            self->read_next();
            self->write_next();
        });
    }

    void wake() override {
        if (open_) write_next();
    }

    void check(MonotonicTime now) override {
        const std::chrono::milliseconds limit(feed_.site().config.limits.live_idle_timeout_ms);
        const bool stalled = writing_ && now - writing_since_ >= limit;
        const bool close_waits = closing_ && writing_ && now - closing_since_ >= close_wait_ms;
        if (stalled || close_waits) cut();
    }

    void close(CloseCode code) override {
        if (closing_) return;
        closing_ = true;
        closing_since_ = feed_.now();
        close_code_ = code;
        if (!open_) cut();
        else if (!writing_) send_close();
    }

private:
    void read_next() {
        stream_.async_read(buffer_,
                           [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                               if (error) return self->on_closed(error);
                               self->on_message();
                               self->read_next();
                           });
    }

    void on_message() {
        const auto bytes = buffer_.data();
        const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
        result<LiveRequest> request =
            stream_.got_text()
                ? parse_live_request(text)
                : make_error(Errc::malformed, "Messages are text frames with one JSON object.");
        buffer_.consume(buffer_.size());
        if (buffer_.capacity() > buffer_kept_bytes) buffer_.shrink_to_fit();
        if (request.has_error()) {
            feed_.hub().send(id_, encode_live_error(request.error(), {}));
            return;
        }
        if (const auto* subscribe = std::get_if<LiveSubscribe>(&*request)) {
            on_subscribe(*subscribe);
        } else if (const auto* unsubscribe = std::get_if<LiveUnsubscribe>(&*request)) {
            if (const auto id = discussion_of_topic(unsubscribe->topic)) {
                feed_.hub().unsubscribe(id_, *id);
            }
        } else {
            feed_.hub().send(
                id_, encode_live_error(make_error(Errc::forbidden,
                                                  "This server has no signed-in sockets: what "
                                                  "is public needs no ticket."),
                                       {}));
        }
    }

    void on_subscribe(const LiveSubscribe& subscribe) {
        const auto id = discussion_of_topic(subscribe.topic);
        if (!id) {
            const bool sane = subscribe.topic.size() <= topic_chars_max;
            feed_.hub().send(id_, encode_live_error(make_error(Errc::unknown_discussion),
                                                    sane ? subscribe.topic : std::string()));
            return;
        }
        feed_.hub().subscribe(id_, *id, subscribe.epoch, subscribe.since, feed_.now());
    }

    void write_next() {
        if (writing_) return;
        if (closing_) return send_close();
        frame_ = feed_.hub().take(id_, feed_.now());
        if (!frame_) return;
        writing_ = true;
        writing_since_ = feed_.now();
        stream_.async_write(asio::buffer(*frame_),
                            [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                                self->writing_ = false;
                                if (!error) self->write_next();
                            });
    }

    void send_close() {
        if (close_sent_) return;
        close_sent_ = true;
        websocket::close_reason reason(static_cast<websocket::close_code>(close_code_));
        if (close_code_ == CloseCode::service_restart) reason.reason = restart_reason;
        stream_.async_close(reason, [self = shared_from_this()](const ErrorCode&) {});
    }

    void on_closed(const ErrorCode& error) {
        open_ = false;
        if (error == websocket::error::closed) return;
        // Too large, not UTF-8, a bad frame: Beast has sent the close frame with the right code.
        cut();
    }

    void cut() {
        closing_ = true;
        boost::beast::get_lowest_layer(stream_).close(ignored_);
    }

    websocket::stream<TcpSocket, false> stream_;
    boost::beast::flat_buffer buffer_;
    LiveFeed& feed_;
    ConnectionId id_;
    Connections::Member member_;
    Frame frame_;  // being written
    bool open_ = false;
    bool writing_ = false;
    bool closing_ = false;
    MonotonicTime writing_since_{};
    MonotonicTime closing_since_{};
    bool close_sent_ = false;
    CloseCode close_code_ = CloseCode::policy;
    ErrorCode ignored_;
};

}  // namespace

void start_live_connection(TcpSocket socket, const UpgradeRequest& request, LiveFeed& feed,
                           Connections& connections) {
    std::make_shared<Connection>(std::move(socket), feed, connections)->start(request);
}

}  // namespace parley
