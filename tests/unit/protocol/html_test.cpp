#include "protocol/html.hpp"

#include "unit/protocol/samples.hpp"

#include <gtest/gtest.h>

namespace parley {

namespace {

using test::element;
using test::link;
using test::text_node;

TEST(Html, EscapesForTextAndAttributes) {
    EXPECT_EQ(escape_html(R"(<a href="x" title='y'>&amp;)"),
              "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;");
    EXPECT_EQ(escape_html("é😀\n"), "é😀\n");
    EXPECT_EQ(escape_html(""), "");
}

TEST(Html, ContentTags) {
    const ContentTree tree{element(ContentTag::p, {text_node("a<b"), element(ContentTag::br, {}),
                                                   element(ContentTag::em, {text_node("e")}),
                                                   element(ContentTag::strong, {text_node("s")}),
                                                   element(ContentTag::del, {text_node("d")}),
                                                   element(ContentTag::code, {text_node("<c>")}),
                                                   element(ContentTag::spoiler, {text_node("x")})}),
                           element(ContentTag::pre, {text_node("1 < 2\n")}),
                           element(ContentTag::quote, {element(ContentTag::p, {text_node("q")})}),
                           element(ContentTag::ul, {element(ContentTag::li, {text_node("u")})}),
                           element(ContentTag::ol, {element(ContentTag::li, {text_node("o")})}),
                           element(ContentTag::h2, {text_node("h")}),
                           element(ContentTag::h3, {text_node("i")})};
    EXPECT_EQ(render_content(tree),
              "<p>a&lt;b<br><em>e</em><strong>s</strong><del>d</del><code>&lt;c&gt;</code>"
              "<span class=\"spoiler\" tabindex=\"0\">x</span></p>"
              "<pre><code>1 &lt; 2\n</code></pre><blockquote><p>q</p></blockquote>"
              "<ul><li>u</li></ul><ol><li>o</li></ol><h2>h</h2><h3>i</h3>");
}

TEST(Html, OnlySafeSchemesBecomeLinks) {
    for (const std::string_view href : {"https://example.org/?a=1&b=\"2\"", "http://example.org",
                                        "mailto:a@example.org", "HTTPS://example.org"}) {
        EXPECT_EQ(render_content({link(std::string(href), {text_node("t")})}),
                  "<a href=\"" + escape_html(href) + "\" rel=\"ugc nofollow noopener\">t</a>");
    }
    for (const std::string_view href :
         {"javascript:alert(1)", "JaVaScRiPt:alert(1)", " https://example.org", "\tjavascript:x",
          "java\nscript:x", "data:text/html,x", "vbscript:x", "//example.org", "/local", "#x", "",
          "https", "file:///etc/passwd", "blob:https://example.org/1"}) {
        EXPECT_EQ(render_content({link(std::string(href), {text_node("<t>")})}), "&lt;t&gt;")
            << href;
    }
}

TEST(Html, DiscussionList) {
    DiscussionView busy = test::sample_discussion();
    busy.title = "Trams & <trains>";
    DiscussionView quiet = busy;
    quiet.id = {"quiet"};
    quiet.title = "Quiet";
    quiet.comment_count = 0;
    const std::vector list{busy, quiet};
    EXPECT_EQ(render_discussion_items(list),
              "<ol class=\"discussions\">\n"
              "<li class=\"discussion-entry\"><a class=\"discussion-title\" href=\"/d/tram-line\">"
              "Trams &amp; &lt;trains&gt;</a> <span class=\"discussion-meta\"><parley-count "
              "discussion=\"tram-line\">20 comments</parley-count> <span "
              "aria-hidden=\"true\">·</span> last on "
              "<time datetime=\"2026-01-22T09:44:00.000Z\">22 Jan 2026, 09:44</time></span></li>\n"
              "<li class=\"discussion-entry\"><a class=\"discussion-title\" href=\"/d/quiet\">Quiet"
              "</a> <span class=\"discussion-meta\"><parley-count discussion=\"quiet\">No comments "
              "yet</parley-count></span></li>\n"
              "</ol>");
    EXPECT_EQ(render_discussion_items({}), "<p class=\"empty\">There is no discussion yet.</p>");
}

TEST(Html, ChannelsAreWebLinksOnly) {
    const std::vector<Channel> channels{{"M & N", "https://m.example/?a&b"},
                                        {"Bad", "javascript:alert(1)"},
                                        {"Mail", "mailto:a@example.org"}};
    EXPECT_EQ(render_channels(channels),
              "<nav class=\"channels\" aria-label=\"Also on\"><ul><li><a "
              "href=\"https://m.example/?a&amp;b\" rel=\"noopener\">M &amp; N</a></li></ul></nav>");
    EXPECT_EQ(render_channels({}), "");
    EXPECT_EQ(render_channels(std::span(channels).subspan(1)), "");
}

TEST(Html, CountText) {
    EXPECT_EQ(count_text(0), "No comments yet");
    EXPECT_EQ(count_text(1), "1 comment");
    EXPECT_EQ(count_text(20), "20 comments");
}

TEST(Html, TemplateIsFilledOnceAndWhole) {
    const auto filled = fill_template("<b>{{a}}</b>{{b}}-{{a}}", {{"a", "{{b}}"}, {"b", ""}});
    ASSERT_TRUE(filled.has_value());
    EXPECT_EQ(*filled, "<b>{{b}}</b>-{{b}}");
    EXPECT_EQ(fill_template("no place", {}).value(), "no place");
    EXPECT_EQ(fill_template("", {}).value(), "");
}

TEST(Html, TemplateAndValuesMustMatch) {
    const auto code = [](std::string_view page,
                         const std::map<std::string, std::string, std::less<>>& values) {
        const auto filled = fill_template(page, values);
        return filled.has_error() ? std::optional(filled.error().code) : std::nullopt;
    };
    EXPECT_EQ(code("{{a}}", {}), Errc::internal);
    EXPECT_EQ(code("{{a}}", {{"a", "1"}, {"b", "2"}}), Errc::internal);
    EXPECT_EQ(code("{{a", {{"a", "1"}}), Errc::internal);
    EXPECT_EQ(code("{{ a }}", {{"a", "1"}}), Errc::internal);
    EXPECT_EQ(code("x", {{"a", "1"}}), Errc::internal);
}

}  // namespace

}  // namespace parley
