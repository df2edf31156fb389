#pragma once

#include "discussion/types.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

// A request and its answer as handlers see them: no Beast, so that only session.cpp pays for it.

struct HttpRequest {
    std::string method;  // "GET"; HEAD arrives as GET with head set
    bool head = false;
    std::string path;                          // decoded, begins with '/'
    std::string target;                        // as sent
    std::map<std::string, std::string> query;  // decoded; a repeated name is refused earlier
    std::string host;
    std::string origin;
    bool has_origin = false;
    std::string content_type;
    std::string cookie;
    std::string authorization;
    std::string idempotency_key;
    std::string if_none_match;
    std::string last_event_id;
    std::string fetch_site;  // Sec-Fetch-Site
    bool accepts_gzip = false;
    std::string client_address;  // after server.trusted_proxies
    std::string id;              // names it in the log and in its answer
    std::string body;
    std::vector<std::string> path_arguments;  // what the route's {…} stand for
};

struct HttpResponse {
    int status = 200;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    // Used instead of `body` where not empty: bytes that many answers share. They live as long as
    // `shared_owner`, and without one for ever.
    std::string_view shared_body;
    std::shared_ptr<const void> shared_owner;
    // Instead of a body: what happens in a discussion, as it happens, from a position on.
    struct EventStream {
        DiscussionId discussion;
        std::optional<Epoch> epoch;
        std::optional<Seq> since;
    };
    std::optional<EventStream> events;

    [[nodiscard]] std::string_view content() const {
        return shared_body.empty() ? std::string_view(body) : shared_body;
    }
};

[[nodiscard]] HttpResponse json_response(int status, std::string body);
[[nodiscard]] HttpResponse problem_response(const Error& error);

// Whether an answer of this status has a body at all: 204 and 304 have none.
[[nodiscard]] bool has_body(const HttpResponse& response);

// The bytes of an answer before its body: status line and header fields, with those that every
// answer carries: nosniff, CSP, frame-ancestors, referrer policy.
struct HttpConnectionState {
    unsigned version = 11;  // of the request: 10 or 11
    bool keep_alive = true;
};
[[nodiscard]] std::string head_of(const HttpResponse& response, HttpConnectionState connection);

}  // namespace parley
