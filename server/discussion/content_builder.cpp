#include "discussion/content_builder.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

// Stands for a "|" that was escaped until the spoilers are found; never occurs in UTF-8.
constexpr char escaped_bar = '\xFF';
constexpr std::string_view spoiler_mark = "||";

// A container of blocks holds at most an item, a paragraph and a strong heading before text comes.
constexpr std::size_t depth_below_container = 4;
// Text that comes when the tree is full adds at most a paragraph or item and a text for each level.
constexpr std::size_t nodes_reserved = 2 * (content_depth_max + 1);
static_assert(content_nodes_max > 2 * nodes_reserved);

bool is_container(ContentTag tag) {
    return tag == ContentTag::quote || tag == ContentTag::ul || tag == ContentTag::ol;
}

bool is_block(ContentTag tag) {
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

bool may_hold_spoilers(ContentTag tag) {
    switch (tag) {
        case ContentTag::p:
        case ContentTag::li:
        case ContentTag::em:
        case ContentTag::strong:
        case ContentTag::del:
        case ContentTag::h2:
        case ContentTag::h3: return true;
        default: return false;
    }
}

std::size_t height(const ContentNode& node) {
    if (node.tag == ContentTag::text) return 0;
    std::size_t highest = 0;
    for (const ContentNode& child : node.children) highest = std::max(highest, height(child));
    return highest + 1;
}

ContentNode make_text(std::string text) { return {ContentTag::text, std::move(text), {}}; }

std::size_t count_marks(const std::vector<ContentNode>& children) {
    std::size_t count = 0;
    for (const ContentNode& child : children) {
        if (child.tag != ContentTag::text) continue;
        for (std::size_t at = child.text.find(spoiler_mark); at != std::string::npos;
             at = child.text.find(spoiler_mark, at + spoiler_mark.size())) {
            ++count;
        }
    }
    return count;
}

void unescape(std::vector<ContentNode>& nodes) {
    for (ContentNode& node : nodes) {
        std::replace(node.text.begin(), node.text.end(), escaped_bar, '|');
        unescape(node.children);
    }
}

// The line feed that ends the last line of a code block divides nothing.
void drop_last_line_feed(ContentNode& pre) {
    if (pre.children.empty() || pre.children.back().tag != ContentTag::text) return;
    std::string& text = pre.children.back().text;
    if (text.ends_with('\n')) text.pop_back();
    if (text.empty()) pre.children.pop_back();
}

// Puts one element's children into pairs of marks. Every second mark closes; the last one of an
// odd number stays text.
class SpoilerPairs {
public:
    explicit SpoilerPairs(std::size_t marks) : marks_left_(marks) {}

    void add(ContentNode child) {
        if (child.tag != ContentTag::text) return current().push_back(std::move(child));
        std::string_view rest = child.text;
        for (std::size_t at = rest.find(spoiler_mark);
             at != std::string_view::npos && (inside_ || marks_left_ > 1);
             at = rest.find(spoiler_mark)) {
            add_text(rest.substr(0, at));
            rest.remove_prefix(at + spoiler_mark.size());
            --marks_left_;
            if (inside_) close();
            inside_ = !inside_;
        }
        add_text(rest);
    }

    [[nodiscard]] std::vector<ContentNode> take() { return std::move(outside_list_); }

private:
    std::vector<ContentNode>& current() { return inside_ ? inside_list_ : outside_list_; }

    void add_text(std::string_view text) {
        if (text.empty()) return;
        std::vector<ContentNode>& list = current();
        if (!list.empty() && list.back().tag == ContentTag::text) list.back().text += text;
        else list.push_back(make_text(std::string(text)));
    }

    void close() {
        if (inside_list_.empty()) {  // "||||" hides nothing and stays as it was written
            inside_ = false;
            add_text("||||");
            inside_ = true;
            return;
        }
        outside_list_.push_back({ContentTag::spoiler, {}, std::exchange(inside_list_, {})});
    }

    std::size_t marks_left_;
    bool inside_ = false;
    std::vector<ContentNode> outside_list_;
    std::vector<ContentNode> inside_list_;
};

}  // namespace

ContentBuilder::ContentBuilder() : open_(1) {}

bool ContentBuilder::is_full() const { return nodes_ + nodes_reserved >= content_nodes_max; }

bool ContentBuilder::is_inside(ContentTag tag) const {
    return std::any_of(open_.begin() + 1, open_.end(),
                       [tag](const ContentNode& node) { return node.tag == tag; });
}

void ContentBuilder::enter(ContentTag tag, std::string text) {
    const std::size_t depth = open_.size();  // that the element would have; the root's are at 1
    const std::size_t room = is_container(tag) ? depth_below_container : 0;
    // An item needs its list: where that was left out, so is the item.
    const ContentTag around = open_.back().tag;
    const bool orphan =
        tag == ContentTag::li && around != ContentTag::ul && around != ContentTag::ol;
    if (is_full() || orphan || depth + room > content_depth_max) return enter_left_out(tag);
    ++nodes_;
    separate_ = false;
    open_.push_back({tag, std::move(text), {}});
    entered_.push_back(true);
}

void ContentBuilder::enter_left_out(ContentTag tag) {
    if (is_block(tag)) separate_ = true;
    entered_.push_back(false);
}

void ContentBuilder::enter_nothing() { entered_.push_back(false); }

void ContentBuilder::leave() {
    const bool entered = entered_.back();
    entered_.pop_back();
    if (entered) close_element();
}

void ContentBuilder::close_element() {
    const std::size_t depth = open_.size() - 1;
    ContentNode node = std::move(open_.back());
    open_.pop_back();
    if (node.tag == ContentTag::a && node.children.empty()) {
        node.children.push_back(make_text(node.text));
    }
    if (node.tag == ContentTag::pre) drop_last_line_feed(node);
    while (!node.children.empty() && node.children.back().tag == ContentTag::br) {
        node.children.pop_back();
    }
    if (node.children.empty()) return;  // an element without content shows nothing
    if (may_hold_spoilers(node.tag)) wrap_spoilers(node, depth);
    if (is_block(node.tag)) separate_ = false;
    open_.back().children.push_back(std::move(node));
}

// Where text may stand: not between the items of a list, and not between paragraphs.
ContentNode& ContentBuilder::place_for_text() {
    ContentNode& node = open_.back();
    const bool is_list = node.tag == ContentTag::ul || node.tag == ContentTag::ol;
    const bool is_flow = open_.size() == 1 || node.tag == ContentTag::quote;
    if (!is_list && !is_flow) return node;
    const ContentTag wanted = is_list ? ContentTag::li : ContentTag::p;
    if (node.children.empty() || node.children.back().tag != wanted) {
        ++nodes_;
        node.children.push_back({wanted, {}, {}});
    }
    return node.children.back();
}

void ContentBuilder::append_text(std::string text) {
    if (text.empty()) return;
    ContentNode& place = place_for_text();
    if (std::exchange(separate_, false) && !place.children.empty()) {
        if (is_full()) {
            text.insert(0, 1, '\n');
        } else {
            ++nodes_;
            place.children.push_back({ContentTag::br, {}, {}});
        }
    }
    if (!place.children.empty() && place.children.back().tag == ContentTag::text) {
        place.children.back().text += text;
        return;
    }
    ++nodes_;
    place.children.push_back(make_text(std::move(text)));
}

void ContentBuilder::add_text(std::string_view text) { append_text(std::string(text)); }

void ContentBuilder::add_escaped(std::string_view text) {
    std::string marked(text);
    std::replace(marked.begin(), marked.end(), '|', escaped_bar);
    append_text(std::move(marked));
}

void ContentBuilder::add_break() {
    if (is_full()) return append_text("\n");
    ++nodes_;
    place_for_text().children.push_back({ContentTag::br, {}, {}});
}

void ContentBuilder::wrap_spoilers(ContentNode& node, std::size_t depth) {
    const std::size_t marks = count_marks(node.children);
    if (marks < 2) return;
    // Each pair adds an element and splits a text in up to three.
    const std::size_t added = marks / 2 * 3;
    const bool too_many = nodes_ + added + nodes_reserved >= content_nodes_max;
    if (too_many || depth + height(node) > content_depth_max) return;
    nodes_ += added;
    SpoilerPairs pairs(marks);
    for (ContentNode& child : node.children) pairs.add(std::move(child));
    node.children = pairs.take();
}

ContentTree ContentBuilder::finish() {
    while (open_.size() > 1) close_element();
    unescape(open_.front().children);
    return std::move(open_.front().children);
}

}  // namespace parley
