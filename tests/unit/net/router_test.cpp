#include "net/http/router.hpp"

#include <gtest/gtest.h>

#include <set>

namespace parley {
namespace {

TEST(Router, FindsARouteAndItsArguments) {
    const Match match = match_route(public_routes(), "PUT", "/api/v1/comments/17/vote");
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.route->pattern, "/api/v1/comments/{}/vote");
    EXPECT_EQ(match.arguments, std::vector<std::string>{"17"});
}

TEST(Router, TellsAWrongMethodFromAWrongPath) {
    const Match method = match_route(public_routes(), "POST", "/api/v1/comments/17/vote");
    EXPECT_EQ(method.route, nullptr);
    EXPECT_TRUE(method.path_exists);
    EXPECT_EQ(method.allow, "PUT");
    EXPECT_EQ(match_route(public_routes(), "PATCH", "/").allow, "GET, HEAD");
    for (const char* path : {"/api/v1/comments//vote", "/api/v1/comments/17/vote/", "/api/v1", "",
                             "/api/v1/comments/17/votes", "//"}) {
        EXPECT_FALSE(match_route(public_routes(), "PUT", path).path_exists) << path;
    }
}

TEST(Router, EveryRouteThatChangesSomethingAsksForAnOrigin) {
    for (const Route& route : public_routes()) {
        const bool safe = route.method == "GET";
        EXPECT_EQ(route.writes, !safe) << route.method << " " << route.pattern;
        if (safe) {
            EXPECT_EQ(route.body, BodyLimit::none) << route.pattern;
        }
    }
}

TEST(Router, NoRouteIsThereTwice) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const Route& route : public_routes()) {
        EXPECT_TRUE(seen.emplace(route.method, route.pattern).second) << route.pattern;
    }
}

}  // namespace
}  // namespace parley
