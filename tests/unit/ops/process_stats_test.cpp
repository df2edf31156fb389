#include "ops/process_stats.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

constexpr ProcUnits units{100, 4096};
constexpr const char* system_stat = "cpu  1 2 3\nbtime 1700000000\nprocesses 5\n";
// Fields 3 to 24 of proc(5), after an id and a name.
constexpr const char* rest =
    " S 1 2 3 4 5 6 7 8 9 10 250 50 13 14 15 16 17 18 4200 8192000 321 99 99";

TEST(ProcessStats, ReadsWhatTheKernelSays) {
    ProcessStats stats;
    parse_process_stat(std::string("42 (parley)") + rest, system_stat, units, stats);
    EXPECT_DOUBLE_EQ(stats.cpu_seconds, 3.0);
    EXPECT_EQ(stats.threads, 17U);
    EXPECT_EQ(stats.virtual_bytes, 8'192'000U);
    EXPECT_EQ(stats.resident_bytes, 321U * 4096U);
    EXPECT_DOUBLE_EQ(stats.started_unix_s, 1'700'000'042.0);
}

TEST(ProcessStats, ANameMayHoldAnything) {
    ProcessStats stats;
    parse_process_stat(std::string("42 (par) ley) R 1 (x)") + rest, system_stat, units, stats);
    EXPECT_EQ(stats.resident_bytes, 321U * 4096U);
}

TEST(ProcessStats, WhatCannotBeReadIsZero) {
    for (const char* text : {"", "42", "42 (parley)", "42 (parley) S 1 2 3"}) {
        ProcessStats stats;
        parse_process_stat(text, "", units, stats);
        EXPECT_EQ(stats.resident_bytes, 0U) << text;
        EXPECT_EQ(stats.started_unix_s, 0.0) << text;
    }
}

TEST(ProcessStats, OfThisProcessAreSane) {
    const ProcessStats stats = read_process_stats();
    EXPECT_GT(stats.resident_bytes, 100'000U);
    EXPECT_GT(stats.virtual_bytes, stats.resident_bytes);
    EXPECT_GE(stats.open_descriptors, 2U);
    EXPECT_GE(stats.max_descriptors, stats.open_descriptors);
    EXPECT_GE(stats.threads, 1U);
    EXPECT_GT(stats.started_unix_s, 1'600'000'000.0);
}

}  // namespace
}  // namespace parley
