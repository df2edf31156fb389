#include "net/http/session.hpp"

#include "base/log.hpp"
#include "net/http/handlers.hpp"
#include "net/http/headers.hpp"
#include "net/websocket/connection.hpp"
#include "net/websocket/upgrade.hpp"

#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <array>
#include <exception>
#include <utility>

namespace parley {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Stream = beast::basic_stream<asio::ip::tcp, Executor>;
using Header = http::request_header<>;
using HeaderParser = http::request_parser<http::empty_body>;
using BodyParser = http::request_parser<http::string_body>;

constexpr std::string_view live_path = "/api/v1/live";
constexpr std::chrono::milliseconds linger_time_ms{2'000};
constexpr std::size_t linger_bytes_max = 1024 * 1024;

std::size_t count_fields(const Header& header, http::field name) {
    const auto range = header.equal_range(name);
    return static_cast<std::size_t>(std::distance(range.first, range.second));
}

std::string text(beast::string_view view) { return std::string(view.data(), view.size()); }

// The bytes on the wire must mean the same to every proxy on the way: a request whose length or
// host could be read in two ways is refused, whatever Beast makes of it.
std::optional<Error> ambiguity(const Header& header, unsigned version) {
    if (header.find(http::field::transfer_encoding) != header.end()) {
        return make_error(Errc::malformed,
                          "Send the body with a Content-Length; Transfer-Encoding is not taken.");
    }
    const bool two_lengths = count_fields(header, http::field::content_length) > 1 ||
                             header[http::field::content_length].find(',') != std::string::npos;
    if (two_lengths) {
        return make_error(Errc::malformed, "The request has more than one Content-Length.");
    }
    const std::size_t hosts = count_fields(header, http::field::host);
    if (hosts > 1 || (hosts == 0 && version >= 11)) {
        return make_error(Errc::malformed, "The request must have exactly one Host.");
    }
    for (const http::field once :
         {http::field::origin, http::field::authorization, http::field::content_type}) {
        if (count_fields(header, once) > 1) {
            return make_error(Errc::malformed, "A header field that may occur once was repeated.");
        }
    }
    return std::nullopt;
}

result<HttpRequest> request_of(const Header& header, const std::string& peer,
                               const Config& config) {
    auto target = parse_target(text(header.target()));
    if (target.has_error()) return std::move(target.error());
    HttpRequest request;
    request.method = text(header.method_string());
    request.head = request.method == "HEAD";
    if (request.head) request.method = "GET";
    request.target = text(header.target());
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    request.host = text(header[http::field::host]);
    request.has_origin = header.find(http::field::origin) != header.end();
    request.origin = text(header[http::field::origin]);
    request.content_type = text(header[http::field::content_type]);
    request.cookie = text(header[http::field::cookie]);
    request.authorization = text(header[http::field::authorization]);
    request.idempotency_key = text(header["Idempotency-Key"]);
    request.if_none_match = text(header[http::field::if_none_match]);
    request.fetch_site = text(header["Sec-Fetch-Site"]);
    request.accepts_gzip = accepts_gzip(text(header[http::field::accept_encoding]));
    std::string forwarded;
    const auto range = header.equal_range("X-Forwarded-For");
    for (auto field = range.first; field != range.second; ++field) {
        if (!forwarded.empty()) forwarded += ',';
        forwarded += text(field->value());
    }
    request.client_address = client_address(peer, forwarded, config.server.trusted_proxies);
    return request;
}

// A page on another site may not write with this browser's cookie. A program with a bearer token
// has no Origin and needs none.
std::optional<Error> origin_refusal(const HttpRequest& request, const Site& site) {
    if (request.has_origin) {
        if (origin_allowed(request.origin, request.host, site.config.site)) return std::nullopt;
        return make_error(Errc::origin_refused);
    }
    const bool by_cookie = !bearer_token(request.authorization) &&
                           find_cookie(request.cookie, session_cookie_name(site));
    if (by_cookie) return make_error(Errc::origin_refused);
    return std::nullopt;
}

// Answers to other origins that may embed the component and write with a bearer token.
void add_cross_origin_headers(const HttpRequest& request, const Site& site,
                              HttpResponse& response) {
    if (!request.path.starts_with("/api/")) return;
    // In any case: else a shared cache would give an answer that names no origin to a page that
    // needs one.
    response.headers.emplace_back("Vary", "Origin");
    if (!request.has_origin) return;
    if (!origin_allowed(request.origin, request.host, site.config.site)) return;
    response.headers.emplace_back("Access-Control-Allow-Origin", request.origin);
    response.headers.emplace_back("Access-Control-Expose-Headers",
                                  "Age, ETag, Parley-Stale, Retry-After");
}

HttpResponse preflight_response(const Match& match) {
    HttpResponse response;
    response.status = 204;
    response.headers.emplace_back("Access-Control-Allow-Methods", match.allow);
    response.headers.emplace_back("Access-Control-Allow-Headers",
                                  "Authorization, Content-Type, Idempotency-Key");
    response.headers.emplace_back("Access-Control-Max-Age", "600");
    return response;
}

// What can be answered from the header alone; nothing where the handler must be asked.
std::optional<HttpResponse> early_answer(const HttpRequest& request, const Match& match,
                                         const Site& site, std::uint64_t body_bytes) {
    if (match.route == nullptr) {
        if (!match.path_exists) return not_found_response(request, site);
        if (request.method == "OPTIONS") return preflight_response(match);
        HttpResponse response = problem_response(make_error(Errc::method_not_allowed));
        response.headers.emplace_back("Allow", match.allow);
        return response;
    }
    const std::size_t bytes_max = body_bytes_max(match.route->body, site.config.limits);
    if (body_bytes > bytes_max) {
        return problem_response(make_error(
            Errc::too_large, "The body may have " + std::to_string(bytes_max) +
                                 " bytes; this one has " + std::to_string(body_bytes) + "."));
    }
    if (match.route->writes) {
        if (const auto refused = origin_refusal(request, site)) return problem_response(*refused);
        if (match.route->body != BodyLimit::none && !is_json(request.content_type)) {
            return problem_response(make_error(Errc::unsupported_media));
        }
    }
    return std::nullopt;
}

class Session {
public:
    Session(TcpSocket socket, SessionContext& context)
        : stream_(std::move(socket)),
          context_(context),
          member_(context.connections.join(
              {[this] { close_when_idle(); }, [this] { stream_.close(); }})) {
        boost::system::error_code ignored;
        stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
        const auto endpoint = stream_.socket().remote_endpoint(ignored);
        peer_ = endpoint.address().to_string();
    }

    // One request after the other, until one closes the connection.
    Awaitable<void> run() {
        bool go_on = true;
        while (go_on) go_on = co_await serve_one();
        if (stream_.socket().is_open()) co_await linger();
    }

private:
    // Reads away what the client still sends, within bounds: closing on unread bytes would reset
    // the connection, and the client might never see the answer.
    Awaitable<void> linger() {
        boost::system::error_code ignored;
        stream_.socket().shutdown(TcpSocket::shutdown_send, ignored);
        stream_.expires_after(linger_time_ms);
        std::array<char, 4096> bytes{};
        std::size_t total = 0;
        while (total < linger_bytes_max) {
            auto [error, size] = co_await stream_.async_read_some(asio::buffer(bytes), use_result);
            if (error) co_return;
            total += size;
        }
    }

    Awaitable<bool> serve_one() {
        const Limits& limits = context_.site.config.limits;
        HeaderParser parser;
        parser.header_limit(limits.header_bytes_max);
        parser.body_limit(boost::none);
        // The first byte may take as long as a connection may idle, the header then has less.
        idle_ = true;
        stream_.expires_after(std::chrono::milliseconds(buffer_.size() == 0 && served_ > 0
                                                            ? limits.keep_alive_timeout_ms
                                                            : limits.request_header_timeout_ms));
        auto [error, size] = co_await http::async_read_header(stream_, buffer_, parser, use_result);
        static_cast<void>(size);
        idle_ = false;
        if (error) {
            const bool answered = co_await refuse_header(error);
            co_return answered;
        }
        const Header& header = parser.get();
        keep_alive_ = parser.get().keep_alive() && !context_.site.draining;
        version_ = parser.get().version();
        if (const auto bad = ambiguity(header, version_)) {
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
        const Match match = match_route(context_.routes, request.method, request.path);
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
        }
        request.path_arguments = match.arguments;
        HttpResponse response = co_await call(match.route->handler, request);
        add_cross_origin_headers(request, context_.site, response);
        const bool written = co_await write(std::move(response), request.head);
        ++served_;
        co_return written&& keep_alive_;
    }

    Awaitable<bool> read_body(BodyParser& parser, bool expects_continue) {
        const Limits& limits = context_.site.config.limits;
        stream_.expires_after(std::chrono::milliseconds(limits.request_body_timeout_ms));
        if (expects_continue) {
            http::response<http::empty_body> go_ahead(http::status::continue_, version_);
            auto [error, size] = co_await http::async_write(stream_, go_ahead, use_result);
            static_cast<void>(size);
            if (error) co_return false;
        }
        parser.body_limit(limits.article_body_bytes_max);
        auto [error, size] = co_await http::async_read(stream_, buffer_, parser, use_result);
        static_cast<void>(size);
        co_return !error;
    }

    // A handler that throws is a bug: this request fails, nobody else's.
    Awaitable<HttpResponse> call(Awaitable<HttpResponse> (*handler)(Site&, HttpRequest),
                                 const HttpRequest& request) {
        stream_.expires_never();
        try {
            HttpResponse response = co_await handler(context_.site, request);
            co_return response;
        } catch (const std::exception& exception) {
            log_event(LogLevel::error, "http.handler_threw",
                      {{"path", request.path}, {"what", exception.what()}});
        }
        co_return problem_response(make_error(Errc::internal));
    }

    Awaitable<bool> refuse_header(boost::system::error_code error) {
        keep_alive_ = false;
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
        UpgradeRequest upgrade{parser.get()};
        const bool is_upgrade = beast::websocket::is_upgrade(upgrade.message);
        std::optional<HttpResponse> refused;
        if (!is_upgrade) {
            refused = problem_response(make_error(
                Errc::malformed, "This address takes WebSocket upgrades (version 13) only."));
            if (upgrade.message[http::field::sec_websocket_version] != "13") {
                refused->status = 426;
                refused->headers.emplace_back("Upgrade", "websocket");
                refused->headers.emplace_back("Sec-WebSocket-Version", "13");
            }
        } else if (!request.has_origin ||
                   !origin_allowed(request.origin, request.host, context_.site.config.site)) {
            refused = problem_response(make_error(Errc::origin_refused));
        } else if (context_.site.draining) {
            refused = problem_response(make_retry(Errc::unavailable, std::chrono::seconds(1)));
        } else if (buffer_.size() > 0) {
            refused = problem_response(
                make_error(Errc::malformed, "Nothing may be sent before the upgrade is answered."));
        }
        if (refused) {
            keep_alive_ = false;
            co_await write(std::move(*refused), false);
            co_return false;
        }
        stream_.expires_never();
        start_live_connection(stream_.release_socket(), upgrade, *context_.live,
                              context_.connections);
        co_return false;
    }

    Awaitable<bool> write(HttpResponse response, bool head) {
        add_security_headers(response);
        http::response<http::span_body<const char>> message(
            static_cast<http::status>(response.status), version_);
        message.set(http::field::server, "Parley");
        if (!response.content_type.empty()) {
            message.set(http::field::content_type, response.content_type);
        }
        for (const auto& [name, value] : response.headers) message.insert(name, value);
        const std::string_view content = response.content();
        const bool bodiless = response.status == 304 || response.status == 204;
        if (!head && !bodiless) {
            message.body() = {content.data(), content.size()};
        }
        if (!bodiless) message.content_length(content.size());
        keep_alive_ = keep_alive_ && !context_.site.draining;
        message.keep_alive(keep_alive_);
        // A slow client has as long as it takes, if only it takes something.
        http::response_serializer<http::span_body<const char>> serializer(message);
        while (!serializer.is_done()) {
            stream_.expires_after(
                std::chrono::milliseconds(context_.site.config.limits.request_body_timeout_ms));
            auto [error, size] = co_await http::async_write_some(stream_, serializer, use_result);
            static_cast<void>(size);
            if (error) co_return false;
        }
        co_return true;
    }

    void close_when_idle() {
        if (idle_) stream_.close();
    }

    Stream stream_;
    SessionContext& context_;
    Connections::Member member_;
    beast::flat_buffer buffer_;
    std::string peer_;
    unsigned version_ = 11;
    std::uint64_t served_ = 0;
    bool keep_alive_ = true;
    bool idle_ = false;
};

}  // namespace

Awaitable<void> run_http_session(TcpSocket socket, SessionContext& context) {
    Session session(std::move(socket), context);
    co_await session.run();
}

}  // namespace parley
