#include "identity/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = RateLimiter::Kind;

constexpr MonotonicTime start{std::chrono::hours{1'000}};

Limits slow_limits() {
    Limits limits;
    limits.posts_per_minute_max = 3;
    limits.votes_per_minute_max = 60;
    limits.sign_ups_per_hour_max = 2;
    return limits;
}

TEST(RateLimiter, LetsABurstThroughAndThenSaysHowLongToWait) {
    RateLimiter rates(slow_limits());
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take(Kind::post, "4", start));
    EXPECT_EQ(rates.take(Kind::post, "4", start), milliseconds{20'000});
    EXPECT_EQ(rates.take(Kind::post, "4", start + seconds{15}), milliseconds{5'000});
    // Waiting as long as was said is enough, and asking in between costs nothing.
    EXPECT_FALSE(rates.take(Kind::post, "4", start + seconds{20}));
    EXPECT_TRUE(rates.take(Kind::post, "4", start + seconds{20}));
}

TEST(RateLimiter, WhatIsSpentElsewhereIsMissingHere) {
    RateLimiter rates(slow_limits());
    rates.spend(Kind::post, "4", 2, start);
    EXPECT_FALSE(rates.take(Kind::post, "4", start));
    EXPECT_EQ(rates.take(Kind::post, "4", start), milliseconds{20'000});
    EXPECT_FALSE(rates.take(Kind::post, "5", start)) << "another bucket";
    EXPECT_FALSE(rates.take(Kind::vote, "4", start)) << "and another kind";
}

TEST(RateLimiter, WhatWasTooMuchIsOwedUpToOneBurst) {
    RateLimiter rates(slow_limits());
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take(Kind::post, "4", start));
    rates.spend(Kind::post, "4", 1, start);
    EXPECT_EQ(rates.take(Kind::post, "4", start), milliseconds{40'000});
    rates.spend(Kind::post, "4", 4'000'000'000, start);
    EXPECT_EQ(rates.take(Kind::post, "4", start), milliseconds{80'000});
    EXPECT_FALSE(rates.take(Kind::post, "4", start + seconds{80}));
}

TEST(RateLimiter, NothingIsOwedWhereRatesAreOff) {
    Limits limits = slow_limits();
    limits.rates_enabled = false;
    RateLimiter rates(limits);
    rates.spend(Kind::post, "4", 100, start);
    EXPECT_FALSE(rates.take(Kind::post, "4", start));
    EXPECT_EQ(rates.size(), 0U);
}

TEST(RateLimiter, NeverSavesUpMoreThanItsBurst) {
    RateLimiter rates(slow_limits());
    EXPECT_FALSE(rates.take(Kind::post, "4", start));
    const MonotonicTime later = start + std::chrono::hours{48};
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take(Kind::post, "4", later));
    EXPECT_TRUE(rates.take(Kind::post, "4", later));
}

TEST(RateLimiter, CountsKindsAndKeysApart) {
    RateLimiter rates(slow_limits());
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take(Kind::post, "4", start));
    EXPECT_TRUE(rates.take(Kind::post, "4", start));
    EXPECT_FALSE(rates.take(Kind::post, "5", start));
    EXPECT_FALSE(rates.take(Kind::vote, "4", start));
    EXPECT_FALSE(rates.take(Kind::sign_up, "4", start));
    EXPECT_FALSE(rates.take(Kind::sign_up, "4", start));
    EXPECT_EQ(rates.take(Kind::sign_up, "4", start), milliseconds{minutes{30}});
}

TEST(RateLimiter, ASteadyRateIsNeverRefused) {
    RateLimiter rates(slow_limits());
    for (int i = 0; i < 600; ++i) {
        EXPECT_FALSE(rates.take(Kind::vote, "4", start + seconds{i})) << "at second " << i;
    }
}

TEST(RateLimiter, ATimeThatGoesBackGivesNothing) {
    RateLimiter rates(slow_limits());
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take(Kind::post, "4", start));
    EXPECT_TRUE(rates.take(Kind::post, "4", start - minutes{10}));
    EXPECT_TRUE(rates.take(Kind::post, "4", start));
}

TEST(RateLimiter, CanBeSwitchedOff) {
    Limits limits = slow_limits();
    limits.rates_enabled = false;
    RateLimiter rates(limits);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(rates.take(Kind::post, "4", start));
    EXPECT_EQ(rates.size(), 0U);
}

TEST(RateLimiter, StaysWithinItsBucketsAndKeepsTheEmptiest) {
    Limits limits = slow_limits();
    limits.rate_buckets_count_max = 100;
    RateLimiter rates(limits);
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take(Kind::post, "flooder", start));
    // All at one moment, so that no bucket refills and every one of them is as full as the next.
    for (int i = 0; i < 5'000; ++i) {
        EXPECT_FALSE(rates.take(Kind::post, "address " + std::to_string(i), start));
        ASSERT_LE(rates.size(), 100U);
    }
    EXPECT_GT(rates.size(), 80U);
    EXPECT_TRUE(rates.take(Kind::post, "flooder", start)) << "was forgotten, and let through";
}

TEST(RateLimiter, ForgetsAFewOfTheFullestAtATime) {
    Limits limits = slow_limits();
    limits.rate_buckets_count_max = 100;
    RateLimiter rates(limits);
    for (int i = 0; i < 50; ++i) {
        const std::string empty = "empty " + std::to_string(i);
        for (int taken = 0; taken < 3; ++taken) EXPECT_FALSE(rates.take(Kind::post, empty, start));
        EXPECT_FALSE(rates.take(Kind::post, "fuller " + std::to_string(i), start));
    }
    EXPECT_FALSE(rates.take(Kind::post, "another", start));
    EXPECT_EQ(rates.size(), 100U - 100U / 8 + 1);
    for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(rates.take(Kind::post, "empty " + std::to_string(i), start));
    }
}

TEST(RateLimiter, ForgetsAllThatHaveRefilledAtOnce) {
    Limits limits = slow_limits();
    limits.rate_buckets_count_max = 100;
    RateLimiter rates(limits);
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(rates.take(Kind::post, "address " + std::to_string(i), start));
    }
    EXPECT_FALSE(rates.take(Kind::post, "another", start + minutes{2}));
    EXPECT_EQ(rates.size(), 1U);
}

}  // namespace
}  // namespace parley
