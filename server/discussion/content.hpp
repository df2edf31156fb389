#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// What Markdown may become. There is no tag for raw HTML, images or scripts, so none can appear.
enum class ContentTag : std::uint8_t {
    text,  // ContentNode::text is the text
    p,
    br,
    em,
    strong,
    del,
    code,
    pre,
    quote,
    ul,
    ol,
    li,
    a,  // ContentNode::text is the href: http, https or mailto
    spoiler,
    h2,  // in articles only
    h3,
};

[[nodiscard]] std::string_view to_string(ContentTag tag) noexcept;  // "p"; text has no name

struct ContentNode {
    ContentTag tag = ContentTag::text;
    std::string text;
    std::vector<ContentNode> children;
    friend bool operator==(const ContentNode&, const ContentNode&) = default;
};
using ContentTree = std::vector<ContentNode>;

// A comment's Markdown. Raw HTML is off, headings become strong paragraphs, images links;
// `||text||` is a spoiler. Bounded by content_depth_max and content_nodes_max.
[[nodiscard]] ContentTree parse_markdown(std::string_view markdown);

// An article's Markdown: as above, but headings stay headings (h2; the third level and below h3)
// and a line feed inside a paragraph is a space.
[[nodiscard]] ContentTree parse_article(std::string_view markdown);

// The text alone, as a reader sees it, blocks divided by line feeds. Used to verify quotes.
[[nodiscard]] std::string plain_text(const ContentTree& tree);

// True where `quote` occurs in the text of `source` (or in its Markdown) when case, runs of white
// space and the shape of quotation marks, dashes and ellipses are set aside. An empty quote does
// not.
[[nodiscard]] bool quote_occurs(std::string_view quote, std::string_view source_markdown);

}  // namespace parley
