#include "protocol/wire.hpp"

namespace parley {

namespace {

// A comment's fields without its texts, with room for ids and times.
constexpr std::size_t comment_frame_bytes = 512;

void write_id(JsonWriter& json, const std::optional<CommentId>& id) {
    if (id) json.digits(static_cast<std::int64_t>(*id));
    else json.null();
}

// No deeper than content_depth_max, which the Markdown parser keeps.
void write_node(JsonWriter& json, const ContentNode& node) {
    if (node.tag == ContentTag::text) {
        json.text(node.text);
        return;
    }
    json.open_array().text(to_string(node.tag));
    if (node.tag == ContentTag::a) json.text(node.text);
    for (const ContentNode& child : node.children) write_node(json, child);
    json.close_array();
}

void write_author(JsonWriter& json, const std::optional<Author>& author) {
    if (!author) {
        json.null();
        return;
    }
    json.open_object().key("id").digits(static_cast<std::int64_t>(author->id));
    json.key("name").text(author->name).key("badges").open_array();
    for (const std::string& badge : author->badges) json.text(badge);
    json.close_array().close_object();
}

void write_quote(JsonWriter& json, const std::optional<Quote>& quote) {
    if (!quote) {
        json.null();
        return;
    }
    json.open_object().key("comment");
    write_id(json, quote->comment);
    json.key("author").text(quote->author).key("text").text(quote->text);
    json.key("verified").boolean(quote->verified).close_object();
}

void write_place(JsonWriter& json, const CommentContent& content) {
    json.key("id").digits(static_cast<std::int64_t>(content.id)).key("parent");
    write_id(json, content.parent);
    json.key("path").open_array();
    for (const CommentId ancestor : content.path) json.digits(static_cast<std::int64_t>(ancestor));
    json.close_array().key("number");
    if (content.number.empty()) json.null();  // it was never public
    else json.text(content.number);
    json.key("in_reply_to");
    write_id(json, content.in_reply_to);
}

}  // namespace

void write_comment(JsonWriter& json, const CommentView& comment) {
    const CommentContent& content = *comment.content;
    json.open_object();
    write_place(json, content);
    json.key("author");
    write_author(json, content.author);
    json.key("created_at").text(format_rfc3339(content.created_at)).key("edited_at");
    if (content.edited_at) json.text(format_rfc3339(*content.edited_at));
    else json.null();
    json.key("state").text(to_string(content.state)).key("body").text(content.body);
    json.key("content").open_array();
    for (const ContentNode& node : content.content) write_node(json, node);
    json.close_array().key("quote");
    write_quote(json, content.quote);
    json.key("up").number(comment.tally.up).key("down").number(comment.tally.down);
    json.key("score").number(comment.tally.score).key("replies").number(comment.tally.replies);
    json.key("seq").number(comment.seq()).close_object();
}

void write_channels(JsonWriter& json, std::span<const Channel> channels) {
    json.open_array();
    for (const Channel& channel : channels) {
        json.open_object().key("name").text(channel.name).key("url").text(channel.url);
        json.close_object();
    }
    json.close_array();
}

void write_count_fields(JsonWriter& json, const CommentCount& count) {
    json.key("id").text(count.discussion.value);
    json.key("epoch").text(count.position.epoch.value).key("seq").number(count.position.seq);
    json.key("comment_count").number(count.comment_count);
}

std::size_t expected_bytes(std::span<const CommentView> comments) {
    std::size_t bytes = 0;
    for (const CommentView& comment : comments) {
        // The body comes twice: as Markdown and as a tree with its tags.
        bytes += comment_frame_bytes + 3 * comment.content->body.size();
    }
    return bytes;
}

}  // namespace parley
