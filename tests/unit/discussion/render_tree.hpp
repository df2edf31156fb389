#pragma once

#include "discussion/content.hpp"

#include <algorithm>
#include <string>

namespace parley::test {

// A tree on one line: p("some ",em("text")); a link's target stands before its children.
inline std::string render(const ContentTree& tree) {
    std::string out;
    for (const ContentNode& node : tree) {
        if (!out.empty()) out += ',';
        if (node.tag == ContentTag::text) {
            out += '"' + node.text + '"';
            continue;
        }
        out += to_string(node.tag);
        if (node.tag == ContentTag::br) continue;
        out += '(';
        if (node.tag == ContentTag::a) out += '<' + node.text + ">,";
        out += render(node.children) + ')';
    }
    return out;
}

inline std::string rendered(std::string_view markdown) { return render(parse_markdown(markdown)); }

inline std::size_t count_nodes(const ContentTree& tree) {
    std::size_t count = tree.size();
    for (const ContentNode& node : tree) count += count_nodes(node.children);
    return count;
}

// Of elements; text has none.
inline std::size_t depth_of(const ContentTree& tree) {
    std::size_t deepest = 0;
    for (const ContentNode& node : tree) {
        if (node.tag == ContentTag::text) continue;
        deepest = std::max(deepest, 1 + depth_of(node.children));
    }
    return deepest;
}

inline std::size_t count_bytes(const ContentTree& tree) {
    std::size_t count = 0;
    for (const ContentNode& node : tree) count += node.text.size() + count_bytes(node.children);
    return count;
}

}  // namespace parley::test
