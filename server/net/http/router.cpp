#include "net/http/router.hpp"

namespace parley {

namespace {

std::optional<std::vector<std::string>> match_pattern(std::string_view pattern,
                                                      std::string_view path) {
    std::vector<std::string> arguments;
    while (true) {
        const std::size_t pattern_end = pattern.find('/');
        const std::size_t path_end = path.find('/');
        const std::string_view expected = pattern.substr(0, pattern_end);
        const std::string_view segment = path.substr(0, path_end);
        if (expected == "{}") {
            if (segment.empty()) return std::nullopt;
            arguments.emplace_back(segment);
        } else if (expected != segment) {
            return std::nullopt;
        }
        const bool pattern_done = pattern_end == std::string_view::npos;
        const bool path_done = path_end == std::string_view::npos;
        if (pattern_done != path_done) return std::nullopt;
        if (pattern_done) return arguments;
        pattern.remove_prefix(pattern_end + 1);
        path.remove_prefix(path_end + 1);
    }
}

}  // namespace

Match match_route(std::span<const Route> routes, std::string_view method, std::string_view path) {
    Match match;
    for (const Route& route : routes) {
        auto arguments = match_pattern(route.pattern, path);
        if (!arguments) continue;
        match.path_exists = true;
        if (route.method == method) {
            match.route = &route;
            match.arguments = std::move(*arguments);
            return match;
        }
        if (!match.allow.empty()) match.allow += ", ";
        match.allow += route.method;
        if (route.method == "GET") match.allow += ", HEAD";
    }
    return match;
}

std::string_view to_string(RouteClass kind) noexcept {
    switch (kind) {
        case RouteClass::page: return "page";
        case RouteClass::window: return "window";
        case RouteClass::changes: return "changes";
        case RouteClass::read: return "read";
        case RouteClass::comment: return "comment";
        case RouteClass::vote: return "vote";
        case RouteClass::publish: return "publish";
        case RouteClass::account: return "account";
        case RouteClass::asset: return "asset";
        case RouteClass::live: return "live";
        case RouteClass::ops: return "ops";
        case RouteClass::none: return "none";
    }
    return "none";
}

std::size_t body_bytes_max(BodyLimit limit, const Limits& limits) {
    switch (limit) {
        case BodyLimit::none: return 0;
        case BodyLimit::json: return limits.json_body_bytes_max;
        case BodyLimit::article: return limits.article_body_bytes_max;
    }
    return 0;
}

}  // namespace parley
