#include "ops/metrics.hpp"

#include "ops/metrics_page.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>

namespace parley {
namespace {

TEST(MetricsPage, WritesHelpTypeAndSamples) {
    MetricsPage page;
    page.add("a_total", MetricsPage::Kind::counter, "What is counted.", std::uint64_t{7});
    page.begin("b_seconds", MetricsPage::Kind::gauge, "Half.").sample(0.5).sample(1.0);
    EXPECT_EQ(page.take(),
              "# HELP a_total What is counted.\n# TYPE a_total counter\na_total 7\n"
              "# HELP b_seconds Half.\n# TYPE b_seconds gauge\nb_seconds 0.5\nb_seconds 1\n");
}

TEST(MetricsPage, EscapesLabelsAndSaysWhatIsNoNumber) {
    MetricsPage page;
    page.begin("a", MetricsPage::Kind::gauge, "x")
        .sample(std::numeric_limits<double>::quiet_NaN(), {{"n", "a\"b\\c\nd"}, {"m", ""}})
        .sample(std::numeric_limits<double>::infinity());
    EXPECT_EQ(page.take(),
              "# HELP a x\n# TYPE a gauge\na{n=\"a\\\"b\\\\c\\nd\",m=\"\"} NaN\na +Inf\n");
}

// The lines of one metric, without its comments.
std::vector<std::string> lines_of(const std::string& page, const std::string& name) {
    std::vector<std::string> lines;
    std::istringstream in(page);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(name)) lines.push_back(line);
    }
    return lines;
}

TEST(MetricsPage, HistogramsOfDurationsAreInSecondsAndCumulative) {
    Histogram values_us;
    values_us.add(std::chrono::microseconds(100));
    values_us.add(std::chrono::microseconds(128));
    values_us.add(std::chrono::milliseconds(2));
    values_us.add(std::chrono::seconds(60));
    MetricsPage page;
    page.begin("t_seconds", MetricsPage::Kind::histogram, "x").seconds(values_us, {{"r", "a"}});
    const auto lines = lines_of(page.take(), "t_seconds");
    ASSERT_EQ(lines.size(), 18U + 3U);
    EXPECT_EQ(lines[0], "t_seconds_bucket{r=\"a\",le=\"0.000128\"} 1");
    EXPECT_EQ(lines[1], "t_seconds_bucket{r=\"a\",le=\"0.000256\"} 2");
    EXPECT_EQ(lines[4], "t_seconds_bucket{r=\"a\",le=\"0.002048\"} 3");
    EXPECT_EQ(lines[17], "t_seconds_bucket{r=\"a\",le=\"16.777216\"} 3");
    EXPECT_EQ(lines[18], "t_seconds_bucket{r=\"a\",le=\"+Inf\"} 4");
    EXPECT_EQ(lines[19], "t_seconds_sum{r=\"a\"} 60.002228");
    EXPECT_EQ(lines[20], "t_seconds_count{r=\"a\"} 4");
}

TEST(MetricsPage, BucketsOfNumbersIncludeTheirBound) {
    Histogram values;
    for (const std::uint64_t value : {0U, 1U, 3U, 4U, 300U}) values.add(value);
    MetricsPage page;
    page.begin("n", MetricsPage::Kind::histogram, "x").numbers(values);
    const auto lines = lines_of(page.take(), "n_");
    EXPECT_EQ(lines[0], "n_bucket{le=\"0\"} 1");
    EXPECT_EQ(lines[1], "n_bucket{le=\"1\"} 2");
    EXPECT_EQ(lines[2], "n_bucket{le=\"3\"} 3");
    EXPECT_EQ(lines[3], "n_bucket{le=\"7\"} 4");
    EXPECT_EQ(lines.at(lines.size() - 2), "n_sum 308");
}

TEST(Metrics, SumsShardsAndNamesLoops) {
    InstanceStats stats;
    stats.version = "1.2.3";
    stats.server.shards.resize(2);
    stats.server.shards[0].connections = 3;
    stats.server.shards[1].connections = 4;
    stats.server.shards[0].live.rooms.catch_ups = 5;
    stats.server.shards[1].live.rooms.catch_ups = 6;
    stats.loops.resize(2);
    stats.loops[1].lag.now = std::chrono::milliseconds(250);
    stats.writer.queued = 9;
    stats.writer.queued_moderators = 2;
    stats.bus.state = Bus::State::up;
    stats.bus.probe_age = std::chrono::milliseconds(1'500);
    const std::string page = render_metrics(stats, judge_health({}));
    const auto has = [&page](const std::string& line) {
        return page.find("\n" + line + "\n") != std::string::npos;
    };
    EXPECT_TRUE(has("parley_connections 7"));
    EXPECT_TRUE(has("parley_live_catch_ups_encoded_total 11"));
    EXPECT_TRUE(has("parley_loop_lag_seconds{shard=\"1\"} 0.25"));
    EXPECT_TRUE(has("parley_commands_queued{lane=\"everybody\"} 7"));
    EXPECT_TRUE(has("parley_commands_queued{lane=\"moderators\"} 2"));
    EXPECT_TRUE(has("parley_bus_state{state=\"up\"} 1"));
    EXPECT_TRUE(has("parley_bus_state{state=\"local\"} 0"));
    EXPECT_TRUE(has("parley_bus_probe_age_seconds 1.5"));
    EXPECT_TRUE(has("parley_bus_probe_seconds NaN"));
    EXPECT_NE(page.find("parley_build_info{version=\"1.2.3\""), std::string::npos);
}

}  // namespace
}  // namespace parley
