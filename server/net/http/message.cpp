#include "net/http/message.hpp"

#include "protocol/answers.hpp"

namespace parley {

namespace {

// Scripts and styles from this server alone; no inline code; the DOM takes no strings (lit-html's
// own policy is the one exception, for its constant templates).
constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'; trusted-types lit-html";

}  // namespace

HttpResponse json_response(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(body);
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

HttpResponse problem_response(const Error& error) {
    HttpResponse response = json_response(http_status(error.code), encode_problem(error));
    response.content_type = "application/problem+json";
    if (error.retry_after) {
        const auto seconds = (error.retry_after->count() + 999) / 1000;
        response.headers.emplace_back("Retry-After", std::to_string(seconds));
    }
    return response;
}

void add_security_headers(HttpResponse& response) {
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.headers.emplace_back("Content-Security-Policy", content_security_policy);
    response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
}

}  // namespace parley
