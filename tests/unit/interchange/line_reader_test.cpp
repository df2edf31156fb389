#include "interchange/line_reader.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace parley {
namespace {

struct Seen {
    std::uint64_t number = 0;
    std::string text;
    bool too_long = false;
    friend bool operator==(const Seen&, const Seen&) = default;
};

std::vector<Seen> read_all(const std::string& text) {
    std::istringstream input(text);
    const auto reader = std::make_unique<LineReader>(input);
    std::vector<Seen> seen;
    std::vector<LineRef> refs;
    while (const auto line = reader->next()) {
        seen.push_back({line->ref.number, std::string(line->text), line->too_long});
        refs.push_back(line->ref);
    }
    EXPECT_EQ(reader->offset(), text.size());
    // What stands at the offset is what was read.
    for (std::size_t at = 0; at < seen.size(); ++at) {
        if (seen[at].too_long) continue;
        EXPECT_EQ(read_again(input, refs[at]), seen[at].text);
    }
    return seen;
}

TEST(LineReader, GivesLinesWithTheirNumbers) {
    EXPECT_EQ(read_all("a\nb\n"), (std::vector<Seen>{{1, "a"}, {2, "b"}}));
    EXPECT_EQ(read_all("a\nb"), (std::vector<Seen>{{1, "a"}, {2, "b"}}));
    EXPECT_TRUE(read_all("").empty());
}

TEST(LineReader, PassesOverBlankLinesButCountsThem) {
    EXPECT_EQ(read_all("\n \t\na\n\n\nb\n"), (std::vector<Seen>{{3, "a"}, {6, "b"}}));
}

TEST(LineReader, TakesCrLfAndAByteOrderMark) {
    EXPECT_EQ(read_all("\xEF\xBB\xBF"
                       "a\r\nb\r\n\r\n"),
              (std::vector<Seen>{{1, "a"}, {2, "b"}}));
}

TEST(LineReader, PassesOverALineThatIsTooLongAndReadsOn) {
    const std::string fits(ndjson_line_bytes_max, 'x');
    const std::string text = fits + "\n" + fits + "y\n" + std::string(2 * fits.size(), 'z') + "\nb";
    EXPECT_EQ(read_all(text),
              (std::vector<Seen>{{1, fits}, {2, "", true}, {3, "", true}, {4, "b"}}));
}

TEST(LineReader, LinesAcrossBlocksAreWhole) {
    std::string text;
    for (int line = 0; line < 5'000; ++line) {
        text += std::string(static_cast<std::size_t>(line % 97), 'a') + std::to_string(line) + "\n";
    }
    const std::vector<Seen> seen = read_all(text);
    ASSERT_EQ(seen.size(), 5'000U);
    EXPECT_TRUE(seen.back().text.ends_with("a4999"));
    EXPECT_EQ(seen.back().number, 5'000U);
}

TEST(LineReader, WhatIsNoLongerThereIsNotReadAgain) {
    std::istringstream input("abc");
    EXPECT_EQ(read_again(input, {1, 0, 3}), "abc");
    EXPECT_EQ(read_again(input, {1, 1, 3}), std::nullopt);
    EXPECT_EQ(read_again(input, {1, 0, 2}), "ab");
}

}  // namespace
}  // namespace parley
