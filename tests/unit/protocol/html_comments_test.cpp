#include "protocol/html.hpp"
#include "unit/protocol/samples.hpp"

#include <gtest/gtest.h>

namespace parley {

namespace {

using test::plain_comment;
using test::view_of;

std::string render(std::vector<CommentView> comments) {
    WindowAnswer window;
    window.comments = std::move(comments);
    return render_comments(window, {"tram-line"});
}

bool has(std::string_view html, std::string_view part) {
    return html.find(part) != std::string_view::npos;
}

// The list as nested brackets of ids: "1(2(3)4)5"; what follows `more-replies` is a plus sign.
std::string shape_of(std::string_view html) {
    std::string shape;
    std::size_t lists = 0;
    for (std::size_t i = 0; i < html.size(); ++i) {
        const std::string_view rest = html.substr(i);
        if (rest.starts_with("<ol class=\"comments\">") && ++lists > 1) shape += '(';
        if (rest.starts_with("</ol>") && --lists > 0) shape += ')';
        if (rest.starts_with("<p class=\"more-replies\">")) shape += '+';
        constexpr std::string_view id = " id=\"comment-";
        if (!rest.starts_with(id)) continue;
        shape += rest.substr(id.size(), rest.find('"', id.size()) - id.size());
    }
    EXPECT_EQ(lists, 0U) << html;
    return shape;
}

// Names of elements and attributes in their order, without any text or value. Fails on markup
// that an HTML parser would have to mend.
std::string skeleton_of(std::string_view html) {
    std::string skeleton;
    std::size_t i = 0;
    while ((i = html.find('<', i)) != std::string_view::npos) {
        bool quoted = false;
        for (++i; i < html.size() && (quoted || html[i] != '>'); ++i) {
            if (html[i] == '"') quoted = !quoted;
            else if (!quoted) skeleton += html[i];
            EXPECT_NE(html[i], '<') << "inside a tag: " << html;
        }
        skeleton += '|';
    }
    return skeleton;
}

TEST(HtmlComments, IsTheMarkupOfTheDocument) {
    CommentContent content = plain_comment(16, {});
    content.number = "3";
    content.author->badges = {"moderator"};
    content.edited_at = test::at("2026-01-22T09:50:00.000Z");
    content.quote = Quote{CommentId{12}, "Jonas Berg", "the quoted words", true};
    content.content = {test::element(
        ContentTag::p,
        {test::text_node("Some "), test::element(ContentTag::em, {test::text_node("text")}),
         test::text_node(".")})};
    WindowAnswer window;
    window.comments = {view_of(content, 7)};
    window.more = {{CommentId{16}, 12, "CURSOR"}};
    // The example of web-client/MARKUP.md, section 2, without its reply.
    EXPECT_EQ(render_comments(window, {"tram-line"}),
              R"(<ol class="comments">
<li class="comment-item">
<article class="comment" id="comment-16" tabindex="-1" aria-label="Anna Weber, 22 Jan 2026, 09:44, level 1, score +7">
<header class="comment-head"><a class="comment-number" href="#comment-16">3</a> <span class="comment-author">Anna Weber</span> <span class="badge">moderator</span> <a class="comment-time" href="#comment-16"><time datetime="2026-01-22T09:44:00.000Z" title="22 Jan 2026, 09:44:00 UTC">22 Jan 2026, 09:44</time></a> <span class="comment-edited" title="22 Jan 2026, 09:50:00 UTC">edited</span></header>
<blockquote class="comment-quote"><a class="quote-source" href="#comment-12">Jonas Berg</a><p>the quoted words</p></blockquote>
<div class="comment-body"><p>Some <em>text</em>.</p></div>
<footer class="comment-foot"><span class="score positive">+7</span></footer>
</article>
<p class="more-replies"><a href="/d/tram-line?parent=16&amp;cursor=CURSOR">12 more replies</a></p>
</li>
</ol>
)");
}

TEST(HtmlComments, TombstonesShowNothingOfTheirPast) {
    CommentContent removed = plain_comment(5, {1});
    removed.number = "1.2";
    removed.state = CommentState::removed;
    // A bug elsewhere that leaves these in must not show them.
    removed.edited_at = removed.created_at;
    removed.quote = Quote{CommentId{1}, "Quoted", "words", true};
    const std::string html = render({view_of(removed, -3)});
    EXPECT_TRUE(has(html, R"(<article class="comment tombstone" id="comment-5" tabindex="-1" )"
                          R"(aria-label="Comment removed, level 2">)"));
    EXPECT_TRUE(has(html, R"(<div class="comment-body"><p>Comment removed</p></div>)"));
    for (const std::string_view absent :
         {"Anna", "Quoted", "words", "edited", "score", "comment-foot", "<p>x</p>"}) {
        EXPECT_FALSE(has(html, absent)) << absent;
    }
    CommentContent deleted = plain_comment(6, {});
    deleted.state = CommentState::deleted;
    const std::string own = render({view_of(deleted)});
    EXPECT_TRUE(has(own, "<p>Comment deleted by its author</p>"));
    EXPECT_TRUE(has(own, R"(aria-label="Comment removed, level 1")"));
}

TEST(HtmlComments, Scores) {
    EXPECT_TRUE(has(render({view_of(plain_comment(1, {}), 7)}),
                    R"(<span class="score positive">+7</span>)"));
    EXPECT_TRUE(has(render({view_of(plain_comment(1, {}), -12)}),
                    R"(<span class="score negative">-12</span>)"));
    const std::string zero = render({view_of(plain_comment(1, {}), 0)});
    EXPECT_TRUE(has(zero, R"(<span class="score zero">0</span>)"));
    EXPECT_TRUE(has(zero, ", score 0\""));
}

TEST(HtmlComments, Quotes) {
    CommentContent content = plain_comment(9, {});
    content.quote = Quote{CommentId{3}, "", "one\ntwo\n<three>", false};
    EXPECT_TRUE(has(render({view_of(content)}),
                    R"(<blockquote class="comment-quote unverified"><a class="quote-source" )"
                    R"(href="#comment-3">a comment</a><p>one<br>two<br>&lt;three&gt;</p>)"));
    content.quote = Quote{std::nullopt, "Jonas", "", true};
    EXPECT_TRUE(has(render({view_of(content)}),
                    R"(<blockquote class="comment-quote"><span class="quote-source">Jonas</span>)"
                    R"(<p class="quote-gone">The quoted comment was removed.</p></blockquote>)"));
}

TEST(HtmlComments, TimesAreWrittenOut) {
    CommentContent content = plain_comment(1, {});
    content.created_at = test::at("2024-02-29T00:05:09.999Z");
    EXPECT_TRUE(has(render({view_of(content)}),
                    R"(<time datetime="2024-02-29T00:05:09.999Z" title="29 Feb 2024, 00:05:09 )"
                    R"(UTC">29 Feb 2024, 00:05</time>)"));
    content.created_at = test::at("2026-12-01T23:59:59.000Z");
    EXPECT_TRUE(has(render({view_of(content)}), ">1 Dec 2026, 23:59</time>"));
}

TEST(HtmlComments, NestsWhatIsFlat) {
    const auto comment = [](std::int64_t id, std::vector<std::int64_t> path) {
        return view_of(plain_comment(id, std::move(path)));
    };
    EXPECT_EQ(render({}), "");
    EXPECT_EQ(shape_of(render({comment(1, {})})), "1");
    EXPECT_EQ(shape_of(render({comment(1, {}), comment(2, {1}), comment(3, {1, 2}), comment(4, {1}),
                               comment(5, {})})),
              "1(2(3)4)5");
    // A later window begins inside a tree; an ancestor that is not in it has no place in it.
    EXPECT_EQ(shape_of(render({comment(8, {1, 2}), comment(9, {1, 2, 8}), comment(10, {1, 2}),
                               comment(11, {1}), comment(12, {}), comment(13, {12})})),
              "8(9)10"
              "11"
              "12(13)");
}

TEST(HtmlComments, NestsToTheDeepestLevelAndBack) {
    std::vector<CommentView> comments;
    std::vector<std::int64_t> path;
    for (std::int64_t id = 1; id <= comment_depth_max; ++id) {
        comments.push_back(view_of(plain_comment(id, path)));
        path.push_back(id);
    }
    comments.push_back(view_of(plain_comment(100, {})));
    const std::string html = render(std::move(comments));
    EXPECT_TRUE(has(html, ", level 64, score"));
    EXPECT_TRUE(shape_of(html).ends_with("64" + std::string(63, ')') + "100"));
}

TEST(HtmlComments, MoreRepliesStandAfterTheReplies) {
    WindowAnswer window;
    window.comments = {view_of(plain_comment(1, {})), view_of(plain_comment(2, {1})),
                       view_of(plain_comment(3, {}))};
    window.more = {{CommentId{1}, 1, "a&\""}, {CommentId{3}, 2, "b"}, {CommentId{77}, 5, "c"}};
    const std::string html = render_comments(window, {"tram-line"});
    EXPECT_EQ(shape_of(html), "1(2)+3+");
    EXPECT_TRUE(has(html, "parent=1&amp;cursor=a&amp;&quot;\">1 more reply</a>"));
    EXPECT_TRUE(has(html, ">2 more replies</a>"));
}

TEST(HtmlComments, WhatPeopleWriteNeverBecomesMarkup) {
    const auto with = [](const std::string& text) {
        CommentContent content = plain_comment(1, {});
        content.author = Author{AccountId{1}, text, {text}};
        content.number = text;
        content.quote = Quote{CommentId{2}, text, text, true};
        content.content = {test::element(
            ContentTag::p,
            {test::text_node(text), test::element(ContentTag::pre, {test::text_node(text)}),
             test::link("https://example.org/" + text, {test::text_node(text)})})};
        WindowAnswer window;
        window.comments = {view_of(content)};
        window.more = {{CommentId{1}, 3, text}};
        return render_comments(window, {"tram-line"});
    };
    const std::string harmless = skeleton_of(with("x"));
    for (const std::string_view payload : {"<script>alert(1)</script>",
                                           "\"><script>alert(1)</script>",
                                           "'><img src=x onerror=alert(1)>",
                                           "\" onmouseover=\"alert(1)",
                                           "' onfocus='alert(1)' autofocus='",
                                           "</p></div></article></li>",
                                           "<!--",
                                           "-->",
                                           "<![CDATA[",
                                           "]]>",
                                           "<svg/onload=alert(1)>",
                                           "</title><script>",
                                           "<%= x %>",
                                           "{{title}}",
                                           "&lt;script&gt;",
                                           "&#x3c;script&#x3e;",
                                           "`onclick=alert(1)",
                                           "<\xC0\xBCscript>",
                                           "javascript:alert(1)",
                                           "\\\"><b>",
                                           "<a href=javascript:alert(1)>",
                                           "<math><mi//xlink:href=\"",
                                           "\xEF\xBC\x9Cscript\xEF\xBC\x9E",
                                           "<<a|b<c>",
                                           "</textarea></style></noscript>"}) {
        EXPECT_EQ(skeleton_of(with(std::string(payload))), harmless) << payload;
    }
}

}  // namespace

}  // namespace parley
