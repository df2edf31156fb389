#include "discussion/text_rules.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

std::string cleaned(std::string_view text) { return clean_text(text, "body").value(); }

Errc refused(std::string_view text) {
    const auto result = clean_text(text, "body");
    EXPECT_TRUE(result.has_error());
    if (!result.has_error()) return Errc::internal;
    EXPECT_EQ(result.error().field, "body");
    return result.error().code;
}

TEST(CleanText, IsTrimmedAndHasOneKindOfLineBreak) {
    EXPECT_EQ(cleaned("  \n a\r\nb\rc\xE2\x80\xA8"
                      "d \t\n"),
              "a\nb\nc\nd");
    EXPECT_EQ(cleaned("a\tb"), "a\tb");
    EXPECT_EQ(cleaned(" \n "), "");
    EXPECT_EQ(cleaned(""), "");
}

TEST(CleanText, RefusesControlCharactersAndBadBytes) {
    using namespace std::string_view_literals;
    EXPECT_EQ(refused("a\0b"sv), Errc::invalid_field);
    EXPECT_EQ(refused("a\x1B[31m"), Errc::invalid_field);
    EXPECT_EQ(refused("a\x7F"), Errc::invalid_field);
    EXPECT_EQ(refused("a\xC2\x85"), Errc::invalid_field);
    EXPECT_EQ(refused("a\xFF"), Errc::malformed);
    EXPECT_EQ(refused("a\xED\xA0\x80"), Errc::malformed);
    EXPECT_EQ(refused("\xE2\x82"), Errc::malformed);
}

TEST(CleanText, DropsMarksOfDirectionThatAreNotBalanced) {
    EXPECT_EQ(cleaned("a\u202Eb"), "ab");
    EXPECT_EQ(cleaned("a\u202Cb\u2069c"), "abc");
    EXPECT_EQ(cleaned("a\u202Bb\u202Cc"), "a\u202Bb\u202Cc");
    EXPECT_EQ(cleaned("a\u2067b\u2069c"), "a\u2067b\u2069c");
    // Not across lines, and an isolate ends what was opened in it.
    EXPECT_EQ(cleaned("a\u202Eb\nc\u202Cd"), "ab\ncd");
    EXPECT_EQ(cleaned("\u2067a\u202Eb\u2069c\u202Cd"), "\u2067ab\u2069cd");
    EXPECT_EQ(cleaned("\u202Ea\u2069b\u202C"), "\u202Eab\u202C");
    // A mark that has no scope stays.
    EXPECT_EQ(cleaned("a\u200Fb"), "a\u200Fb");
}

TEST(CleanText, ManyMarksOfDirectionAreNoWork) {
    std::string text;
    for (int i = 0; i < 30'000; ++i) text += "\u202E";
    for (int i = 0; i < 30'000; ++i) text += "\u2069";
    EXPECT_EQ(cleaned(text + "a"), "a");
}

TEST(CleanLine, IsOneLineWithinItsLength) {
    EXPECT_EQ(clean_line(" Trams ", "title", 10).value(), "Trams");
    EXPECT_EQ(clean_line("äöü", "title", 3).value(), "äöü");
    for (const char* bad : {"", "  ", "a\nb", "a\tb", "abcd", "\u200B\u3164"}) {
        EXPECT_EQ(clean_line(bad, "title", 3).error().code, Errc::invalid_field) << bad;
    }
}

TEST(Blank, IsWhatNobodySees) {
    EXPECT_TRUE(is_blank(""));
    EXPECT_TRUE(is_blank(" \n\u00A0\u200B\uFEFF\u2800\u3164\u3000"));
    EXPECT_FALSE(is_blank("\u200B."));
}

TEST(WebUrls, HaveASchemeAndAHost) {
    EXPECT_TRUE(is_web_url("https://a.example/b?c=d#e"));
    EXPECT_TRUE(is_web_url("http://localhost:8080"));
    EXPECT_TRUE(is_web_url("https://[::1]/"));
    for (const char* bad : {"", "https://", "http:///x", "https://?x", "javascript:alert(1)",
                            "ftp://a.example", "//a.example", "a.example", "https://a b",
                            "https://a\"b", "https://a<b", "https://a\\b", "https://a\u202Eb"}) {
        EXPECT_FALSE(is_web_url(bad)) << bad;
    }
    EXPECT_FALSE(is_web_url("https://a.example/" + std::string(2'000, 'x')));
}

}  // namespace
}  // namespace parley
