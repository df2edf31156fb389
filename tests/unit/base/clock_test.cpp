#include "base/clock.hpp"

#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <array>

namespace parley {
namespace {

using namespace std::chrono_literals;

std::string normalized(std::string_view text) {
    const result<WallTime> time = parse_rfc3339(text);
    return time ? format_rfc3339(*time) : "refused";
}

TEST(Clock, FormatsUtcWithMilliseconds) {
    EXPECT_EQ(format_rfc3339(WallTime{}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(format_rfc3339(WallTime{1'642'843'920'007ms}), "2022-01-22T09:32:00.007Z");
    EXPECT_EQ(format_rfc3339(WallTime{253'402'300'799'999ms}), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(format_rfc3339(WallTime{-1ms}), "1969-12-31T23:59:59.999Z");
}

TEST(Clock, ReadsWhatItWrites) {
    for (const std::int64_t ms : {0LL, 1LL, 951'782'399'999LL, 951'782'400'000LL,
                                  1'709'164'800'123LL, 253'402'300'799'999LL}) {
        const WallTime time{std::chrono::milliseconds{ms}};
        EXPECT_EQ(parse_rfc3339(format_rfc3339(time)).value(), time) << ms;
    }
}

TEST(Clock, ReadsFractionsAndOffsets) {
    EXPECT_EQ(normalized("2022-01-22T09:32:00Z"), "2022-01-22T09:32:00.000Z");
    EXPECT_EQ(normalized("2022-01-22t09:32:00z"), "2022-01-22T09:32:00.000Z");
    EXPECT_EQ(normalized("2022-01-22T09:32:00.5Z"), "2022-01-22T09:32:00.500Z");
    EXPECT_EQ(normalized("2022-01-22T09:32:00.1239999Z"), "2022-01-22T09:32:00.123Z");
    EXPECT_EQ(normalized("2022-01-22T09:32:00+01:00"), "2022-01-22T08:32:00.000Z");
    EXPECT_EQ(normalized("2022-01-22T23:32:00-05:30"), "2022-01-23T05:02:00.000Z");
    EXPECT_EQ(normalized("2022-01-22T09:32:00-00:00"), "2022-01-22T09:32:00.000Z");
    EXPECT_EQ(normalized("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000Z");
    EXPECT_EQ(normalized("1969-12-31T23:00:00-01:00"), "1970-01-01T00:00:00.000Z");
}

TEST(Clock, ALeapSecondIsTheSecondBefore) {
    EXPECT_EQ(normalized("2016-12-31T23:59:60.250Z"), "2016-12-31T23:59:59.250Z");
    EXPECT_EQ(normalized("2017-01-01T00:59:60+01:00"), "2016-12-31T23:59:59.000Z");
    EXPECT_EQ(normalized("2016-12-31T12:00:60Z"), "refused");
    EXPECT_EQ(normalized("2016-12-31T23:59:61Z"), "refused");
}

TEST(Clock, RefusesWhatIsNotATime) {
    constexpr std::array refused{"",
                                 "now",
                                 "2022",
                                 "2022-01-22",
                                 "2022-01-22T09:32Z",
                                 "2022-01-22T09:32:00",
                                 "2022-01-22 09:32:00Z",
                                 "2022-1-22T09:32:00Z",
                                 "2022-01-22T9:32:00Z",
                                 "2022-01-22T09:32:00.Z",
                                 "2022-01-22T09:32:00,5Z",
                                 "2022-01-22T09:32:00Z ",
                                 " 2022-01-22T09:32:00Z",
                                 "2022-01-22T09:32:00+0100",
                                 "2022-01-22T09:32:00+24:00",
                                 "2022-01-22T09:32:00+01:60",
                                 "2022-01-22T09:32:00+01",
                                 "2022-13-01T00:00:00Z",
                                 "2022-00-01T00:00:00Z",
                                 "2022-02-29T00:00:00Z",
                                 "2022-04-31T00:00:00Z",
                                 "2022-01-00T00:00:00Z",
                                 "2022-01-22T24:00:00Z",
                                 "2022-01-22T09:60:00Z",
                                 "-022-01-22T09:32:00Z",
                                 "+2022-01-22T09:32:00Z",
                                 "1969-12-31T23:59:59Z",
                                 "1970-01-01T00:00:00+00:01",
                                 "9999-12-31T23:59:59-00:01",
                                 "12022-01-22T09:32:00Z"};
    for (const char* text : refused) {
        EXPECT_EQ(normalized(text), "refused") << text;
    }
    EXPECT_EQ(normalized("2022-01-22T09:32:00." + std::string(1'000, '1') + "Z"), "refused");
    EXPECT_EQ(parse_rfc3339("never").error().code, Errc::invalid_field);
}

TEST(Clock, EveryPrefixOfATimeIsRefused) {
    const std::string whole = "2022-01-22T09:32:00.5+01:00";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_EQ(normalized(whole.substr(0, length)), "refused") << length;
    }
}

TEST(Clock, SystemClockIsOfThisCenturyAndMonotonic) {
    const SystemClock clock;
    EXPECT_GT(clock.wall_now(), parse_rfc3339("2022-01-01T00:00:00Z").value());
    const MonotonicTime first = clock.monotonic_now();
    EXPECT_LE(first, clock.monotonic_now());
}

TEST(Clock, ManualClockMovesOnlyWhenTold) {
    test::ManualClock clock;
    const WallTime wall = clock.wall_now();
    const MonotonicTime monotonic = clock.monotonic_now();
    EXPECT_EQ(clock.wall_now(), wall);
    clock.advance(1'500ms);
    EXPECT_EQ(clock.wall_now() - wall, 1'500ms);
    EXPECT_EQ(clock.monotonic_now() - monotonic, 1'500ms);
    clock.set_wall(wall - 1h);
    EXPECT_EQ(clock.wall_now(), wall - 1h);
    EXPECT_EQ(clock.monotonic_now() - monotonic, 1'500ms);
    clock.set_monotonic(monotonic);
    EXPECT_EQ(clock.monotonic_now(), monotonic);
}

}  // namespace
}  // namespace parley
