#include "net/http/request_rules.hpp"

#include "net/http/handlers.hpp"
#include "net/http/headers.hpp"

#include <utility>

namespace parley {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;

// Somewhere else, or here after the restart.
constexpr std::chrono::milliseconds drain_retry_ms{1'000};

std::size_t count_fields(const HttpHeader& header, http::field name) {
    const auto range = header.equal_range(name);
    return static_cast<std::size_t>(std::distance(range.first, range.second));
}

std::string text(beast::string_view view) { return std::string(view.data(), view.size()); }

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

HttpResponse preflight_response(const Match& match) {
    HttpResponse response;
    response.status = 204;
    response.headers.emplace_back("Access-Control-Allow-Methods", match.allow);
    response.headers.emplace_back("Access-Control-Allow-Headers",
                                  "Authorization, Content-Type, Idempotency-Key");
    response.headers.emplace_back("Access-Control-Max-Age", "600");
    return response;
}

std::vector<std::string_view> values_of(const HttpHeader& header, http::field name) {
    std::vector<std::string_view> values;
    const auto range = header.equal_range(name);
    for (auto field = range.first; field != range.second; ++field) {
        values.emplace_back(field->value().data(), field->value().size());
    }
    return values;
}

HandshakeRequest handshake_request_of(const HttpHeader& header) {
    HandshakeRequest request;
    request.method = {header.method_string().data(), header.method_string().size()};
    request.http_version = header.version();
    request.upgrade = values_of(header, http::field::upgrade);
    request.connection = values_of(header, http::field::connection);
    request.key = values_of(header, http::field::sec_websocket_key);
    request.version = values_of(header, http::field::sec_websocket_version);
    request.protocols = values_of(header, http::field::sec_websocket_protocol);
    request.extensions = values_of(header, http::field::sec_websocket_extensions);
    return request;
}

}  // namespace

std::optional<Error> ambiguity(const HttpHeader& header) {
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
    if (hosts > 1 || (hosts == 0 && header.version() >= 11)) {
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

result<HttpRequest> request_of(const HttpHeader& header, const std::string& peer,
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
    request.last_event_id = text(header["Last-Event-ID"]);
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

std::optional<HttpResponse> upgrade_refusal(const HttpHeader& header, const HttpRequest& request,
                                            const Site& site, Handshake& handshake) {
    handshake = shake_hands(handshake_request_of(header));
    if (!handshake.accepted()) {
        HttpResponse refused =
            problem_response(make_error(Errc::malformed, std::string(handshake.refusal)));
        refused.status = handshake.status;
        if (handshake.status == 426) {
            refused.headers.emplace_back("Upgrade", "websocket");
            refused.headers.emplace_back("Sec-WebSocket-Version", "13");
        }
        return refused;
    }
    if (!request.has_origin || !origin_allowed(request.origin, request.host, site.config.site)) {
        return problem_response(make_error(Errc::origin_refused));
    }
    if (site.draining) return problem_response(make_retry(Errc::unavailable, drain_retry_ms));
    return std::nullopt;
}

}  // namespace parley
