#include "net/http/session.hpp"

#include "base/log.hpp"
#include "net/http/headers.hpp"
#include "net/http/read_header.hpp"
#include "net/http/request_rules.hpp"
#include "net/socket_deadline.hpp"
#include "net/websocket/live_feed.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace parley {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using BodyParser = http::request_parser<http::string_body>;

constexpr std::string_view live_path = "/api/v1/live";
constexpr std::chrono::milliseconds linger_time_ms{2'000};
// A longer one is not said in the log.
constexpr std::size_t method_chars_max = 16;
constexpr std::size_t linger_bytes_max = 1024 * 1024;
constexpr std::chrono::milliseconds address_full_retry_ms{10'000};

Error too_many_connections() {
    Error error = make_retry(Errc::rate_limited, address_full_retry_ms);
    error.message = "Too many connections are open from this address. Close some, or come later.";
    return error;
}

class Session {
public:
    Session(TcpSocket socket, const asio::ip::tcp::endpoint& peer, AddressCounts::Seat seat,
            SessionContext& context)
        : socket_(std::move(socket)),
          context_(context),
          deadline_(socket_, context.wheel, context.site.clock),
          seat_(std::move(seat)),
          member_(context.connections.join({[this] { close_when_idle(); }, [this] { close(); }})),
          peer_(plain_address(peer.address())) {}

    // One request after the other, until one closes the connection.
    Awaitable<void> run() {
        bool go_on = true;
        while (go_on) go_on = co_await serve_one();
        if (socket_.is_open()) co_await linger();
    }

    // The request is read before it is refused: few clients expect an answer to none.
    Awaitable<void> refuse() {
        HeaderParser parser;
        parser.header_limit(context_.site.config.limits.header_bytes_max);
        parser.body_limit(boost::none);
        deadline_.set(linger_time_ms);
        auto [error, size] = co_await http::async_read_header(socket_, buffer_, parser, use_result);
        static_cast<void>(size);
        if (error) co_return;
        begin_request(parser.get());
        keep_alive_ = false;
        version_ = parser.get().version();
        HttpResponse response = problem_response(too_many_connections());
        const auto request = request_of(parser.get(), peer_, context_.site.config);
        if (request) add_cross_origin_headers(*request, context_.site, response);
        co_await write(std::move(response), parser.get().method() == http::verb::head);
        co_await linger();
    }

private:
    // Reads away what the client still sends, within bounds: closing on unread bytes would reset
    // the connection, and the client might never see the answer.
    Awaitable<void> linger() {
        boost::system::error_code ignored;
        socket_.shutdown(TcpSocket::shutdown_send, ignored);
        deadline_.set(linger_time_ms);
        std::array<char, 4096> bytes{};
        std::size_t total = 0;
        while (total < linger_bytes_max) {
            auto [error, size] = co_await socket_.async_read_some(asio::buffer(bytes), use_result);
            if (error) co_return;
            total += size;
        }
    }

    Awaitable<bool> serve_one() {
        // The answer before may have promised to keep the connection when there was no end in
        // sight.
        if (context_.site.draining) {
            // One that was accepted as the stop began has nothing to linger for, and by now nobody
            // may watch its deadline.
            if (!answered_) close();
            co_return false;
        }
        const Limits& limits = context_.site.config.limits;
        HeaderParser parser;
        parser.header_limit(limits.header_bytes_max);
        parser.body_limit(boost::none);
        // A connection may idle between two requests; the first one has less time.
        idle_ = true;
        deadline_.set(std::chrono::milliseconds(buffer_.size() == 0 && served_ > 0
                                                    ? limits.keep_alive_timeout_ms
                                                    : limits.request_header_timeout_ms));
        const boost::system::error_code error = co_await read_header(socket_, buffer_, parser);
        idle_ = false;
        if (error) {
            const bool answered = co_await refuse_header(error);
            co_return answered;
        }
        const HttpHeader& header = parser.get();
        begin_request(header);
        keep_alive_ = parser.get().keep_alive() && !context_.site.draining;
        version_ = parser.get().version();
        if (const auto bad = ambiguity(header)) {
            keep_alive_ = false;
            co_await write(problem_response(*bad), false);
            co_return false;
        }
        auto request = request_of(header, peer_, context_.site.config);
        if (request.has_error()) {
            keep_alive_ = false;
            co_await write(problem_response(request.error()), false);
            co_return false;
        }
        if (!request->id.empty()) request_id_ = request->id;
        request->id = request_id_;
        if (context_.live != nullptr && request->path == live_path) {
            const bool go_on = co_await upgrade(std::move(*request), parser);
            co_return go_on;
        }
        const bool go_on = co_await answer(std::move(*request), parser);
        co_return go_on;
    }

    // Reads the body, asks the handler, writes what it says.
    Awaitable<bool> answer(HttpRequest request, HeaderParser& header) {
        const std::uint64_t body_bytes = header.content_length().value_or(0);
        Match match = match_route(context_.routes, request.method, request.path);
        route_ = match.route;
        auto early = early_answer(request, match, context_.site, body_bytes);
        if (early) {
            // What is left of the body would be read as the next request.
            if (body_bytes > 0) keep_alive_ = false;
            add_cross_origin_headers(request, context_.site, *early);
            const bool written = co_await write(std::move(*early), request.head);
            co_return written&& keep_alive_;
        }
        if (body_bytes > 0) {
            const bool expects = header.get()[http::field::expect] == "100-continue";
            BodyParser parser(std::move(header));
            const bool read = co_await read_body(parser, expects);
            if (!read) co_return false;
            request.body = std::move(parser.get().body());
            // What the client took to send it is not the server's time.
            began_ = now();
        }
        request.path_arguments = std::move(match.arguments);
        HttpResponse response = co_await call(match.route->handler, request);
        add_cross_origin_headers(request, context_.site, response);
        if (response.events && context_.site.draining) {
            // It began while the handler looked; nobody would end this stream any more.
            response = problem_response(make_retry(Errc::unavailable, std::chrono::seconds(1)));
        }
        if (response.events && !request.head && context_.live != nullptr) {
            become_event_stream(std::move(response));
            co_return false;
        }
        const bool written = co_await write(std::move(response), request.head);
        ++served_;
        co_return written&& keep_alive_;
    }

    Awaitable<bool> read_body(BodyParser& parser, bool expects_continue) {
        const Limits& limits = context_.site.config.limits;
        deadline_.set(std::chrono::milliseconds(limits.request_body_timeout_ms));
        if (expects_continue) {
            http::response<http::empty_body> go_ahead(http::status::continue_, version_);
            auto [error, size] = co_await http::async_write(socket_, go_ahead, use_result);
            static_cast<void>(size);
            if (error) co_return false;
        }
        parser.body_limit(limits.article_body_bytes_max);
        auto [error, size] = co_await http::async_read(socket_, buffer_, parser, use_result);
        static_cast<void>(size);
        co_return !error;
    }

    // A handler that throws is a bug: this request fails, nobody else's.
    Awaitable<HttpResponse> call(Awaitable<HttpResponse> (*handler)(Site&, const HttpRequest&),
                                 const HttpRequest& request) {
        deadline_.clear();
        try {
            HttpResponse response = co_await handler(context_.site, request);
            co_return response;
        } catch (const std::exception& exception) {
            log_event(
                LogLevel::error, "http.handler_threw",
                {{"request", request.id}, {"route", route_pattern()}, {"what", exception.what()}});
        }
        co_return problem_response(make_error(Errc::internal));
    }

    Awaitable<bool> refuse_header(boost::system::error_code error) {
        keep_alive_ = false;
        begin_request();
        // Gone, silent or timed out: nobody is there to read an answer.
        const bool bad_input =
            error.category() == make_error_code(http::error::bad_field).category() &&
            error != http::error::end_of_stream && error != http::error::partial_message;
        if (!bad_input) co_return false;
        HttpResponse response = problem_response(
            error == http::error::header_limit
                ? make_error(Errc::headers_too_large)
                : make_error(Errc::malformed, "The request is not valid HTTP/1.1."));
        co_await write(std::move(response), false);
        co_return false;
    }

    Awaitable<bool> upgrade(HttpRequest request, HeaderParser& parser) {
        upgrades_ = true;
        Handshake handshake;
        auto refused = upgrade_refusal(parser.get(), request, context_.site, handshake);
        if (!refused && buffer_.size() > 0) {
            refused = problem_response(
                make_error(Errc::malformed, "Nothing may be sent before the upgrade is answered."));
        }
        if (refused) {
            keep_alive_ = false;
            co_await write(std::move(*refused), false);
            co_return false;
        }
        deadline_.clear();
        tell_answer(101);
        // Before the empty line that ends the head.
        handshake.response.insert(handshake.response.size() - 2,
                                  "X-Request-Id: " + request_id_ + "\r\n");
        context_.live->add(std::move(socket_),
                           handshake.deflate ? FrameForm::deflated : FrameForm::plain,
                           std::move(handshake.response), std::move(seat_));
        co_return false;
    }

    // From here on the socket belongs to the live feed: the answer has no end of its own.
    void become_event_stream(HttpResponse response) {
        const HttpResponse::EventStream events = *response.events;
        response.headers.emplace_back("X-Request-Id", request_id_);
        tell_answer(response.status);
        deadline_.clear();
        const LiveConnection& connection =
            context_.live->add(std::move(socket_), FrameForm::event,
                               head_of(response, {version_, false}), std::move(seat_));
        context_.live->hub().subscribe(connection.id(), events.discussion, events.epoch,
                                       events.since);
    }

    // The head and the body leave together, each from where it is.
    Awaitable<bool> write(HttpResponse response, bool head) {
        response.headers.emplace_back("X-Request-Id", request_id_);
        tell_answer(response.status);
        keep_alive_ = keep_alive_ && !context_.site.draining;
        const std::string head_bytes = head_of(response, {version_, keep_alive_});
        const std::string_view content = response.content();
        const bool with_body = !head && has_body(response);
        std::array<asio::const_buffer, 2> left{
            asio::buffer(head_bytes),
            with_body ? asio::buffer(content.data(), content.size()) : asio::const_buffer()};
        // A slow client has as long as it takes, if only it takes something.
        while (left[0].size() + left[1].size() > 0) {
            deadline_.set(
                std::chrono::milliseconds(context_.site.config.limits.request_body_timeout_ms));
            auto [error, size] = co_await socket_.async_write_some(left, use_result);
            if (error) co_return false;
            const std::size_t of_head = std::min(size, left[0].size());
            left[0] += of_head;
            left[1] += size - of_head;
        }
        co_return true;
    }

    [[nodiscard]] MonotonicTime now() const { return context_.site.clock.monotonic_now(); }

    // Its header was read; until it is known what it is, it is none of the routes.
    void begin_request() {
        began_ = now();
        request_id_ = context_.ids.next();
        method_.clear();
        route_ = nullptr;
        upgrades_ = false;
    }

    void begin_request(const HttpHeader& header) {
        begin_request();
        const auto method = header.method_string();
        if (method.size() <= method_chars_max) method_.assign(method.data(), method.size());
    }

    [[nodiscard]] std::string_view route_pattern() const {
        if (upgrades_) return live_path;
        return route_ == nullptr ? std::string_view("none") : route_->pattern;
    }

    // The answer is about to be sent. The address is not logged as it is: what stands in it was
    // chosen by whoever asks.
    void tell_answer(int status) {
        answered_ = true;
        const auto took = now() - began_;
        RouteClass kind = route_ == nullptr ? RouteClass::none : route_->kind;
        if (upgrades_) kind = RouteClass::live;
        context_.meter.add(kind, status, took);
        const auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took);
        const std::chrono::milliseconds slow(context_.site.config.log.slow_request_ms);
        const bool is_slow = slow.count() > 0 && took_ms > slow;
        log_event(is_slow ? LogLevel::warn : LogLevel::debug,
                  is_slow ? "http.slow_request" : "http.request",
                  {{"request", request_id_},
                   {"method", method_},
                   {"route", route_pattern()},
                   {"status", status},
                   {"duration_ms", took_ms}});
    }

    void close_when_idle() {
        if (idle_) close();
    }
    void close() {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

    TcpSocket socket_;
    SessionContext& context_;
    SocketDeadline deadline_;
    AddressCounts::Seat seat_;
    Connections::Member member_;
    beast::flat_buffer buffer_;
    std::string peer_;
    std::string request_id_;
    std::string method_;
    const Route* route_ = nullptr;
    MonotonicTime began_{};
    bool upgrades_ = false;
    bool answered_ = false;  // at least once
    unsigned version_ = 11;
    std::uint64_t served_ = 0;
    bool keep_alive_ = true;
    bool idle_ = false;
};

}  // namespace

Awaitable<void> run_http_session(TcpSocket socket, asio::ip::tcp::endpoint peer,
                                 AddressCounts::Seat seat, SessionContext& context) {
    Session session(std::move(socket), peer, std::move(seat), context);
    co_await session.run();
}

Awaitable<void> refuse_http_session(TcpSocket socket, asio::ip::tcp::endpoint peer,
                                    SessionContext& context) {
    Session session(std::move(socket), peer, AddressCounts::Seat(), context);
    co_await session.refuse();
}

}  // namespace parley
