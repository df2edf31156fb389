#include "discussion/rules.hpp"

namespace parley {

namespace {

void add_text(CommentContent& content, const CommentRow& row, const AccountRow& author) {
    content.author = Author{author.id, author.name, badges_of(author.role)};
    content.edited_at = row.edited_at;
    content.body = row.body;
    content.content = parse_markdown(row.body);
    content.quote = row.quote;
}

}  // namespace

CommentContent make_tombstone(const CommentContent& content) {
    CommentContent tombstone;
    tombstone.id = content.id;
    tombstone.parent = content.parent;
    tombstone.path = content.path;
    tombstone.number = content.number;
    tombstone.in_reply_to = content.in_reply_to;
    tombstone.created_at = content.created_at;
    tombstone.state = content.state;
    tombstone.stamp = content.stamp;
    return tombstone;
}

std::vector<std::string> badges_of(Role role) {
    if (role == Role::member) return {};
    return {std::string(to_string(role))};
}

CommentContent public_content(const CommentRow& row, const AccountRow& author) {
    CommentContent content;
    content.id = row.id;
    content.parent = row.parent;
    content.path = row.path;
    content.number = format_number(row.ordinals);
    content.in_reply_to = row.in_reply_to;
    content.created_at = row.created_at;
    content.state = row.state;
    content.stamp = row.stamp;
    // Only what a tombstone keeps was set so far; the rest is for texts that may be read.
    if (row.state == CommentState::visible) add_text(content, row, author);
    return content;
}

CommentView pending_comment(const CommentRow& row, const AccountRow& author) {
    CommentContent content = public_content(row, author);
    add_text(content, row, author);
    return {std::make_shared<const CommentContent>(std::move(content)), public_tally(row)};
}

Tally public_tally(const CommentRow& row) {
    return {row.id, row.up, row.down, row.base + row.up - row.down, row.replies, row.tally_stamp};
}

CommentView public_comment(const CommentRow& row, const AccountRow& author) {
    return {std::make_shared<const CommentContent>(public_content(row, author)), public_tally(row)};
}

DiscussionView public_discussion(const DiscussionRow& row, const Epoch& epoch) {
    DiscussionView view;
    view.id = row.id;
    view.title = row.title;
    view.url = row.url;
    view.state = row.state;
    view.channels = row.channels;
    view.created_at = row.created_at;
    view.last_comment_at = row.last_comment_at;
    view.comment_count = row.comment_count;
    view.position = {epoch, row.seq};
    view.stamp = row.stamp;
    return view;
}

std::string format_number(const std::vector<std::int64_t>& ordinals) {
    std::string number;
    for (const std::int64_t ordinal : ordinals) {
        if (!number.empty()) number += '.';
        number += std::to_string(ordinal);
    }
    return number;
}

std::string order_key(const std::vector<std::int64_t>& ordinals, SortOrder sort) {
    std::string key;
    key.reserve(ordinals.size() * 4);
    for (const std::int64_t ordinal : ordinals) {
        auto part = static_cast<std::uint32_t>(ordinal);
        if (sort == SortOrder::newest) part = ~part;
        for (const unsigned shift : {24U, 16U, 8U, 0U}) {
            key += static_cast<char>(static_cast<unsigned char>((part >> shift) & 0xFFU));
        }
    }
    return key;
}

}  // namespace parley
