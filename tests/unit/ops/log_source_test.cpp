#include "ops/log_view/log_source.hpp"

#include "base/limits.hpp"
#include "support/temp_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace parley {
namespace {

using Lines = std::vector<std::string>;

class LogSourceTest : public ::testing::Test {
protected:
    void append(const std::string& text) { std::ofstream(path, std::ios::app) << text; }
    Lines read(LogSource& source) {
        Lines lines;
        goes_on = source.read([&](std::string_view line) { lines.emplace_back(line); });
        return lines;
    }

    test::TempFolder folder;
    std::filesystem::path path = folder.path() / "parley.log";
    bool goes_on = false;
};

TEST_F(LogSourceTest, FollowsAFileAsItGrows) {
    append("one\ntw");
    LogSource source = LogSource::open(path).value();
    EXPECT_EQ(read(source), (Lines{"one"}));
    EXPECT_TRUE(goes_on);
    EXPECT_EQ(read(source), Lines{});
    append("o\nthree\n");
    EXPECT_EQ(read(source), (Lines{"two", "three"}));
}

TEST_F(LogSourceTest, FollowsARotationWithoutLosingALine) {
    append("one\n");
    LogSource source = LogSource::open(path).value();
    EXPECT_EQ(read(source), (Lines{"one"}));
    append("two\n");
    std::filesystem::rename(path, folder.path() / "parley.log.1");
    EXPECT_EQ(read(source), (Lines{"two"})) << "there is none of this name for a moment";
    std::ofstream(folder.path() / "parley.log.1", std::ios::app) << "three\n";
    append("four\n");
    EXPECT_EQ(read(source), (Lines{"three", "four"}));
    append("five\n");
    EXPECT_EQ(read(source), (Lines{"five"}));
}

TEST_F(LogSourceTest, FollowsAFileThatIsCut) {
    append("one\ntwo\n");
    LogSource source = LogSource::open(path).value();
    EXPECT_EQ(read(source).size(), 2U);
    std::filesystem::resize_file(path, 0);
    append("new\n");
    EXPECT_EQ(read(source), (Lines{"new"}));
}

TEST_F(LogSourceTest, LooksOnlyAtTheEndOfALongFile) {
    const std::string row(999, 'x');
    std::string text;
    while (text.size() < log_view_tail_bytes_max + 500'000) text += row + "\n";
    append(text + "last\n");
    LogSource source = LogSource::open(path).value();
    const Lines lines = read(source);
    EXPECT_LE(lines.size(), log_view_tail_bytes_max / 1'000 + 1);
    EXPECT_GT(lines.size(), log_view_tail_bytes_max / 1'000 - 10);
    EXPECT_EQ(lines.front(), row) << "the line that was cut is passed over";
    EXPECT_EQ(lines.back(), "last");
}

TEST_F(LogSourceTest, APipeEndsWhenItsWriterHasGone) {
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    LogSource source = LogSource::open(path).value();
    EXPECT_FALSE(source.is_file());
    {
        std::ofstream writer(path);
        writer << "one\n" << std::flush;
        EXPECT_EQ(read(source), (Lines{"one"}));
        EXPECT_TRUE(goes_on);
        EXPECT_GE(source.pipe(), 0);
    }
    EXPECT_EQ(read(source), Lines{});
    EXPECT_FALSE(goes_on);
    EXPECT_EQ(source.pipe(), -1);
}

TEST_F(LogSourceTest, SaysWhatCannotBeRead) {
    EXPECT_EQ(LogSource::open(path).error().code, Errc::not_found);
    EXPECT_EQ(LogSource::open(folder.path()).error().code, Errc::not_found);
}

}  // namespace
}  // namespace parley
