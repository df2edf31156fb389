#include "protocol/html.hpp"

#include "protocol/html_time.hpp"

#include <algorithm>
#include <set>

namespace parley {

namespace {

constexpr std::string_view placeholder_open = "{{";
constexpr std::string_view placeholder_close = "}}";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_scheme(std::string_view url, std::string_view scheme) {
    return url.size() >= scheme.size() &&
           std::equal(scheme.begin(), scheme.end(), url.begin(),
                      [](char wanted, char found) { return wanted == lower(found); });
}

bool is_web_link(std::string_view url) {
    return has_scheme(url, "http://") || has_scheme(url, "https://");
}

// The tree was checked when it was made; it is checked again here because a link is the one place
// where a text decides what the browser does.
bool is_comment_link(std::string_view url) {
    return is_web_link(url) || has_scheme(url, "mailto:");
}

void append_tree(std::string& out, const ContentTree& tree);

void append_element(std::string& out, std::string_view open, const ContentNode& node,
                    std::string_view close) {
    out += open;
    append_tree(out, node.children);
    out += close;
}

void append_node(std::string& out, const ContentNode& node) {
    switch (node.tag) {
        case ContentTag::text: out += escape_html(node.text); return;
        case ContentTag::br: out += "<br>"; return;
        case ContentTag::pre: append_element(out, "<pre><code>", node, "</code></pre>"); return;
        case ContentTag::quote: append_element(out, "<blockquote>", node, "</blockquote>"); return;
        case ContentTag::spoiler:
            append_element(out, "<span class=\"spoiler\" tabindex=\"0\">", node, "</span>");
            return;
        case ContentTag::a:
            if (!is_comment_link(node.text)) return append_tree(out, node.children);
            append_element(
                out, "<a href=\"" + escape_html(node.text) + "\" rel=\"ugc nofollow noopener\">",
                node, "</a>");
            return;
        case ContentTag::p:
        case ContentTag::em:
        case ContentTag::strong:
        case ContentTag::del:
        case ContentTag::code:
        case ContentTag::ul:
        case ContentTag::ol:
        case ContentTag::li:
        case ContentTag::h2:
        case ContentTag::h3: {
            const std::string name(to_string(node.tag));
            append_element(out, "<" + name + ">", node, "</" + name + ">");
            return;
        }
    }
}

void append_tree(std::string& out, const ContentTree& tree) {
    for (const ContentNode& node : tree) append_node(out, node);
}

Error template_error(std::string_view what, std::string_view name) {
    return make_error(Errc::internal,
                      "The page's template " + std::string(what) + " " + std::string(name) + ".");
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string render_content(const ContentTree& tree) {
    std::string out;
    append_tree(out, tree);
    return out;
}

std::string render_discussion_items(std::span<const DiscussionView> discussions) {
    if (discussions.empty()) return "<p class=\"empty\">There is no discussion yet.</p>";
    std::string out = "<ol class=\"discussions\">\n";
    for (const DiscussionView& discussion : discussions) {
        out += "<li class=\"discussion-entry\"><a class=\"discussion-title\" href=\"/d/" +
               escape_html(discussion.id.value) + "\">" + escape_html(discussion.title) +
               "</a> <span class=\"discussion-meta\"><parley-count discussion=\"" +
               escape_html(discussion.id.value) + "\">" + count_text(discussion.comment_count) +
               "</parley-count>";
        if (discussion.comment_count > 0 && discussion.last_comment_at) {
            out += " <span aria-hidden=\"true\">·</span> last on <time datetime=\"" +
                   format_rfc3339(*discussion.last_comment_at) + "\">" +
                   time_as_shown(*discussion.last_comment_at) + "</time>";
        }
        out += "</span></li>\n";
    }
    return out + "</ol>";
}

std::string render_channels(std::span<const Channel> channels) {
    std::string items;
    for (const Channel& channel : channels) {
        if (!is_web_link(channel.url)) continue;
        items += "<li><a href=\"" + escape_html(channel.url) + "\" rel=\"noopener\">" +
                 escape_html(channel.name) + "</a></li>";
    }
    if (items.empty()) return {};
    return "<nav class=\"channels\" aria-label=\"Also on\"><ul>" + items + "</ul></nav>";
}

std::string count_text(std::int64_t comment_count) {
    if (comment_count <= 0) return "No comments yet";
    return comment_count == 1 ? "1 comment" : std::to_string(comment_count) + " comments";
}

result<std::string> fill_template(std::string_view page,
                                  const std::map<std::string, std::string, std::less<>>& values) {
    std::string out;
    std::set<std::string_view> used;
    for (;;) {
        const std::size_t open = page.find(placeholder_open);
        out += page.substr(0, open);
        if (open == std::string_view::npos) break;
        page.remove_prefix(open + placeholder_open.size());
        const std::size_t close = page.find(placeholder_close);
        if (close == std::string_view::npos) return template_error("does not close", "{{");
        const auto value = values.find(page.substr(0, close));
        if (value == values.end()) return template_error("has no value for", page.substr(0, close));
        used.insert(value->first);
        out += value->second;
        page.remove_prefix(close + placeholder_close.size());
    }
    for (const auto& [name, value] : values) {
        if (!used.contains(name)) return template_error("has no place for", name);
    }
    return out;
}

}  // namespace parley
