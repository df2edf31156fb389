#include "discussion/content.hpp"

namespace parley {

namespace {

bool ends_line(ContentTag tag) {
    switch (tag) {
        case ContentTag::p:
        case ContentTag::pre:
        case ContentTag::quote:
        case ContentTag::ul:
        case ContentTag::ol:
        case ContentTag::li:
        case ContentTag::h2:
        case ContentTag::h3: return true;
        default: return false;
    }
}

void end_line(std::string& out) {
    if (!out.empty() && out.back() != '\n') out += '\n';
}

void append_plain(std::string& out, const ContentTree& tree) {
    for (const ContentNode& node : tree) {
        if (node.tag == ContentTag::text) {
            out += node.text;
            continue;
        }
        if (node.tag == ContentTag::br) {
            out += '\n';
            continue;
        }
        // A list inside an item begins a line of its own as well.
        if (ends_line(node.tag)) end_line(out);
        append_plain(out, node.children);
        if (ends_line(node.tag)) end_line(out);
    }
}

}  // namespace

std::string_view to_string(ContentTag tag) noexcept {
    switch (tag) {
        case ContentTag::text: return {};
        case ContentTag::p: return "p";
        case ContentTag::br: return "br";
        case ContentTag::em: return "em";
        case ContentTag::strong: return "strong";
        case ContentTag::del: return "del";
        case ContentTag::code: return "code";
        case ContentTag::pre: return "pre";
        case ContentTag::quote: return "quote";
        case ContentTag::ul: return "ul";
        case ContentTag::ol: return "ol";
        case ContentTag::li: return "li";
        case ContentTag::a: return "a";
        case ContentTag::spoiler: return "spoiler";
        case ContentTag::h2: return "h2";
        case ContentTag::h3: return "h3";
    }
    return {};
}

std::string plain_text(const ContentTree& tree) {
    std::string out;
    append_plain(out, tree);
    while (out.ends_with('\n')) out.pop_back();
    return out;
}

}  // namespace parley
