#include "net/http/request_meter.hpp"

#include <gtest/gtest.h>

#include <set>

namespace parley {
namespace {

using std::chrono::milliseconds;

TEST(RequestMeter, CountsByKindAndStatus) {
    RequestMeter meter;
    meter.add(RouteClass::vote, 200, milliseconds(3));
    meter.add(RouteClass::vote, 429, milliseconds(1));
    meter.add(RouteClass::live, 101, milliseconds(1));
    meter.add(RouteClass::none, 0, milliseconds(1));
    meter.add(RouteClass::none, 999, milliseconds(1));
    RequestStats stats = meter.stats();
    const auto of = [&stats](RouteClass kind) {
        return stats.classes.at(static_cast<std::size_t>(kind));
    };
    EXPECT_EQ(of(RouteClass::vote).by_status, (std::array<std::uint64_t, 5>{0, 1, 0, 1, 0}));
    EXPECT_EQ(of(RouteClass::live).by_status, (std::array<std::uint64_t, 5>{1, 0, 0, 0, 0}));
    EXPECT_EQ(of(RouteClass::none).by_status, (std::array<std::uint64_t, 5>{1, 0, 0, 0, 1}));
    EXPECT_EQ(of(RouteClass::vote).took_us.count(), 2U);
    EXPECT_EQ(stats.count(), 5U);
    stats.merge(meter.stats());
    EXPECT_EQ(stats.count(), 10U);
    EXPECT_EQ(of(RouteClass::vote).by_status[1], 2U);
}

TEST(RequestMeter, EveryKindHasAName) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < route_classes_count; ++i) {
        names.insert(to_string(static_cast<RouteClass>(i)));
    }
    EXPECT_EQ(names.size(), route_classes_count);
    for (const Route& route : public_routes()) {
        EXPECT_NE(route.kind, RouteClass::none) << route.pattern;
        EXPECT_EQ(route.writes,
                  route.kind == RouteClass::comment || route.kind == RouteClass::vote ||
                      route.kind == RouteClass::publish || route.kind == RouteClass::account)
            << route.method << " " << route.pattern;
    }
}

TEST(RequestIds, AreShortAndNeverTheSame) {
    RequestIds ids(1);
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        const std::string id = ids.next();
        ASSERT_EQ(id.size(), 12U);
        ASSERT_TRUE(is_request_id(id)) << id;
        seen.insert(id);
    }
    EXPECT_EQ(seen.size(), 10'000U);
    EXPECT_NE(RequestIds().next(), RequestIds().next()) << "two event loops";
}

TEST(RequestIds, TakesFromAProxyWhatCannotForgeALine) {
    EXPECT_TRUE(is_request_id("7f3a-1.B_c"));
    EXPECT_TRUE(is_request_id(std::string(64, 'a')));
    for (const std::string& bad : {std::string(), std::string(65, 'a'), std::string("a b"),
                                   std::string("a\nb"), std::string("a\"b"), std::string("ä")}) {
        EXPECT_FALSE(is_request_id(bad)) << bad;
    }
}

}  // namespace
}  // namespace parley
