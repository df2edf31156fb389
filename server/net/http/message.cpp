#include "net/http/message.hpp"

#include "protocol/answers.hpp"

namespace parley {

namespace {

// Of every answer. Scripts and styles from this server alone; no inline code; the DOM takes no
// strings (lit-html's own policy is the one exception, for its constant templates).
constexpr std::string_view fields_of_all =
    "Server: Parley\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types lit-html\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

constexpr std::size_t head_bytes_expected = 1'024;

std::string_view reason_of(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 422: return "Unprocessable Content";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        case 507: return "Insufficient Storage";
        default: return "";  // which HTTP allows
    }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

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

bool has_body(const HttpResponse& response) {
    return response.status != 304 && response.status != 204;
}

std::string head_of(const HttpResponse& response, HttpConnectionState connection) {
    std::string out;
    out.reserve(head_bytes_expected);
    out += connection.version >= 11 ? "HTTP/1.1 " : "HTTP/1.0 ";
    out.append(std::to_string(response.status)).append(" ").append(reason_of(response.status));
    out += "\r\n";
    out += fields_of_all;
    if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
    for (const auto& [name, value] : response.headers) append_field(out, name, value);
    if (has_body(response) && !response.events) {
        append_field(out, "Content-Length", std::to_string(response.content().size()));
    }
    if (!connection.keep_alive) out += "Connection: close\r\n";
    else if (connection.version < 11) out += "Connection: keep-alive\r\n";
    out += "\r\n";
    return out;
}

}  // namespace parley
