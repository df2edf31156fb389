#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace parley {
namespace {

// The codes of a text; -1 for each run of bytes that is not UTF-8.
std::vector<std::int64_t> codes_of(std::string_view text) {
    std::vector<std::int64_t> codes;
    while (!text.empty()) {
        const Utf8Character c = next_utf8_character(text);
        codes.push_back(c.valid ? static_cast<std::int64_t>(c.code) : -1);
        text.remove_prefix(c.bytes);
    }
    return codes;
}

using Codes = std::vector<std::int64_t>;

TEST(Utf8, ReadsCharactersOfEachLength) {
    EXPECT_EQ(codes_of("a"), Codes{0x61});
    EXPECT_EQ(codes_of("\xC3\xA9"), Codes{0xE9});
    EXPECT_EQ(codes_of("\xE2\x82\xAC"), Codes{0x20AC});
    EXPECT_EQ(codes_of("\xF0\x9F\x9A\x8B"), Codes{0x1F68B});
    EXPECT_EQ(codes_of("\xF4\x8F\xBF\xBF"), Codes{0x10FFFF});
    EXPECT_EQ(codes_of(std::string_view("\0", 1)), Codes{0});
}

// The examples of the Unicode standard (table 3-8 to 3-11): one replacement per maximal part.
TEST(Utf8, BadBytesAreCountedAsUnicodeRecommends) {
    EXPECT_EQ(codes_of("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
              (Codes{-1, -1, -1, -1, -1, -1, -1, -1, 0x41}));
    EXPECT_EQ(codes_of("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"),
              (Codes{-1, -1, -1, -1, -1, -1, -1, -1, 0x41}));
    EXPECT_EQ(codes_of("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
              (Codes{-1, -1, -1, -1, -1, 0x41, -1, -1, 0x42}));
    EXPECT_EQ(codes_of("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), (Codes{-1, -1, -1, -1, 0x41}));
}

TEST(Utf8, ACutCharacterIsOneBadRun) {
    EXPECT_EQ(codes_of("\xF0\x9F\x9A"), Codes{-1});
    EXPECT_EQ(codes_of("\xE2"), Codes{-1});
}

TEST(Utf8, KnowsWhatATerminalMayObey) {
    for (const char32_t code : {0x00, 0x0A, 0x0D, 0x1B, 0x7F, 0x9B, 0x2028, 0x202E, 0x2066}) {
        EXPECT_TRUE(is_control_or_direction(code)) << static_cast<std::uint32_t>(code);
    }
    for (const char32_t code : {0x20, 0x7E, 0xA0, 0xE9, 0x2027, 0x20AC, 0x1F68B}) {
        EXPECT_FALSE(is_control_or_direction(code)) << static_cast<std::uint32_t>(code);
    }
}

bool valid(std::string_view text, std::size_t cut) {
    Utf8Validator validator;
    return validator.write(text.substr(0, cut)) && validator.write(text.substr(cut)) &&
           validator.complete();
}

TEST(Utf8, AValidatorAgreesWithTheCharactersHoweverTheTextIsCut) {
    for (const std::string& text :
         std::vector<std::string>{"",
                                  "a",
                                  "\xC3\xA9",
                                  "\xE2\x82\xAC",
                                  "\xF0\x9F\x9A\x8B",
                                  "\xF4\x8F\xBF\xBF",
                                  "sixteen ASCII ch\xC3\xA9 and more after it",
                                  "\xC0\xAF",
                                  "\xC1\xBF",
                                  "\xE0\x9F\xBF",
                                  "\xE0\xA0\x80",
                                  "\xED\x9F\xBF",
                                  "\xED\xA0\x80",
                                  "\xEF\xBF\xBF",
                                  "\xF0\x8F\xBF\xBF",
                                  "\xF0\x90\x80\x80",
                                  "\xF4\x90\x80\x80",
                                  "\xF5\x80\x80\x80",
                                  "\x80",
                                  "ok\xC3",
                                  "\xE2\x82",
                                  "\xE2\x28\xA1",
                                  "eight ok\xFF"}) {
        const Codes codes = codes_of(text);
        const bool expected = std::count(codes.begin(), codes.end(), -1) == 0;
        for (std::size_t cut = 0; cut <= text.size(); ++cut) {
            EXPECT_EQ(valid(text, cut), expected) << text << " cut at " << cut;
        }
    }
}

TEST(Utf8, AValidatorFailsAtTheFirstByteThatCannotBe) {
    Utf8Validator validator;
    EXPECT_TRUE(validator.write("\xED"));
    EXPECT_FALSE(validator.complete());
    EXPECT_FALSE(validator.write("\xA0"));
    validator.reset();
    EXPECT_TRUE(validator.write("a"));
    EXPECT_TRUE(validator.complete());
}

}  // namespace
}  // namespace parley
