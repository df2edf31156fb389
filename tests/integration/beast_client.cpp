// Beast's own websocket::stream as a client of the live socket, driven by a test: a judge that
// shares no line with the server's codec. One command for each line of standard input, one event
// for each line of standard output, both JSON objects; tests/support/beast_client.mjs has the list.

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <iostream>
#include <limits>
#include <string>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Reads no faster than it is told to.
using Transport =
    beast::basic_stream<tcp, asio::io_context::executor_type, beast::simple_rate_policy>;
using Stream = websocket::stream<Transport, true>;

constexpr std::size_t message_bytes_max = std::size_t{16} * 1024 * 1024;

void tell(const json::object& event) {
    const std::string line = json::serialize(event) + '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
}

std::string text_of(const json::object& command, const char* key) {
    const json::value* value = command.if_contains(key);
    return value == nullptr ? std::string() : std::string(value->as_string());
}

std::int64_t number_of(const json::object& command, const char* key, std::int64_t fallback) {
    const json::value* value = command.if_contains(key);
    return value == nullptr ? fallback : value->as_int64();
}

class Client {
public:
    explicit Client(asio::io_context& context)
        : stream_(context), commands_(context, ::dup(STDIN_FILENO)) {}

    void run() { read_command(); }

private:
    // --- commands --------------------------------------------------------------------------------

    void read_command() {
        asio::async_read_until(commands_, input_, '\n', [this](ErrorCode error, std::size_t) {
            if (error) return leave();
            std::istream lines(&input_);
            std::string line;
            std::getline(lines, line);
            obey(json::parse(line).as_object());
            read_command();
        });
    }

    void obey(const json::object& command) {
        const std::string what = text_of(command, "do");
        if (what == "open") open(command);
        else if (what == "read") read();
        else if (what == "pace") pace(number_of(command, "bytes_per_s", 0));
        else if (what == "close") close(command);
        else send(command);
    }

    void leave() {
        ErrorCode ignored;
        stream_.next_layer().socket().close(ignored);
    }

    void fail(const char* what, const ErrorCode& error) {
        tell({{"event", "failed"}, {"what", what}, {"reason", error.message()}});
        leave();
        commands_.close();
    }

    // --- the beginning ---------------------------------------------------------------------------

    void open(const json::object& command) {
        auto& socket = stream_.next_layer().socket();
        socket.open(tcp::v4());
        const auto buffer = number_of(command, "receive_buffer_bytes", 0);
        if (buffer > 0)
            socket.set_option(asio::socket_base::receive_buffer_size(static_cast<int>(buffer)));
        const auto port = static_cast<std::uint16_t>(number_of(command, "port", 0));
        socket.connect({asio::ip::address_v4::loopback(), port});
        stream_.set_option(deflate_of(command));
        stream_.set_option(websocket::stream_base::decorator(
            [origin = text_of(command, "origin")](websocket::request_type& request) {
                request.set(http::field::origin, origin);
                request.set(http::field::sec_websocket_protocol, "parley.v1");
            }));
        stream_.read_message_max(message_bytes_max);
        stream_.auto_fragment(false);
        stream_.control_callback([](websocket::frame_type kind, beast::string_view payload) {
            const char* const name = kind == websocket::frame_type::ping   ? "ping"
                                     : kind == websocket::frame_type::pong ? "pong"
                                                                           : "close";
            tell({{"event", name}, {"payload", json::string(payload.data(), payload.size())}});
        });
        stream_.async_handshake(response_, "127.0.0.1:" + std::to_string(port), "/api/v1/live",
                                [this](ErrorCode error) { on_open(error); });
    }

    static websocket::permessage_deflate deflate_of(const json::object& command) {
        websocket::permessage_deflate deflate;
        const json::value* wanted = command.if_contains("deflate");
        deflate.client_enable = wanted != nullptr;
        if (wanted == nullptr) return deflate;
        const json::object& how = wanted->as_object();
        deflate.client_max_window_bits = static_cast<int>(number_of(how, "client_bits", 15));
        deflate.server_max_window_bits = static_cast<int>(number_of(how, "server_bits", 15));
        deflate.client_no_context_takeover = how.contains("no_context_takeover");
        deflate.server_no_context_takeover = how.contains("no_context_takeover");
        deflate.msg_size_threshold = 0;
        return deflate;
    }

    void on_open(const ErrorCode& error) {
        const auto field = [this](http::field name) {
            const auto value = response_[name];
            return std::string(value.data(), value.size());
        };
        if (error) {
            return tell({{"event", "refused"},
                         {"status", response_.result_int()},
                         {"reason", error.message()}});
        }
        tell({{"event", "open"},
              {"extensions", field(http::field::sec_websocket_extensions)},
              {"protocol", field(http::field::sec_websocket_protocol)}});
    }

    // --- reading ---------------------------------------------------------------------------------

    void read() {
        stream_.async_read(buffer_, [this](ErrorCode error, std::size_t) { on_read(error); });
    }

    void on_read(const ErrorCode& error) {
        if (error && is_closing_) return;  // the close tells of it
        if (error == websocket::error::closed) return on_closed("server");
        if (error) return fail("read", error);
        tell({{"event", stream_.got_text() ? "text" : "binary"},
              {"data", beast::buffers_to_string(buffer_.data())}});
        buffer_.consume(buffer_.size());
        read();
    }

    // Zero: as fast as it comes.
    void pace(std::int64_t bytes_per_s) {
        const auto limit = bytes_per_s == 0 ? std::numeric_limits<std::size_t>::max()
                                            : static_cast<std::size_t>(bytes_per_s);
        stream_.next_layer().rate_policy().read_limit(limit);
        tell({{"event", "paced"}});
    }

    // --- writing: one after the other ------------------------------------------------------------

    void send(const json::object& command) {
        outgoing_.push_back(command);
        if (outgoing_.size() == 1) send_next();
    }

    void send_next() {
        const json::object& command = outgoing_.front();
        const std::string what = text_of(command, "do");
        const auto done = [this](ErrorCode error) { on_sent(error); };
        payload_ = text_of(command, "data");
        if (what == "ping") {
            stream_.async_ping(websocket::ping_data(payload_), done);
        } else if (what == "pong") {
            stream_.async_pong(websocket::ping_data(payload_), done);
        } else {
            stream_.text(what == "text");
            stream_.compress(!command.contains("plain"));
            piece_bytes_ = static_cast<std::size_t>(
                number_of(command, "piece_bytes", static_cast<std::int64_t>(payload_.size() + 1)));
            written_ = 0;
            send_piece();
        }
    }

    void send_piece() {
        const std::size_t size = std::min(piece_bytes_, payload_.size() - written_);
        const bool is_last = written_ + size == payload_.size();
        stream_.async_write_some(is_last, asio::buffer(payload_.data() + written_, size),
                                 [this, size, is_last](ErrorCode error, std::size_t) {
                                     written_ += size;
                                     if (error || is_last) on_sent(error);
                                     else send_piece();
                                 });
    }

    void on_sent(const ErrorCode& error) {
        if (error) return fail("write", error);
        outgoing_.pop_front();
        if (!outgoing_.empty()) send_next();
    }

    // --- the end ---------------------------------------------------------------------------------

    // The whole handshake: Beast waits for the server's close frame and for the end of the stream.
    void close(const json::object& command) {
        is_closing_ = true;
        websocket::close_reason reason(
            static_cast<websocket::close_code>(number_of(command, "code", 1000)));
        reason.reason = text_of(command, "reason").substr(0, reason.reason.max_size());
        stream_.async_close(reason, [this](ErrorCode error) {
            if (error) return fail("close", error);
            on_closed("client");
        });
    }

    void on_closed(const char* by) {
        const websocket::close_reason& reason = stream_.reason();
        tell({{"event", "closed"},
              {"by", by},
              {"code", reason.code},
              {"reason", json::string(reason.reason.data(), reason.reason.size())}});
        commands_.close();
    }

    Stream stream_;
    asio::posix::stream_descriptor commands_;
    asio::streambuf input_;
    beast::flat_buffer buffer_;
    websocket::response_type response_;
    std::deque<json::object> outgoing_;
    std::string payload_;
    std::size_t piece_bytes_ = 0;
    std::size_t written_ = 0;
    bool is_closing_ = false;
};

}  // namespace

int main() {
    try {
        asio::io_context context(1);
        Client client(context);
        client.run();
        context.run();
    } catch (const std::exception& exception) {
        std::cerr << "beast_client: " << exception.what() << '\n';
        return 1;
    }
    return 0;
}
