#include "base/limits.hpp"
#include "discussion/content.hpp"
#include "unit/discussion/render_tree.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <random>

namespace parley {
namespace {

using test::count_bytes;
using test::count_nodes;
using test::depth_of;

std::string repeated(std::string_view unit, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += unit;
    return out;
}

void expect_bounded(const ContentTree& tree, std::size_t source_bytes, std::string_view what) {
    EXPECT_LE(count_nodes(tree), content_nodes_max) << what;
    EXPECT_LE(depth_of(tree), content_depth_max) << what;
    EXPECT_LE(count_bytes(tree), 8 * source_bytes + 4'096) << what;
}

// No text or break stands where a browser would move it: not between items, not beside paragraphs.
void expect_well_formed(const ContentTree& tree, ContentTag around, std::string_view what) {
    for (const ContentNode& node : tree) {
        const bool is_list = around == ContentTag::ul || around == ContentTag::ol;
        if (is_list) {
            EXPECT_EQ(node.tag, ContentTag::li) << what;
        }
        if (node.tag == ContentTag::li) {
            EXPECT_TRUE(is_list) << what;
        }
        if (around == ContentTag::quote) {
            EXPECT_NE(node.tag, ContentTag::text) << what;
        }
        if (around == ContentTag::p) {
            EXPECT_NE(node.tag, ContentTag::p) << what;
        }
        if (around == ContentTag::a) {
            EXPECT_NE(node.tag, ContentTag::a) << what;
        }
        expect_well_formed(node.children, node.tag, what);
    }
}

void expect_good(const std::string& source, std::string_view what) {
    for (const ContentTree& tree : {parse_markdown(source), parse_article(source)}) {
        expect_bounded(tree, source.size(), what);
        expect_well_formed(tree, ContentTag::quote, what);
    }
}

TEST(Bounds, DeepMarkdownIsFlattenedButItsTextKept) {
    for (const char* unit : {"> ", "- ", "1. ", ">- "}) {
        const std::string source = repeated(unit, 60) + "deep";
        expect_good(source, unit);
        EXPECT_EQ(plain_text(parse_markdown(source)), "deep") << unit;
    }
    const std::string nested = repeated("*a **b ", 40) + repeated("** *", 40);
    expect_good(nested, "emphasis");
    // Items of a list that is left out are still lines of their own.
    const std::string list = repeated("> ", 14) + "- one\n" + repeated("> ", 14) + "- two";
    EXPECT_EQ(plain_text(parse_markdown(list)), "one\ntwo");
}

TEST(Bounds, NodesOverTheLimitBecomeText) {
    for (const char* unit : {"*a* ", "a\n", "- a\n", "a\n\n", "||a||", "`a` ", "> a\n\n", "- a\n\n",
                             "||a|| *b*\n\n", "http://a.b "}) {
        const std::string source = repeated(unit, 5'000) + "the end";
        expect_good(source, unit);
        EXPECT_NE(plain_text(parse_markdown(source)).find("the end"), std::string::npos) << unit;
    }
}

TEST(Bounds, AReferenceUsedOftenDoesNotMultiplyItsTarget) {
    const std::string source =
        repeated("[a]", 3'000) + "\n\n[a]: https://a.example/" + std::string(1'900, 'x');
    expect_good(source, "references");
    // Used a few times it works.
    EXPECT_EQ(test::rendered("[a] [a]\n\n[a]: http://b.c"),
              R"(p(a(<http://b.c>,"a")," ",a(<http://b.c>,"a")))");
}

TEST(Bounds, RandomMarkdownStaysWithinThem) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random(seed);
    const std::vector<std::string> pieces{"*",     "**", "_",     "`",   "```\n",
                                          "> ",    "- ", "1. ",   "\n",  "\n\n",
                                          "||",    "~~", "[",     "](",  ")",
                                          "![",    "# ", "<",     ">",   "&amp;",
                                          "\\",    "|",  "word ", "ä😀",  "http://a.b/c ",
                                          "    ",  "\t", "[a]: ", "---", "&#x202E;",
                                          "a@b.cc"};
    for (int round = 0; round < 400; ++round) {
        std::string source;
        const std::size_t length = std::uniform_int_distribution<std::size_t>(0, 400)(random);
        for (std::size_t i = 0; i < length; ++i) {
            source +=
                pieces[std::uniform_int_distribution<std::size_t>(0, pieces.size() - 1)(random)];
        }
        expect_good(source, source);
        EXPECT_EQ(parse_markdown(source), parse_markdown(source));
    }
}

std::chrono::microseconds time_of(const std::string& source) {
    const auto begin = std::chrono::steady_clock::now();
    const ContentTree tree = parse_markdown(source);
    (void)quote_occurs(source.substr(0, source.size() / 2) + "x", source);
    const auto end = std::chrono::steady_clock::now();
    expect_bounded(tree, source.size(), "timed");
    return std::chrono::duration_cast<std::chrono::microseconds>(end - begin);
}

TEST(Bounds, PathologicalInputIsPrintedWithItsTimes) {
    for (const char* unit :
         {"*a_ ", "[", "![[", "`a", "> ", "||", "<a ", "&#", "**_~~", "[a](", "a", "\\|"}) {
        const auto once = time_of(repeated(unit, 8'000));
        const auto twice = time_of(repeated(unit, 16'000));
        std::cout << unit << ": " << once.count() << " us, doubled " << twice.count() << " us\n";
    }
}

}  // namespace
}  // namespace parley
