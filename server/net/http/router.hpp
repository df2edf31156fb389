#pragma once

#include "net/asio.hpp"
#include "net/http/message.hpp"
#include "net/site.hpp"

#include <span>
#include <string_view>

namespace parley {

// How large a body a route takes.
enum class BodyLimit : std::uint8_t { none, json, article };

struct Route {
    std::string_view method;
    std::string_view pattern;  // "/api/v1/comments/{}/vote": each {} is one segment, not empty
    BodyLimit body;
    bool writes;  // changes something: a browser must be on an allowed origin
    Awaitable<HttpResponse> (*handler)(Site&, const HttpRequest&);
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
