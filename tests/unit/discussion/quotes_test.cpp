#include "discussion/content.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Quotes, OccurAsTheyAreSeen) {
    EXPECT_TRUE(quote_occurs("the tram", "I take the tram every day."));
    EXPECT_FALSE(quote_occurs("the bus", "I take the tram every day."));
    EXPECT_FALSE(quote_occurs("", "text"));
    EXPECT_FALSE(quote_occurs(" \n ", "text"));
    EXPECT_FALSE(quote_occurs("text", ""));
    EXPECT_TRUE(quote_occurs("some text", "some *text*"));
}

TEST(Quotes, SetCaseAside) {
    EXPECT_TRUE(quote_occurs("THE TRAM", "the tram"));
    EXPECT_TRUE(quote_occurs("Über ÉCOLE Łódź", "ÜBER école łóDŹ"));
    EXPECT_TRUE(quote_occurs("ΑΘΗΝΑ ΣΟΦΟΣ", "αθηνα σοφος"));
    EXPECT_TRUE(quote_occurs("МОСКВА Ёж", "москва ёЖ"));
    EXPECT_TRUE(quote_occurs("TIẾNG VIỆT", "tiếng việt"));
}

TEST(Quotes, SetWhiteSpaceAside) {
    EXPECT_TRUE(quote_occurs("one  two\nthree", "one two three"));
    EXPECT_TRUE(quote_occurs("one two", "one\xC2\xA0two"));
    EXPECT_TRUE(quote_occurs("end. Next", "The end.\n\nNext one"));
    EXPECT_TRUE(quote_occurs("  tram ", "the tram"));
    EXPECT_TRUE(
        quote_occurs("un\xC2\xAD"
                     "happy",
                     "unhappy"));
    EXPECT_FALSE(quote_occurs("onetwo", "one two"));
}

TEST(Quotes, SetTheShapeOfMarksAside) {
    EXPECT_TRUE(quote_occurs("“no” – he said…", "\"no\" - he said..."));
    EXPECT_TRUE(quote_occurs("it's", "it’s"));
    EXPECT_TRUE(quote_occurs("»nein«", "„nein“"));
    EXPECT_TRUE(quote_occurs("a -- b", "a — b"));
}

TEST(Quotes, SetMarksOfEmphasisAside) {
    EXPECT_TRUE(quote_occurs("**so** much", "so _much_ more"));
    EXPECT_TRUE(quote_occurs("so *much*", "it is so *much* more"));
    EXPECT_TRUE(quote_occurs("[a link](https://a.example)", "see [a link](https://a.example)"));
    EXPECT_FALSE(quote_occurs("**not** much", "so _much_ more"));
}

TEST(Quotes, NearlyMatchingTextIsNoWork) {
    const std::string source(16'000, 'a');
    EXPECT_FALSE(quote_occurs(std::string(2'000, 'a') + "b", source));
    EXPECT_TRUE(quote_occurs(std::string(2'000, 'a'), source));
}

}  // namespace
}  // namespace parley
