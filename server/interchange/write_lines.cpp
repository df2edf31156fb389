#include "base/clock.hpp"
#include "interchange/lines.hpp"
#include "protocol/json_writer.hpp"

namespace parley {

namespace {

std::string finished(JsonWriter& line) {
    std::string text = line.close_object().take();
    text += '\n';
    return text;
}

}  // namespace

std::string write_discussion_line(const DiscussionView& discussion, std::string_view article) {
    JsonWriter line(512 + article.size());
    line.open_object().key("type").text("discussion");
    line.key("id").text(discussion.id.value);
    line.key("title").text(discussion.title);
    line.key("url").text(discussion.url);
    line.key("article").text(article);
    line.key("channels").open_array();
    for (const Channel& channel : discussion.channels) {
        line.open_object().key("name").text(channel.name);
        line.key("url").text(channel.url).close_object();
    }
    line.close_array();
    line.key("state").text(to_string(discussion.state));
    line.key("created_at").text(format_rfc3339(discussion.created_at));
    return finished(line);
}

std::string write_account_line(const AccountRow& account) {
    JsonWriter line;
    line.open_object().key("type").text("account");
    line.key("id").text(to_string(account.id));
    line.key("name").text(account.name);
    return finished(line);
}

std::string write_comment_line(const CommentRow& comment, std::int64_t score) {
    const bool gone =
        comment.state == CommentState::removed || comment.state == CommentState::deleted;
    JsonWriter line(512 + comment.body.size());
    line.open_object().key("type").text("comment");
    line.key("id").text(to_string(comment.id));
    line.key("discussion").text(comment.discussion.value);
    // A reply below the greatest depth hangs higher than what it answers; an import hangs it there
    // again.
    const auto parent = comment.in_reply_to ? comment.in_reply_to : comment.parent;
    if (parent) line.key("parent").text(to_string(*parent));
    if (!comment.ordinals.empty()) line.key("place").number(comment.ordinals.back());
    line.key("author").text(to_string(comment.author));
    line.key("body").text(gone ? std::string_view() : comment.body);
    if (comment.quote && !gone) {
        line.key("quote").open_object();
        if (comment.quote->comment) line.key("comment").text(to_string(*comment.quote->comment));
        line.key("author").text(comment.quote->author);
        line.key("text").text(comment.quote->text).close_object();
    }
    line.key("score").number(score);
    line.key("created_at").text(format_rfc3339(comment.created_at));
    if (comment.edited_at && !gone) line.key("edited_at").text(format_rfc3339(*comment.edited_at));
    line.key("state").text(to_string(comment.state));
    return finished(line);
}

std::string write_vote_line(const DiscussionId& discussion, CommentId comment, AccountId account,
                            int value) {
    JsonWriter line;
    line.open_object().key("type").text("vote");
    line.key("discussion").text(discussion.value);
    line.key("comment").text(to_string(comment));
    line.key("account").text(to_string(account));
    line.key("value").number(value);
    return finished(line);
}

}  // namespace parley
