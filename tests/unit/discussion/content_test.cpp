#include "discussion/content.hpp"

#include "unit/discussion/render_tree.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using test::render;
using test::rendered;

TEST(Markdown, BecomesAllowedTags) {
    EXPECT_EQ(rendered("some *text* and **more**"),
              R"(p("some ",em("text")," and ",strong("more")))");
    EXPECT_EQ(rendered("~~old~~ `a < b`"), R"(p(del("old")," ",code("a < b")))");
    EXPECT_EQ(rendered("> said\n\nanswer"), R"(quote(p("said")),p("answer"))");
    EXPECT_EQ(rendered("- a\n- b"), R"(ul(li("a"),li("b")))");
    EXPECT_EQ(rendered("1. a\n2. b"), R"(ol(li("a"),li("b")))");
    EXPECT_EQ(rendered("- a\n  - b"), R"(ul(li("a",ul(li("b")))))");
    EXPECT_EQ(rendered("```\nx = 1\ny\n```"), "pre(\"x = 1\ny\")");
    EXPECT_EQ(rendered(""), "");
}

TEST(Markdown, KeepsLineFeeds) {
    EXPECT_EQ(rendered("one\ntwo"), R"(p("one",br,"two"))");
    EXPECT_EQ(rendered("one  \ntwo"), R"(p("one",br,"two"))");
    EXPECT_EQ(render(parse_article("one\ntwo")), R"(p("one two"))");
}

TEST(Markdown, HeadingsBecomeStrongParagraphs) {
    EXPECT_EQ(rendered("# Head *line*\ntext"), R"(p(strong("Head ",em("line"))),p("text"))");
    EXPECT_EQ(render(parse_article("# a\n\n## b\n\n### c\n\n###### d")),
              R"(h2("a"),h2("b"),h3("c"),h3("d"))");
}

TEST(Markdown, LinesAcrossVanish) { EXPECT_EQ(rendered("a\n\n---\n\nb"), R"(p("a"),p("b"))"); }

TEST(Markdown, HtmlIsText) {
    EXPECT_EQ(rendered("<script>alert(1)</script>"), R"(p("<script>alert(1)</script>"))");
    EXPECT_EQ(rendered("a <b onclick=x>b</b>"), R"(p("a <b onclick=x>b</b>"))");
    EXPECT_EQ(rendered("<div>\n\nx"), R"(p("<div>"),p("x"))");
}

TEST(Markdown, EntitiesAreDecoded) {
    EXPECT_EQ(rendered("&lt;b&gt; &amp;amp; &#228;&#xE4;&auml;"), R"(p("<b> &amp; äää"))");
    EXPECT_EQ(rendered("&nosuchthing; &#0; &#xD800; &#9999999;"), R"(p("&nosuchthing; � � �"))");
    // Marks of direction and control characters do not come in by this door either.
    EXPECT_EQ(rendered("a&#8238;b&#7;c&#10;d"), R"(p("abc d"))");
}

TEST(Links, AreChecked) {
    EXPECT_EQ(rendered("[x](https://a.example/?q=1&amp;r)"),
              R"(p(a(<https://a.example/?q=1&r>,"x")))");
    EXPECT_EQ(rendered("[x](mailto:a@b.example)"), R"(p(a(<mailto:a@b.example>,"x")))");
    EXPECT_EQ(rendered("[x](HTTP://a.example)"), R"(p(a(<HTTP://a.example>,"x")))");
    for (const char* target :
         {"javascript:alert(1)", "java&#115;cript:alert(1)", "JaVaScRiPt:x", "data:text/html,x",
          "vbscript:x", "&#x6A;avascript:x", "java&#10;script:x", "/relative", "//a.example",
          "ftp://a.example", "file:///etc/passwd", "&#1;javascript:x", "#here", "http:", ""}) {
        EXPECT_EQ(rendered("[x](" + std::string(target) + ")"), R"(p("x"))") << target;
    }
    EXPECT_EQ(rendered("[x](<java\tscript:alert(1)>)"), R"(p("x"))");
    // What browsers skip is not there for them to skip.
    EXPECT_EQ(rendered("[x](<ht\ttps://a.example/b c>)"), R"(p(a(<https://a.example/bc>,"x")))");
}

TEST(Links, AreFoundInText) {
    EXPECT_EQ(rendered("see https://a.example/b."),
              R"(p("see ",a(<https://a.example/b>,"https://a.example/b"),"."))");
    EXPECT_EQ(rendered("a@b.example"), R"(p(a(<mailto:a@b.example>,"a@b.example")))");
    EXPECT_EQ(rendered("ftp://a.example"), R"(p("ftp://a.example"))");
    EXPECT_EQ(rendered("<javascript:alert(1)>"), R"~(p("javascript:alert(1)"))~");
}

TEST(Links, WithoutTextShowTheirTarget) {
    EXPECT_EQ(rendered("[](https://a.example)"),
              R"(p(a(<https://a.example>,"https://a.example")))");
}

TEST(Images, BecomeLinks) {
    EXPECT_EQ(rendered("![a tram](https://a.example/t.png)"),
              R"(p(a(<https://a.example/t.png>,"a tram")))");
    EXPECT_EQ(rendered("![](https://a.example/t.png)"),
              R"(p(a(<https://a.example/t.png>,"https://a.example/t.png")))");
    EXPECT_EQ(rendered("![a tram](data:image/png;base64,x)"), R"(p("a tram"))");
    EXPECT_EQ(rendered("[![a tram](https://a.example/t.png)](https://b.example)"),
              R"(p(a(<https://b.example>,"a tram")))");
}

// md4c 0.4.8 ends spans there that it did not begin.
TEST(Markdown, SurvivesSpansThatDoNotMatch) {
    EXPECT_EQ(plain_text(parse_markdown("[[](*)**] x")).back(), 'x');
    EXPECT_EQ(plain_text(parse_markdown("![](~~)~~\n\n*x*")).back(), 'x');
}

TEST(Spoilers, StandBetweenBars) {
    EXPECT_EQ(rendered("he ||dies|| here"), R"(p("he ",spoiler("dies")," here"))");
    EXPECT_EQ(rendered("||some *em* text||"), R"(p(spoiler("some ",em("em")," text")))");
    EXPECT_EQ(rendered("||a|| and ||b||"), R"(p(spoiler("a")," and ",spoiler("b")))");
    EXPECT_EQ(rendered("a || b"), R"(p("a || b"))");
    EXPECT_EQ(rendered("||a|| b || c"), R"(p(spoiler("a")," b || c"))");
    EXPECT_EQ(rendered("||||"), R"(p("||||"))");
    EXPECT_EQ(rendered("\\|\\|no||"), R"(p("||no||"))");
    EXPECT_EQ(rendered("||\\|\\||| x"), R"(p(spoiler("||")," x"))");
    EXPECT_EQ(rendered("`||code||`"), R"(p(code("||code||")))");
    EXPECT_EQ(rendered("||one\n\ntwo||"), R"(p("||one"),p("two||"))");
}

TEST(PlainText, IsWhatAReaderSees) {
    const auto plain = [](std::string_view markdown) {
        return plain_text(parse_markdown(markdown));
    };
    EXPECT_EQ(plain("# Head\n\nsome *text*\nmore"), "Head\nsome text\nmore");
    EXPECT_EQ(plain("- a\n- b\n  - c"), "a\nb\nc");
    EXPECT_EQ(plain("> q\n\n[x](https://a.example) ||s||"), "q\nx s");
    EXPECT_EQ(plain(""), "");
}

TEST(Tags, HaveTheNamesOfTheApi) {
    EXPECT_EQ(to_string(ContentTag::p), "p");
    EXPECT_EQ(to_string(ContentTag::spoiler), "spoiler");
    EXPECT_EQ(to_string(ContentTag::quote), "quote");
    EXPECT_EQ(to_string(ContentTag::text), "");
}

}  // namespace
}  // namespace parley
