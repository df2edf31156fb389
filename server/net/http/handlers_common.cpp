#include "identity/tokens.hpp"
#include "net/http/handlers.hpp"
#include "net/http/headers.hpp"

#include <charconv>
#include <chrono>

namespace parley {

namespace {

// With the security headers and the cross-origin ones.
constexpr std::size_t response_headers_expected = 12;

}  // namespace

std::string session_cookie_name(const Site& site) {
    return site.config.site.url.starts_with("https://") ? "__Host-parley_session"
                                                        : "parley_session";
}

Caller caller_of(const HttpRequest& request, const Site& site) {
    Caller caller;
    caller.address = request.client_address;
    if (const auto token = bearer_token(request.authorization)) {
        caller.session = session_token_digest(*token);
    } else if (const auto cookie = find_cookie(request.cookie, session_cookie_name(site))) {
        caller.session = session_token_digest(*cookie);
    }
    return caller;
}

result<Idempotency> idempotency_of(const HttpRequest& request) {
    const std::string& key = request.idempotency_key;
    if (key.size() > idempotency_key_chars_max ||
        key.find_first_not_of("!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                              "abcdefghijklmnopqrstuvwxyz{|}~") != std::string::npos) {
        return make_error(Errc::invalid_field,
                          "Idempotency-Key takes 1 to 64 printable ASCII characters.",
                          "Idempotency-Key");
    }
    return Idempotency{key, sha256(request.method + '\n' + request.path + '\n' + request.body)};
}

HttpResponse snapshot_response(const HttpRequest& request, const SnapshotAnswer& answer,
                               TagKind tag) {
    const Snapshot& snapshot = *answer.snapshot;
    const bool gzip = request.accepts_gzip && !snapshot.gzip.empty();
    std::string etag;
    if (tag == TagKind::of_all_codings) etag = "W/\"" + snapshot.tag + "\"";
    else etag = "\"" + snapshot.tag + (gzip ? "-gz\"" : "\"");
    HttpResponse response;
    response.headers.reserve(response_headers_expected);
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (answer.stale_for) {
        const auto age = std::chrono::duration_cast<std::chrono::seconds>(*answer.stale_for);
        response.headers.emplace_back("Age", std::to_string(age.count()));
        response.headers.emplace_back("Parley-Stale", "true");
    }
    if (etag_matches(request.if_none_match, etag)) {
        response.status = 304;
    } else {
        if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
        response.shared_body = gzip ? snapshot.gzip : snapshot.identity;
        response.shared_owner = answer.snapshot;
    }
    response.headers.emplace_back("ETag", std::move(etag));
    return response;
}

result<DiscussionId> discussion_of_query(const HttpRequest& request) {
    const auto text = text_of(request, "discussion");
    if (!text) return make_error(Errc::invalid_field, "discussion is required.", "discussion");
    auto id = parse_discussion_id(*text);
    if (id.has_error()) return make_error(Errc::unknown_discussion);
    return id;
}

result<CommentId> comment_of(const HttpRequest& request) {
    if (const auto id = parse_comment_id(request.path_arguments.at(0))) return *id;
    return make_error(Errc::unknown_comment);
}

result<std::int64_t> number_of(const HttpRequest& request, std::string_view name,
                               std::int64_t fallback, std::int64_t min, std::int64_t max) {
    const auto text = text_of(request, name);
    if (!text) return fallback;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < min || value > max) {
        return make_error(Errc::invalid_field,
                          std::string(name) + " is a whole number from " + std::to_string(min) +
                              " to " + std::to_string(max) + ".",
                          std::string(name));
    }
    return value;
}

std::optional<std::string> text_of(const HttpRequest& request, std::string_view name) {
    const auto found = request.query.find(std::string(name));
    if (found == request.query.end()) return std::nullopt;
    return found->second;
}

}  // namespace parley
