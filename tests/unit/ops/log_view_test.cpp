#include "base/limits.hpp"
#include "ops/log_view/view.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const WallTime start = parse_rfc3339("2026-01-22T09:00:00.000Z").value();

std::string line(WallTime time, const std::string& level, const std::string& event,
                 const std::string& instance, const std::string& more = "") {
    return R"({"time":")" + format_rfc3339(time) + R"(","level":")" + level + R"(","event":")" +
           event + R"(","instance":")" + instance + "\"" + more + "}";
}

class LogViewTest : public ::testing::Test {
protected:
    void add(const std::string& text) {
        const auto record = reader.read(text);
        ASSERT_TRUE(record) << text;
        view.add(*record);
    }
    LogRow row(const std::string& instance, WallTime now) {
        for (LogRow& one : view.rows(now)) {
            if (one.instance == instance) return std::move(one);
        }
        ADD_FAILURE() << instance << " is not there";
        return {};
    }

    LogLineReader reader;
    LogView view;
};

TEST_F(LogViewTest, ReadsWhatTheLogWrites) {
    const std::string text = render_log_line(LogFormat::json, "2026-01-22T09:00:00.250Z",
                                             LogLevel::warn, "store.slow_commit", "web-1",
                                             {{"duration_ms", 700}, {"reason", "a \"b\" \n ü"}}, 4);
    const auto record = reader.read(text);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->time, start + milliseconds(250));
    EXPECT_EQ(record->level, LogLevel::warn);
    EXPECT_EQ(record->event, "store.slow_commit");
    EXPECT_EQ(record->instance, "web-1");
    EXPECT_EQ(record->times, 5U) << "the one that is written and those that were counted";
    EXPECT_FALSE(record->figures);
}

TEST_F(LogViewTest, WhatIsNoLineOfOursIsNothing) {
    for (const std::string& text :
         {std::string(), std::string("plain text"), std::string("{"), std::string("[]"),
          std::string("{}"), std::string(R"({"time":"now","level":"info","event":"a.b"})"),
          std::string(R"({"time":"2026-01-22T09:00:00.000Z","level":"loud","event":"a.b"})"),
          std::string(R"({"time":"2026-01-22T09:00:00.000Z","level":"info"})"),
          std::string(R"({"time":1,"level":2,"event":3})"),
          std::string(R"({"time":"2026-01-22T09:00:00.000Z","level":"info","event":"a.b")"),
          std::string(log_view_line_bytes_max + 1, 'x')}) {
        EXPECT_FALSE(reader.read(text)) << text.substr(0, 80);
    }
}

TEST_F(LogViewTest, KeepsTheNewestFiguresOfEachInstance) {
    add(line(start + seconds(10), "info", "stats", "web-1", R"(,"readers":20,"store":"up")"));
    add(line(start, "info", "stats", "web-1", R"(,"readers":10,"store":"down")"));
    add(line(start, "info", "stats", "web-2", R"(,"readers":5,"bus_probe_age_ms":-1)"));
    const LogRow one = row("web-1", start + seconds(12));
    EXPECT_EQ(one.figures->readers, 20);
    EXPECT_EQ(one.figures->store, "up");
    EXPECT_EQ(one.age, seconds(2));
    EXPECT_EQ(row("web-2", start).figures->readers, 5);
    EXPECT_EQ(row("web-2", start).figures->bus_probe_age_ms, std::nullopt);
    EXPECT_EQ(row("web-2", start).figures->commit_p99_ms, std::nullopt);
}

TEST_F(LogViewTest, CountsWarningsAndErrorsOfTheLastMinute) {
    add(line(start, "warn", "http.slow_request", "web-1"));
    add(line(start + seconds(30), "warn", "store.slow_commit", "web-1", R"(,"repeated":9)"));
    add(line(start + seconds(31), "error", "store.commit_failed", "web-1"));
    add(line(start + seconds(40), "error", "log.repeated", "web-1",
             R"(,"of":"store.commit_failed","count":7)"));
    LogRow now = row("web-1", start + seconds(45));
    EXPECT_EQ(now.warnings, 11U);
    EXPECT_EQ(now.errors, 8U);
    EXPECT_EQ(now.last_problem, "store.commit_failed");
    now = row("web-1", start + seconds(60));
    EXPECT_EQ(now.warnings, 10U) << "the first is a minute old";
    now = row("web-1", start + seconds(200));
    EXPECT_EQ(now.warnings, 0U);
    EXPECT_EQ(now.errors, 0U);
    EXPECT_EQ(now.last_problem, "");
}

TEST_F(LogViewTest, LinesThatComeLateCountWhereTheyBelong) {
    add(line(start + seconds(70), "warn", "a.b", "web-1"));
    add(line(start + seconds(20), "warn", "a.b", "web-1"));
    add(line(start + seconds(5), "warn", "a.b", "web-1"));
    EXPECT_EQ(row("web-1", start + seconds(70)).warnings, 2U);
}

TEST_F(LogViewTest, TogetherSumsAddAndLatenciesAreTheWorst) {
    add(line(start, "info", "stats", "a",
             R"(,"readers":10,"deliveries_per_s":1.5,"commit_p99_ms":4,"store":"up","bus":"up")"));
    add(line(
        start + seconds(5), "info", "stats", "b",
        R"(,"readers":30,"deliveries_per_s":2,"commit_p99_ms":40.5,"store":"up","bus":"down")"));
    add(line(start + seconds(6), "error", "x.y", "c"));
    const LogRow all = LogView::total(view.rows(start + seconds(10)));
    EXPECT_EQ(all.figures->readers, 40);
    EXPECT_EQ(all.figures->deliveries_per_s, 3.5);
    EXPECT_EQ(all.figures->commit_p99_ms, 40.5);
    EXPECT_EQ(all.figures->store, "up");
    EXPECT_EQ(all.figures->bus, "mixed");
    EXPECT_EQ(all.errors, 1U);
    EXPECT_EQ(all.age, seconds(10));
}

TEST_F(LogViewTest, ForgetsWhoWasSilentLongestWhereThereAreTooMany) {
    for (std::size_t i = 0; i <= log_view_instances_count_max; ++i) {
        add(line(start + seconds(static_cast<int>(i)), "info", "a.b", "web-" + std::to_string(i)));
    }
    const auto rows = view.rows(start);
    EXPECT_EQ(rows.size(), log_view_instances_count_max);
    EXPECT_TRUE(std::none_of(rows.begin(), rows.end(),
                             [](const LogRow& one) { return one.instance == "web-0"; }));
}

TEST_F(LogViewTest, TheTableFitsTheScreen) {
    EXPECT_EQ(render_log_table(view, start, 80).size(), 1U);
    add(line(start, "info", "stats", "web-1",
             R"(,"version":"0.1.0","readers":12345,"connections":12400,"requests_per_s":80.4,)"
             R"("deliveries_per_s":1234567,"commits_per_s":9.25,"request_p99_ms":12,)"
             R"("commit_p50_ms":1.5,"commit_p99_ms":7.04,"delivery_p50_ms":0.3,)"
             R"("delivery_p99_ms":21,"loop_lag_ms":2.1,"store":"up","bus":"up",)"
             R"("bus_probe_age_ms":900)"));
    add(line(start, "warn", "http.slow_request", "web-2"));
    const auto wide = render_log_table(view, start + seconds(3), 200);
    ASSERT_EQ(wide.size(), 4U) << "a heading, two instances and their sum";
    EXPECT_EQ(wide[0],
              "INSTANCE  AGE  READERS  CONNS  REQ/S  DELIV/S  COMMIT/S  REQ p99  COMMIT p50/99"
              "  DELIV p50/99  LAG  WARN  ERR  STORE  BUS    VERSION  LAST PROBLEM");
    EXPECT_EQ(wide[1],
              "web-1      3s    12345  12400     80     1.2M       9.3       12          1.5/7"
              "        0.3/21  2.1     0    0  up     up 0s  0.1.0");
    EXPECT_TRUE(wide[2].starts_with("web-2      3s        -")) << wide[2];
    EXPECT_TRUE(wide[2].ends_with("http.slow_request")) << wide[2];
    EXPECT_TRUE(wide[3].starts_with("all        3s    12345")) << wide[3];
    for (std::size_t width = 1; width <= 200; ++width) {
        for (const std::string& one : render_log_table(view, start, width)) {
            ASSERT_LE(one.size(), width);
        }
    }
    const auto narrow = render_log_table(view, start, 60);
    EXPECT_NE(narrow[0].find("ERR"), std::string::npos) << "what matters most is there";
    EXPECT_EQ(narrow[0].find("VERSION"), std::string::npos);
}

TEST_F(LogViewTest, NothingInALogSteersTheTerminal) {
    add(line(start, "warn", "a.b", "web\\u001b[2J\\u202e", R"(,"x":1)"));
    add(line(start, "info", "stats", "ü\\n", R"(,"version":"1\u001b[31m","store":"\u0007")"));
    for (const std::string& one : render_log_table(view, start, 200)) {
        EXPECT_TRUE(std::all_of(one.begin(), one.end(), [](char c) {
            return c >= ' ' && c <= '~';
        })) << one;
    }
}

TEST(LineSplitter, CutsAtEveryLineFeedWhereverTheBytesWereDivided) {
    const std::string text = "one\ntwo\n\nthree\nbegun";
    for (std::size_t step = 1; step <= text.size(); ++step) {
        LineSplitter lines;
        std::vector<std::string> got;
        for (std::size_t at = 0; at < text.size(); at += step) {
            lines.add(std::string_view(text).substr(at, step),
                      [&](std::string_view one) { got.emplace_back(one); });
        }
        EXPECT_EQ(got, (std::vector<std::string>{"one", "two", "", "three"})) << step;
    }
}

TEST(LineSplitter, PassesOverWhatIsTooLong) {
    LineSplitter lines;
    std::vector<std::string> got;
    const auto keep = [&](std::string_view one) { got.emplace_back(one); };
    lines.add("short\n" + std::string(log_view_line_bytes_max, 'x') + "x", keep);
    lines.add(std::string(10, 'y') + "\nnext\n", keep);
    EXPECT_EQ(got, (std::vector<std::string>{"short", "next"}));
    EXPECT_EQ(lines.passed_over(), 1U);
    lines.add(std::string(log_view_line_bytes_max, 'z') + "\n", keep);
    EXPECT_EQ(got.size(), 3U) << "just fits";
}

}  // namespace
}  // namespace parley
