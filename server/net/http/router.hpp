#pragma once

#include "net/asio.hpp"
#include "net/http/message.hpp"
#include "net/site.hpp"

#include <span>
#include <string_view>

namespace parley {

// How large a body a route takes.
enum class BodyLimit : std::uint8_t { none, json, article };

// What kind of request it is, for the figures that an operator sees. To the outside a label of a
// metric, so names are kept.
enum class RouteClass : std::uint8_t {
    page,     // HTML and feeds
    window,   // comments of a discussion
    changes,  // since a position, and event streams
    read,     // what else is read
    comment,  // posted, changed, deleted
    vote,
    publish,  // discussions are made and changed
    account,  // sign-up, sign-in, sign-out
    asset,    // scripts and styles
    live,     // the upgrade to a live socket
    ops,      // health and metrics
    none,     // no route, or refused before it was known
};
inline constexpr std::size_t route_classes_count = 12;
[[nodiscard]] std::string_view to_string(RouteClass kind) noexcept;

struct Route {
    std::string_view method;
    std::string_view pattern;  // "/api/v1/comments/{}/vote": each {} is one segment, not empty
    BodyLimit body;
    bool writes;  // changes something: a browser must be on an allowed origin
    Awaitable<HttpResponse> (*handler)(Site&, const HttpRequest&);
    RouteClass kind;
};

// Everything the server answers over HTTP, but for the live socket. Tests walk these tables.
[[nodiscard]] std::span<const Route> public_routes();
[[nodiscard]] std::span<const Route> ops_routes();

// What a request leads to: a route with the arguments of its pattern, or the error that says why
// there is none.
struct Match {
    const Route* route = nullptr;
    std::vector<std::string> arguments;
    bool path_exists = false;  // with other methods, named in `allow`
    std::string allow;
};
[[nodiscard]] Match match_route(std::span<const Route> routes, std::string_view method,
                                std::string_view path);

[[nodiscard]] std::size_t body_bytes_max(BodyLimit limit, const Limits& limits);

}  // namespace parley
