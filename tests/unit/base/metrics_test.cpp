#include "base/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace parley {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

std::uint64_t true_percentile(std::vector<std::uint64_t> values, double share) {
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(
        std::max(1.0, std::ceil(share * static_cast<double>(values.size()))));
    return values.at(rank - 1);
}

TEST(Histogram, SaysNothingOfNothing) {
    const Histogram empty;
    EXPECT_EQ(empty.count(), 0U);
    EXPECT_EQ(empty.sum(), 0U);
    EXPECT_EQ(empty.percentile(0.99), 0U);
    EXPECT_EQ(empty.count_below_power(Histogram::doublings), 0U);
}

TEST(Histogram, SmallValuesAreExact) {
    Histogram histogram;
    for (std::uint64_t value = 0; value < 16; ++value) histogram.add(value);
    for (std::uint64_t value = 0; value < 16; ++value) {
        EXPECT_EQ(histogram.percentile(static_cast<double>(value + 1) / 16), value);
    }
    EXPECT_EQ(histogram.sum(), 120U);
}

// Every value that can be told from another: its bucket ends at it or at most a sixteenth above.
TEST(Histogram, APercentileIsNeverBelowAndAtMostASixteenthAbove) {
    for (std::uint64_t value = 0; value <= Histogram::value_max; value += 1 + value / 97) {
        Histogram histogram;
        histogram.add(value);
        const std::uint64_t told = histogram.percentile(1);
        ASSERT_GE(told, value);
        ASSERT_LE(static_cast<double>(told), static_cast<double>(value) * (1 + 1.0 / 16));
    }
}

TEST(Histogram, KeepsItsErrorOverManyValues) {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> latencies(7, 2);
    std::vector<std::uint64_t> values;
    Histogram histogram;
    for (int i = 0; i < 20'000; ++i) {
        const auto value = static_cast<std::uint64_t>(std::min(latencies(random), 1e8));
        values.push_back(value);
        histogram.add(value);
    }
    for (const double share : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const std::uint64_t truth = true_percentile(values, share);
        EXPECT_GE(histogram.percentile(share), truth) << share;
        EXPECT_LE(static_cast<double>(histogram.percentile(share)),
                  static_cast<double>(truth) * (1 + 1.0 / 16))
            << share;
    }
}

TEST(Histogram, CountsBelowPowersOfTwoExactly) {
    Histogram histogram;
    std::vector<std::uint64_t> values;
    for (std::uint64_t value = 0; value < 5'000; value += 3) {
        histogram.add(value);
        values.push_back(value);
    }
    for (unsigned power = 0; power <= Histogram::doublings; ++power) {
        const auto below = std::count_if(values.begin(), values.end(), [power](std::uint64_t v) {
            return v < std::uint64_t{1} << power;
        });
        EXPECT_EQ(histogram.count_below_power(power), static_cast<std::uint64_t>(below)) << power;
    }
    EXPECT_EQ(histogram.count_below_power(Histogram::doublings + 9), values.size());
}

TEST(Histogram, WhatIsTooLargeCountsAsTheLargest) {
    Histogram histogram;
    histogram.add(Histogram::value_max + 1);
    histogram.add(UINT64_MAX);
    EXPECT_EQ(histogram.percentile(0.5), Histogram::value_max);
    EXPECT_EQ(histogram.sum(), 2 * Histogram::value_max);
    EXPECT_EQ(histogram.count_below_power(Histogram::doublings), 2U);
}

TEST(Histogram, DurationsAreInMicroseconds) {
    Histogram histogram;
    histogram.add(microseconds(12));
    histogram.add(nanoseconds(3'999));
    histogram.add(microseconds(-5));
    EXPECT_EQ(histogram.percentile(1), 12U);
    EXPECT_EQ(histogram.percentile(0.5), 3U);
    EXPECT_EQ(histogram.percentile(0), 0U) << "a clock that went back";
}

TEST(Histogram, MergingIsAsIfOneHadMeasuredAll) {
    Histogram all;
    Histogram one;
    Histogram other;
    for (std::uint64_t value = 1; value < 100'000; value *= 3) {
        all.add(value);
        (value % 2 == 0 ? one : other).add(value);
        all.add(value / 2);
        one.add(value / 2);
    }
    one.merge(other);
    EXPECT_EQ(one.count(), all.count());
    EXPECT_EQ(one.sum(), all.sum());
    for (const double share : {0.1, 0.5, 0.9, 1.0}) {
        EXPECT_EQ(one.percentile(share), all.percentile(share));
    }
}

TEST(Histogram, TellsWhatCameSinceACopy) {
    Histogram histogram;
    for (int i = 0; i < 100; ++i) histogram.add(std::uint64_t{1'000'000});
    const Histogram before = histogram;
    for (int i = 0; i < 10; ++i) histogram.add(std::uint64_t{8});
    const Histogram since = histogram.since(before);
    EXPECT_EQ(since.count(), 10U);
    EXPECT_EQ(since.sum(), 80U);
    EXPECT_EQ(since.percentile(0.99), 8U);
}

}  // namespace
}  // namespace parley
