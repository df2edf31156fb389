#pragma once

#include "discussion/content.hpp"

#include <cstddef>

namespace parley {

// Private to content_*.cpp: puts a tree together from the calls of a parser and keeps it within
// content_depth_max and content_nodes_max whatever is asked for.
class ContentBuilder {
public:
    ContentBuilder();

    // Opens an element, or notes that it was left out because the tree is full; its children then
    // go where it would have gone. leave() ends either. `text` is a link's target.
    void enter(ContentTag tag, std::string text = {});
    void enter_nothing();  // an element that has no tag: its children go into the one around it
    void leave();

    void add_text(std::string_view text);
    void add_escaped(std::string_view text);  // as add_text(), but is no mark of a spoiler
    void add_break();

    [[nodiscard]] bool is_inside(ContentTag tag) const;

    // The finished tree; the builder is of no use afterwards.
    [[nodiscard]] ContentTree finish();

private:
    void enter_left_out(ContentTag tag);
    void close_element();
    void append_text(std::string text);
    [[nodiscard]] ContentNode& place_for_text();
    [[nodiscard]] bool is_full() const;
    void wrap_spoilers(ContentNode& node, std::size_t depth);

    std::vector<ContentNode> open_;  // the root's stand-in, then the open elements
    std::vector<bool> entered_;      // one for each enter(): whether it is in open_
    std::size_t nodes_ = 0;
    bool separate_ = false;  // a block was left out: what comes next begins a line
};

}  // namespace parley
