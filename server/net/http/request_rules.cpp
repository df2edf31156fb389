#include "net/http/request_rules.hpp"

#include "net/http/handlers.hpp"
#include "net/http/headers.hpp"
#include "net/http/request_meter.hpp"
#include "net/websocket/header_lists.hpp"

#include <utility>

namespace parley {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;

// Somewhere else, or here after the restart.
constexpr std::chrono::milliseconds drain_retry_ms{1'000};

// Keeps what handlers may ask for. Of a field that is there twice and may be, the first counts, but
// forwarding addresses are a list.
void take_field(HttpRequest& request, std::string& forwarded, const HttpHeader::value_type& field) {
    const std::string_view value = field.value();
    const auto keep = [&](std::string& into) {
        if (into.empty()) into = value;
    };
    switch (field.name()) {
        case http::field::host: return keep(request.host);
        case http::field::origin: request.has_origin = true; return keep(request.origin);
        case http::field::content_type: return keep(request.content_type);
        case http::field::cookie: return keep(request.cookie);
        case http::field::authorization: return keep(request.authorization);
        case http::field::if_none_match: return keep(request.if_none_match);
        case http::field::accept_encoding:
            request.accepts_gzip = request.accepts_gzip || accepts_gzip(value);
            return;
        case http::field::sec_fetch_site: return keep(request.fetch_site);
        case http::field::unknown: break;  // to Beast
        default: return;
    }
    const std::string_view name = field.name_string();
    if (equal_ignoring_case(name, "Idempotency-Key")) return keep(request.idempotency_key);
    if (equal_ignoring_case(name, "Last-Event-ID")) return keep(request.last_event_id);
    if (equal_ignoring_case(name, "X-Request-Id")) return keep(request.id);
    if (!equal_ignoring_case(name, "X-Forwarded-For")) return;
    if (!forwarded.empty()) forwarded += ',';
    forwarded += value;
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
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t origins = 0;
    std::size_t authorizations = 0;
    std::size_t types = 0;
    for (const auto& field : header) {
        switch (field.name()) {
            case http::field::transfer_encoding:
                return make_error(
                    Errc::malformed,
                    "Send the body with a Content-Length; Transfer-Encoding is not taken.");
            case http::field::host: ++hosts; break;
            case http::field::content_length:
                lengths += field.value().find(',') == beast::string_view::npos ? 1 : 2;
                break;
            case http::field::origin: ++origins; break;
            case http::field::authorization: ++authorizations; break;
            case http::field::content_type: ++types; break;
            default: break;
        }
    }
    if (lengths > 1) {
        return make_error(Errc::malformed, "The request has more than one Content-Length.");
    }
    if (hosts > 1 || (hosts == 0 && header.version() >= 11)) {
        return make_error(Errc::malformed, "The request must have exactly one Host.");
    }
    if (origins > 1 || authorizations > 1 || types > 1) {
        return make_error(Errc::malformed, "A header field that may occur once was repeated.");
    }
    return std::nullopt;
}

result<HttpRequest> request_of(const HttpHeader& header, const std::string& peer,
                               const Config& config) {
    auto target = parse_target(header.target());
    if (target.has_error()) return std::move(target.error());
    HttpRequest request;
    request.method = header.method_string();
    request.head = request.method == "HEAD";
    if (request.head) request.method = "GET";
    request.target = header.target();
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    std::string forwarded;
    // One look at each: most of what a handler may ask about is not there.
    for (const auto& field : header) take_field(request, forwarded, field);
    request.client_address = client_address(peer, forwarded, config.server.trusted_proxies);
    const bool named_well =
        is_request_id(request.id) && is_trusted_proxy(peer, config.server.trusted_proxies);
    if (!request.id.empty() && !named_well) request.id.clear();
    return request;
}

void add_cross_origin_headers(const HttpRequest& request, const Site& site,
                              HttpResponse& response) {
    if (!request.path.starts_with("/api/v1/")) return;  // what else is there is for every page
    // In any case: else a shared cache would give an answer that names no origin to a page that
    // needs one.
    response.headers.emplace_back("Vary", "Origin");
    if (!request.has_origin) return;
    if (!origin_allowed(request.origin, request.host, site.config.site)) return;
    response.headers.emplace_back("Access-Control-Allow-Origin", request.origin);
    response.headers.emplace_back("Access-Control-Expose-Headers",
                                  "Age, ETag, Parley-Stale, Retry-After, X-Request-Id");
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
