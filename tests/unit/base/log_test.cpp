#include "base/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace parley {
namespace {

constexpr std::string_view time_text = "2026-01-22T09:00:00.000Z";

std::string json(std::initializer_list<LogField> fields, std::string_view instance = "a") {
    return render_log_line(LogFormat::json, time_text, LogLevel::info, "x.y", instance, fields);
}

std::string text(std::initializer_list<LogField> fields, std::string_view instance = "") {
    return render_log_line(LogFormat::text, time_text, LogLevel::warn, "x.y", instance, fields);
}

// What stands between the fixed head of a line of the JSON format and its last brace.
std::string json_fields(std::initializer_list<LogField> fields) {
    const std::string head =
        R"({"time":"2026-01-22T09:00:00.000Z","level":"info","event":"x.y","instance":"a")";
    const std::string line = json(fields);
    EXPECT_TRUE(line.starts_with(head)) << line;
    return line.substr(head.size() + 1, line.size() - head.size() - 2);
}

// Standard error goes to a file for the life of this object. The log of the test program is left as
// it was found: level info, JSON.
class CapturedStderr {
public:
    CapturedStderr() : saved_(dup(STDERR_FILENO)) {
        std::string pattern = testing::TempDir() + "parley_log_XXXXXX";
        const int file = mkstemp(pattern.data());
        path_ = pattern;
        redirect(file);
    }
    ~CapturedStderr() {
        redirect(saved_);
        std::remove(path_.c_str());
        configure_log(LogLevel::info, LogFormat::json, "");
    }
    CapturedStderr(const CapturedStderr&) = delete;
    CapturedStderr& operator=(const CapturedStderr&) = delete;

    void to_full_disk() { redirect(open("/dev/full", O_WRONLY)); }
    void to_file() { redirect(open(path_.c_str(), O_WRONLY | O_APPEND)); }

    [[nodiscard]] std::vector<std::string> lines() const {
        std::FILE* file = std::fopen(path_.c_str(), "r");
        std::string all;
        for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) all += static_cast<char>(c);
        std::fclose(file);
        std::vector<std::string> out;
        std::istringstream in(all);
        for (std::string line; std::getline(in, line);) out.push_back(line);
        return out;
    }

private:
    static void redirect(int to) {
        std::fflush(stderr);
        dup2(to, STDERR_FILENO);
        close(to);
    }

    int saved_;
    std::string path_;
};

TEST(Log, JsonHasTheFixedNamesFirst) {
    EXPECT_EQ(json({{"port", 8080}}, "web-1"),
              R"({"time":"2026-01-22T09:00:00.000Z","level":"info","event":"x.y",)"
              R"("instance":"web-1","port":8080})");
    EXPECT_EQ(json({}, ""), R"({"time":"2026-01-22T09:00:00.000Z","level":"info","event":"x.y"})");
}

TEST(Log, ValuesKeepTheirType) {
    EXPECT_EQ(json_fields({{"a", true}, {"b", false}}), R"("a":true,"b":false)");
    EXPECT_EQ(json_fields({{"n", std::int64_t{-5}}, {"m", std::uint16_t{65'535}}}),
              R"("n":-5,"m":65535)");
    EXPECT_EQ(json_fields({{"least", std::numeric_limits<std::int64_t>::min()}}),
              R"("least":-9223372036854775808)");
    EXPECT_EQ(json_fields({{"x", 0.25}, {"y", 1e300}}), R"("x":0.25,"y":1e+300)");
    EXPECT_EQ(json_fields({{"ms", std::chrono::seconds{2}}}), R"("ms":2000)");
    EXPECT_EQ(json_fields({{"s", std::string("é €")}, {"t", "plain"}}), R"("s":"é €","t":"plain")");
}

TEST(Log, NumbersThatJsonCannotWriteAreNull) {
    EXPECT_EQ(json_fields({{"x", std::numeric_limits<double>::infinity()}}), R"("x":null)");
    EXPECT_EQ(json_fields({{"x", std::numeric_limits<double>::quiet_NaN()}}), R"("x":null)");
}

TEST(Log, WhateverATextHoldsStaysOneLine) {
    EXPECT_EQ(json_fields({{"s", "a\"b\\c"}}), R"("s":"a\"b\\c")");
    EXPECT_EQ(json_fields({{"s", "a\r\n\tb"}}), R"("s":"a\r\n\tb")");
    EXPECT_EQ(json_fields({{"s", std::string_view("\0\x1b[31m\x7f", 7)}}),
              R"("s":"\u0000\u001b[31m\u007f")");
    // The one-character forms of an escape sequence and of a turned direction.
    EXPECT_EQ(json_fields({{"s", "\xC2\x9B\xE2\x80\xAE\xE2\x80\xA8"}}),
              R"("s":"\u009b\u202e\u2028")");
}

TEST(Log, BytesThatAreNotUtf8AreReplaced) {
    EXPECT_EQ(json_fields({{"s", "a\xFF\xC3(\xE2\x82"}}),
              "\"s\":\"a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\"");
}

TEST(Log, TextQuotesOnlyWhatNeedsIt) {
    EXPECT_EQ(text({{"port", 8080}, {"host", "127.0.0.1"}, {"ok", true}}),
              "2026-01-22T09:00:00.000Z warn x.y port=8080 host=127.0.0.1 ok=true");
    EXPECT_EQ(text({{"a", ""}, {"b", "two words"}, {"c", "k=v"}, {"d", "say \"hi\""}}),
              R"(2026-01-22T09:00:00.000Z warn x.y a="" b="two words" c="k=v" d="say \"hi\"")");
    EXPECT_EQ(text({{"a", "x\n2026 error forged"}, {"b", "\x1b[2J"}}),
              R"(2026-01-22T09:00:00.000Z warn x.y a="x\n2026 error forged" b="\u001b[2J")");
    EXPECT_EQ(text({{"a", 1}}, "web-1"), "2026-01-22T09:00:00.000Z warn x.y a=1 instance=web-1");
}

TEST(Log, WritesLinesFromItsLevelUp) {
    CapturedStderr captured;
    configure_log(LogLevel::warn, LogFormat::json, "t1");
    log_event(LogLevel::debug, "a.debug");
    log_event(LogLevel::info, "a.info");
    log_event(LogLevel::warn, "a.warn", {{"n", 1}});
    log_event(LogLevel::error, "a.error");
    flush_log();
    const auto lines = captured.lines();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_NE(lines[0].find(R"("level":"warn","event":"a.warn","instance":"t1","n":1})"),
              std::string::npos)
        << lines[0];
    EXPECT_NE(lines[1].find(R"("event":"a.error")"), std::string::npos) << lines[1];
}

TEST(Log, IsInfoAndJsonUntilConfigured) {
    CapturedStderr captured;
    log_event(LogLevel::debug, "a.debug");
    log_event(LogLevel::info, "a.info");
    const auto lines = captured.lines();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].starts_with(R"({"time":"20)")) << lines[0];
}

TEST(Log, BracesAndPercentSignsAreText) {
    CapturedStderr captured;
    configure_log(LogLevel::info, LogFormat::text, "");
    log_event(LogLevel::info, "a.b", {{"s", "{}%v%n{0}"}});
    ASSERT_EQ(captured.lines().size(), 1U);
    EXPECT_TRUE(captured.lines()[0].ends_with("info a.b s={}%v%n{0}")) << captured.lines()[0];
}

TEST(Log, LinesThatAFullDiskSwallowedAreCounted) {
    CapturedStderr captured;
    configure_log(LogLevel::info, LogFormat::text, "");
    captured.to_full_disk();
    log_event(LogLevel::info, "lost.one");
    log_event(LogLevel::info, "lost.two");
    captured.to_file();
    log_event(LogLevel::info, "kept.one");
    log_event(LogLevel::info, "kept.two");
    const auto lines = captured.lines();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_TRUE(lines[0].ends_with("info kept.one")) << lines[0];
    EXPECT_TRUE(lines[1].ends_with("warn log.lines_lost count=2")) << lines[1];
    EXPECT_TRUE(lines[2].ends_with("info kept.two")) << lines[2];
}

TEST(Log, ARepeatedWarningIsCountedAndToldAtTheEnd) {
    CapturedStderr captured;
    configure_log(LogLevel::info, LogFormat::text, "");
    const LogStats before = log_stats();
    for (int i = 0; i < 5; ++i) log_event(LogLevel::warn, "repeats.warn", {{"n", i}});
    for (int i = 0; i < 3; ++i) log_event(LogLevel::info, "repeats.info");
    log_event(LogLevel::error, "repeats.error");
    EXPECT_EQ(captured.lines().size(), 5U);
    tell_log_repeats();
    EXPECT_EQ(captured.lines().size(), 5U) << "its interval is not over";
    flush_log();
    const auto lines = captured.lines();
    ASSERT_EQ(lines.size(), 6U);
    EXPECT_TRUE(lines[0].ends_with("warn repeats.warn n=0")) << lines[0];
    EXPECT_TRUE(lines[5].ends_with("warn log.repeated of=repeats.warn count=4")) << lines[5];
    const LogStats after = log_stats();
    EXPECT_EQ(after.left_out - before.left_out, 4U);
    EXPECT_EQ(after.lines[static_cast<std::size_t>(LogLevel::info)] -
                  before.lines[static_cast<std::size_t>(LogLevel::info)],
              3U);
    EXPECT_EQ(after.lines[static_cast<std::size_t>(LogLevel::warn)] -
                  before.lines[static_cast<std::size_t>(LogLevel::warn)],
              2U);
}

TEST(Log, ManyThreadsThatRepeatLoseNothing) {
    constexpr int threads_count = 4;
    constexpr int events_count = 500;
    CapturedStderr captured;
    configure_log(LogLevel::info, LogFormat::text, "");
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < threads_count; ++t) {
            threads.emplace_back([] {
                for (int i = 0; i < events_count; ++i) log_event(LogLevel::warn, "many.repeats");
            });
        }
    }
    flush_log();
    const auto lines = captured.lines();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_TRUE(lines[1].ends_with("of=many.repeats count=1999")) << lines[1];
}

TEST(Log, TheCountStandsWithTheEvent) {
    EXPECT_EQ(
        render_log_line(LogFormat::text, time_text, LogLevel::warn, "x.y", "a", {{"n", 1}}, 7),
        "2026-01-22T09:00:00.000Z warn x.y n=1 repeated=7 instance=a");
    EXPECT_TRUE(
        render_log_line(LogFormat::json, time_text, LogLevel::warn, "x.y", "a", {{"n", 1}}, 7)
            .ends_with(R"("n":1,"repeated":7})"));
}

TEST(Log, LevelAndFormatCanChangeWhileItRuns) {
    CapturedStderr captured;
    configure_log(LogLevel::info, LogFormat::text, "t1");
    log_event(LogLevel::debug, "a.debug");
    change_log(LogLevel::debug, LogFormat::json);
    log_event(LogLevel::debug, "a.debug");
    const auto lines = captured.lines();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].ends_with(R"("level":"debug","event":"a.debug","instance":"t1"})"))
        << lines[0];
}

TEST(Log, ThreadsDoNotCutEachOthersLines) {
    constexpr int threads_count = 4;
    constexpr int lines_count = 250;
    CapturedStderr captured;
    configure_log(LogLevel::info, LogFormat::text, "");
    {
        std::vector<std::jthread> threads;
        threads.reserve(threads_count);
        for (int t = 0; t < threads_count; ++t) {
            threads.emplace_back([t] {
                const std::string filler(200, static_cast<char>('a' + t));
                for (int i = 0; i < lines_count; ++i) {
                    log_event(LogLevel::info, "a.b", {{"s", filler}});
                }
            });
        }
    }
    const auto lines = captured.lines();
    ASSERT_EQ(lines.size(), static_cast<std::size_t>(threads_count * lines_count));
    for (const std::string& line : lines) {
        const std::string filler = line.substr(line.find("s=") + 2);
        EXPECT_EQ(filler, std::string(200, filler.front())) << line;
    }
}

}  // namespace
}  // namespace parley
