#include "ops/health.hpp"

#include "base/limits.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::milliseconds;

HealthInput well() {
    HealthInput input;
    input.loops.resize(2);
    input.loops[1].sweep_age = milliseconds(120);
    input.loops[1].lag.last = std::chrono::microseconds(3'400);
    return input;
}

TEST(Health, AnInstanceThatIsWellIsReady) {
    const HealthInput input = well();
    const Health health = judge_health(input);
    EXPECT_TRUE(health.ready);
    EXPECT_TRUE(health.alive);
    EXPECT_EQ(readiness_json(input, health),
              R"({"status":"ready","parts":{"store":{"state":"up","age_ms":120},)"
              R"("writer":{"state":"up"},"loops":{"state":"up","count":2,"lag_ms":3},)"
              R"("bus":{"state":"local"}}})");
}

TEST(Health, AStoreThatDoesNotAnswerOneLoopIsDown) {
    HealthInput input = well();
    input.loops[0].store_answers = false;
    const Health health = judge_health(input);
    EXPECT_FALSE(health.ready);
    EXPECT_TRUE(health.alive) << "restarting would not bring the store back";
    EXPECT_NE(readiness_json(input, health).find(R"("status":"not ready")"), std::string::npos);
    EXPECT_NE(readiness_json(input, health).find(R"("store":{"state":"down")"), std::string::npos);
}

TEST(Health, AWriterThatStoppedOrHangsIsNotReady) {
    HealthInput input = well();
    input.writer_takes_commands = false;
    EXPECT_FALSE(judge_health(input).ready);
    EXPECT_NE(readiness_json(input, judge_health(input)).find(R"("writer":{"state":"down"})"),
              std::string::npos);
    input.writer_takes_commands = true;
    input.writer_busy_for = writer_busy_max_ms - milliseconds(1);
    EXPECT_TRUE(judge_health(input).ready);
    input.writer_busy_for = writer_busy_max_ms;
    EXPECT_FALSE(judge_health(input).ready);
    EXPECT_NE(
        readiness_json(input, judge_health(input)).find(R"({"state":"stuck","busy_ms":15000})"),
        std::string::npos);
}

TEST(Health, ALateLoopIsNotReadyAndOneThatHangsIsNotAlive) {
    HealthInput input = well();
    input.loops[1].lag.last = loop_lag_ready_max_ms;
    EXPECT_FALSE(judge_health(input).ready);
    input = well();
    input.loops[0].lag.now = loop_lag_ready_max_ms;
    EXPECT_FALSE(judge_health(input).ready);
    EXPECT_TRUE(judge_health(input).alive);
    EXPECT_TRUE(judge_health(input).answers);
    input.loops[0].lag.now = loop_lag_alive_max_ms / 2;
    EXPECT_FALSE(judge_health(input).answers);
    EXPECT_TRUE(judge_health(input).alive);
    input.loops[0].lag.now = loop_lag_alive_max_ms;
    EXPECT_FALSE(judge_health(input).alive);
    EXPECT_EQ(liveness_json(judge_health(input)), R"({"status":"stuck"})");
}

TEST(Health, TheBusIsShownAndDecidesNothing) {
    HealthInput input = well();
    input.bus.state = Bus::State::down;
    EXPECT_TRUE(judge_health(input).ready);
    EXPECT_NE(readiness_json(input, judge_health(input))
                  .find(R"("bus":{"state":"down","probe_age_ms":null})"),
              std::string::npos);
    input.bus.state = Bus::State::up;
    input.bus.probe_age = milliseconds(740);
    EXPECT_NE(readiness_json(input, judge_health(input))
                  .find(R"("bus":{"state":"up","probe_age_ms":740})"),
              std::string::npos);
}

TEST(Health, OneThatStopsIsAliveAndNotReady) {
    HealthInput input = well();
    input.draining = true;
    const Health health = judge_health(input);
    EXPECT_FALSE(health.ready);
    EXPECT_TRUE(health.alive);
    EXPECT_TRUE(readiness_json(input, health).starts_with(R"({"status":"draining")"));
}

}  // namespace
}  // namespace parley
