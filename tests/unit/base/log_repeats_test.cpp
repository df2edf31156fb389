#include "base/log_repeats.hpp"

#include "base/limits.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

class LogRepeatsTest : public ::testing::Test {
protected:
    std::optional<std::uint64_t> admit(const std::string& event) {
        return repeats.admit(LogLevel::warn, event, now);
    }
    void pass(std::chrono::milliseconds time) { now += time; }

    MonotonicTime now = MonotonicTime{} + std::chrono::hours(1);
    LogRepeats repeats;
};

TEST_F(LogRepeatsTest, OneIsWrittenInAnIntervalAndTheNextSaysHowManyWereNot) {
    EXPECT_EQ(admit("a.b"), 0U);
    for (int i = 0; i < 41; ++i) EXPECT_EQ(admit("a.b"), std::nullopt);
    pass(log_repeat_interval_ms - std::chrono::milliseconds(1));
    EXPECT_EQ(admit("a.b"), std::nullopt);
    pass(std::chrono::milliseconds(1));
    EXPECT_EQ(admit("a.b"), 42U);
    EXPECT_EQ(admit("a.b"), std::nullopt);
    pass(log_repeat_interval_ms);
    EXPECT_EQ(admit("a.b"), 1U);
    pass(log_repeat_interval_ms);
    EXPECT_EQ(admit("a.b"), 0U);
}

TEST_F(LogRepeatsTest, NamesDoNotDisturbEachOther) {
    EXPECT_EQ(admit("a.b"), 0U);
    EXPECT_EQ(admit("a.c"), 0U);
    EXPECT_EQ(admit("a.b"), std::nullopt);
}

TEST_F(LogRepeatsTest, WhatNothingFollowsIsToldAtTheEndOfItsInterval) {
    admit("a.b");
    admit("a.b");
    admit("a.b");
    admit("quiet.one");
    EXPECT_TRUE(repeats.take_due(now).empty());
    pass(log_repeat_interval_ms);
    const auto due = repeats.take_due(now);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due.front().event, "a.b");
    EXPECT_EQ(due.front().count, 2U);
    EXPECT_EQ(due.front().level, LogLevel::warn);
    EXPECT_TRUE(repeats.take_due(now).empty()) << "told once";
    EXPECT_EQ(admit("a.b"), 0U) << "and not once more by the next";
}

TEST_F(LogRepeatsTest, AtTheEndEverythingIsTold) {
    admit("a.b");
    admit("a.b");
    EXPECT_EQ(repeats.take_all().size(), 1U);
    EXPECT_TRUE(repeats.take_all().empty());
}

TEST_F(LogRepeatsTest, TooManyNamesAreWrittenEachTimeRatherThanLost) {
    for (std::size_t i = 0; i < log_repeat_names_count_max; ++i) {
        EXPECT_EQ(admit("known." + std::to_string(i)), 0U);
        EXPECT_EQ(admit("known." + std::to_string(i)), std::nullopt);
    }
    EXPECT_EQ(admit("one.more"), 0U);
    EXPECT_EQ(admit("one.more"), 0U) << "not remembered";
    pass(log_repeat_interval_ms);
    EXPECT_EQ(admit("one.more"), 0U) << "the others still owe a count";
    EXPECT_EQ(repeats.take_due(now).size(), log_repeat_names_count_max);
    EXPECT_EQ(admit("one.more"), 0U);
    EXPECT_EQ(admit("one.more"), std::nullopt) << "those that owe nothing made room";
}

}  // namespace
}  // namespace parley
