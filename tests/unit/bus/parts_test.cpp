#include "bus/channels.hpp"
#include "bus/probe.hpp"
#include "bus/publish_queue.hpp"
#include "bus/spent_sums.hpp"

#include <gtest/gtest.h>

#include <set>

namespace parley {
namespace {

using std::chrono::milliseconds;

constexpr MonotonicTime start{std::chrono::hours(1)};

PublishQueue::Item item(std::uint64_t number, std::size_t bytes) {
    return {0, BusProbe{number}, bytes};
}
std::uint64_t number_of(const PublishQueue::Item& item) {
    return std::get<BusProbe>(item.content).number;
}

TEST(PublishQueue, GivesInOrder) {
    PublishQueue queue({1'000, 10});
    for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(queue.push(item(i, 10)), 0U);
    EXPECT_EQ(queue.bytes(), 30U);
    for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(number_of(*queue.pop()), i);
    EXPECT_FALSE(queue.pop());
    EXPECT_EQ(queue.bytes(), 0U);
}

TEST(PublishQueue, DropsTheOldestOverItsCount) {
    PublishQueue queue({1'000, 3});
    std::size_t dropped = 0;
    for (std::uint64_t i = 1; i <= 5; ++i) dropped += queue.push(item(i, 10));
    EXPECT_EQ(dropped, 2U);
    EXPECT_EQ(number_of(*queue.pop()), 3U);
}

TEST(PublishQueue, DropsTheOldestOverItsBytes) {
    PublishQueue queue({100, 1'000});
    EXPECT_EQ(queue.push(item(1, 40)), 0U);
    EXPECT_EQ(queue.push(item(2, 40)), 0U);
    EXPECT_EQ(queue.push(item(3, 90)), 2U);
    EXPECT_EQ(queue.bytes(), 90U);
    EXPECT_EQ(queue.push(item(4, 101)), 2U) << "that one is too large alone";
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(queue.bytes(), 0U);
}

TEST(PublishQueue, IsEmptiedAtOnce) {
    PublishQueue queue({100, 10});
    for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(queue.push(item(i, 10)), 0U);
    EXPECT_EQ(queue.clear(), 3U);
    EXPECT_EQ(queue.bytes(), 0U);
    EXPECT_EQ(queue.clear(), 0U);
}

TEST(Probe, IsSentAtOnceAndAgainAfterItsInterval) {
    Probe probe;
    EXPECT_FALSE(probe.is_due(start));
    probe.start(start);
    EXPECT_TRUE(probe.is_due(start));
    const auto first = probe.send(start);
    EXPECT_FALSE(probe.is_due(start + bus_probe_interval_ms - milliseconds(1)));
    EXPECT_TRUE(probe.is_due(start + bus_probe_interval_ms));
    EXPECT_NE(probe.send(start + bus_probe_interval_ms), first);
}

TEST(Probe, ProvesTheConnectionsWhenItComesBack) {
    Probe probe;
    probe.start(start);
    const auto number = probe.send(start);
    EXPECT_FALSE(probe.is_proven());
    EXPECT_TRUE(probe.come_back(number, start + milliseconds(7)));
    EXPECT_TRUE(probe.is_proven());
    EXPECT_EQ(probe.last_time(), std::chrono::microseconds(7'000));
    EXPECT_EQ(probe.last_back(), start + milliseconds(7));
    EXPECT_FALSE(probe.come_back(number, start + milliseconds(9))) << "only once";
    EXPECT_FALSE(probe.come_back(number + 1, start + milliseconds(9))) << "it was never sent";
}

TEST(Probe, NewConnectionsAreNotProvenByTheOldOnes) {
    Probe probe;
    probe.start(start);
    const auto old = probe.send(start);
    EXPECT_TRUE(probe.come_back(old, start));
    const auto under_way = probe.send(start + milliseconds(10));
    probe.stop();
    EXPECT_FALSE(probe.is_proven());
    probe.start(start + milliseconds(20));
    EXPECT_FALSE(probe.is_proven());
    EXPECT_FALSE(probe.come_back(under_way, start + milliseconds(30)));
    EXPECT_FALSE(probe.is_proven());
}

TEST(Probe, IsLostWhenNoneComesBackInTime) {
    Probe probe;
    EXPECT_FALSE(probe.is_lost(start + std::chrono::hours(1))) << "there is no connection";
    probe.start(start);
    EXPECT_FALSE(probe.is_lost(start + bus_probe_age_max_ms - milliseconds(1)));
    EXPECT_TRUE(probe.is_lost(start + bus_probe_age_max_ms)) << "not even one could be sent";
    const auto number = probe.send(start);
    EXPECT_TRUE(probe.come_back(number, start + milliseconds(100)));
    EXPECT_FALSE(probe.is_lost(start + bus_probe_age_max_ms));
    EXPECT_TRUE(probe.is_lost(start + milliseconds(100) + bus_probe_age_max_ms));
}

TEST(Probe, IsLostWhenOneChannelIsSilent) {
    Probe probe;
    probe.start(start);
    MonotonicTime now = start;
    static_cast<void>(probe.send(now));
    for (; now < start + bus_probe_age_max_ms; now += milliseconds(500)) {
        EXPECT_FALSE(probe.is_lost(now));
        const auto other = probe.send(now);
        EXPECT_TRUE(probe.come_back(other, now));
    }
    EXPECT_TRUE(probe.is_lost(now));
}

TEST(SpentSums, AddsUpUntilItIsTold) {
    SpentSums sums;
    EXPECT_TRUE(sums.empty());
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(sums.add(1, "a"));
    EXPECT_FALSE(sums.add(0, "a"));
    EXPECT_EQ(sums.take(), (BusSpent{{{0, "a", 1}, {1, "a", 5}}}));
    EXPECT_TRUE(sums.empty());
}

TEST(SpentSums, IsToldWhenItIsFull) {
    SpentSums sums;
    for (std::size_t i = 1; i < rates_told_count_max; ++i) {
        EXPECT_FALSE(sums.add(0, std::to_string(i)));
    }
    EXPECT_TRUE(sums.add(0, "one more"));
    EXPECT_EQ(sums.take().buckets.size(), rates_told_count_max);
}

TEST(Channels, AreTheSameForEveryInstance) {
    const auto names = channel_names("parley", "0f3a");
    ASSERT_EQ(names.size(), bus_channels_count);
    EXPECT_EQ(names.front(), "parley:0f3a:0");
    EXPECT_EQ(names[15], "parley:0f3a:15");
    EXPECT_EQ(names[bus_control_channel], "parley:0f3a:control");
    // Other builds must agree: these are what FNV-1a gives.
    EXPECT_EQ(partition_of({"tram-line"}), 6U);
    EXPECT_EQ(partition_of({"a"}), 12U);
}

TEST(Channels, DiscussionsAreSpreadOverAllPartitions) {
    std::set<std::size_t> used;
    for (int i = 0; i < 500; ++i) used.insert(partition_of({"article-" + std::to_string(i)}));
    EXPECT_EQ(used.size(), bus_partitions_count);
    EXPECT_LT(*used.rbegin(), bus_partitions_count);
}

}  // namespace
}  // namespace parley
