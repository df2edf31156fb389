#include "ops/stats_line.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

InstanceStats stats_at(int second) {
    InstanceStats stats;
    stats.at = MonotonicTime{} + seconds(1'000 + second);
    stats.server.shards.resize(2);
    return stats;
}

TEST(StatsLine, TellsRatesOfWhatHappenedBetween) {
    InstanceStats before = stats_at(0);
    before.writer.commits = 100;
    before.writer.commit_us.add(seconds(9));
    before.server.shards[0].live.hub.deliveries = 1'000;
    InstanceStats after = stats_at(10);
    after.writer = before.writer;
    after.server = before.server;
    after.writer.commits = 150;
    after.writer.commands = 305;
    for (int i = 0; i < 50; ++i) after.writer.commit_us.add(milliseconds(4));
    after.server.shards[0].live.hub.deliveries = 21'000;
    after.server.shards[1].live.hub.deliveries = 5'000;
    after.server.shards[0].live.rooms.changesets = 300;
    after.server.shards[0].live.rooms.flushes = 40;
    after.server.requests.classes[2].took_us.add(milliseconds(1));
    const StatsLine line = stats_between(before, after);
    EXPECT_DOUBLE_EQ(line.seconds, 10);
    EXPECT_DOUBLE_EQ(line.commits_per_s, 5);
    EXPECT_DOUBLE_EQ(line.commands_per_s, 30.5);
    EXPECT_DOUBLE_EQ(line.deliveries_per_s, 2'500);
    EXPECT_DOUBLE_EQ(line.merged, 7.5);
    EXPECT_DOUBLE_EQ(line.requests_per_s, 0.1);
    EXPECT_EQ(line.commit_us.count(), 50U);
    EXPECT_LT(line.commit_us.percentile(0.99), 4'300U) << "the slow one was before";
}

TEST(StatsLine, AQuietTimeHasNoRatesAndNoRatio) {
    const StatsLine line = stats_between(stats_at(0), stats_at(10));
    EXPECT_DOUBLE_EQ(line.commits_per_s, 0);
    EXPECT_DOUBLE_EQ(line.merged, 0);
    EXPECT_EQ(line.delivery_us.percentile(0.99), 0U);
}

TEST(StatsLine, TwoLooksAtOneMomentDivideByNothing) {
    const StatsLine line = stats_between(stats_at(0), stats_at(0));
    EXPECT_GT(line.seconds, 0);
    EXPECT_DOUBLE_EQ(line.deliveries_per_s, 0);
}

}  // namespace
}  // namespace parley
