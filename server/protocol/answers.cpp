#include "protocol/answers.hpp"

#include "protocol/json_writer.hpp"
#include "protocol/wire.hpp"

namespace parley {

namespace {

void write_time_or_null(JsonWriter& json, const std::optional<WallTime>& time) {
    if (time) json.text(format_rfc3339(*time));
    else json.null();
}

void write_cursor(JsonWriter& json, const std::optional<std::string>& cursor) {
    json.key("next_cursor");
    if (cursor) json.text(*cursor);
    else json.null();
}

void write_discussion(JsonWriter& json, const DiscussionView& discussion) {
    json.open_object().key("id").text(discussion.id.value).key("title").text(discussion.title);
    json.key("url").text(discussion.url).key("state").text(to_string(discussion.state));
    json.key("seq").number(discussion.position.seq);
    json.key("epoch").text(discussion.position.epoch.value);
    json.key("comment_count").number(discussion.comment_count).key("last_comment_at");
    write_time_or_null(json, discussion.last_comment_at);
    json.key("created_at").text(format_rfc3339(discussion.created_at)).key("channels");
    write_channels(json, discussion.channels);
    json.close_object();
}

void write_window(JsonWriter& json, const WindowAnswer& window) {
    json.open_object().key("epoch").text(window.position.epoch.value);
    json.key("seq").number(window.position.seq);
    json.key("comment_count").number(window.comment_count).key("comments").open_array();
    for (const CommentView& comment : window.comments) write_comment(json, comment);
    json.close_array();
    write_cursor(json, window.next_cursor);
    json.key("more").open_object();
    for (const WindowAnswer::More& more : window.more) {
        json.text_key(to_string(more.parent)).open_object().key("replies").number(more.replies);
        json.key("cursor").text(more.cursor).close_object();
    }
    json.close_object().close_object();
}

void write_account(JsonWriter& json, const AccountRow& account) {
    json.open_object().key("id").digits(static_cast<std::int64_t>(account.id));
    json.key("name").text(account.name).key("role").text(to_string(account.role));
    json.key("badges").open_array();
    for (const std::string& badge : badges_of(account.role)) json.text(badge);
    json.close_array().key("created_at").text(format_rfc3339(account.created_at)).close_object();
}

// The escape of the character that `json` begins with, "" where it needs none, and its length.
std::pair<std::string_view, std::size_t> script_escape(std::string_view json) {
    switch (json.front()) {
        case '<': return {"\\u003c", 1};
        case '>': return {"\\u003e", 1};
        case '&': return {"\\u0026", 1};
        default: break;
    }
    if (json.starts_with("\xE2\x80\xA8")) return {"\\u2028", 3};
    if (json.starts_with("\xE2\x80\xA9")) return {"\\u2029", 3};
    return {{}, 0};
}

// JSON in which no byte means anything to an HTML parser. These characters occur only inside
// strings, where an escape is the same text.
std::string escape_for_script(std::string_view json) {
    std::string out;
    out.reserve(json.size() + json.size() / 8);
    std::size_t copied = 0;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c != '<' && c != '>' && c != '&' && c != '\xE2') continue;
        const auto [escape, bytes] = script_escape(json.substr(i));
        if (bytes == 0) continue;
        out += json.substr(copied, i - copied);
        out += escape;
        copied = i + bytes;
    }
    out += json.substr(copied);
    return out;
}

}  // namespace

std::string encode_comment(const CommentView& comment) {
    JsonWriter json(expected_bytes({&comment, 1}));
    write_comment(json, comment);
    return json.take();
}

std::string encode_window(const WindowAnswer& window) {
    JsonWriter json(expected_bytes(window.comments) + 256);
    write_window(json, window);
    return json.take();
}

std::string encode_vote(const VoteOutcome& outcome) {
    const Tally& tally = outcome.tally;
    JsonWriter json;
    json.open_object().key("id").digits(static_cast<std::int64_t>(tally.id));
    json.key("up").number(tally.up).key("down").number(tally.down);
    json.key("score").number(tally.score).key("seq").number(outcome.seq).close_object();
    return json.take();
}

std::string encode_discussion(const DiscussionView& discussion) {
    JsonWriter json(512);
    write_discussion(json, discussion);
    return json.take();
}

std::string encode_discussions(std::span<const DiscussionView> discussions,
                               const std::optional<std::string>& next_cursor) {
    JsonWriter json(256 + 512 * discussions.size());
    json.open_object().key("discussions").open_array();
    for (const DiscussionView& discussion : discussions) write_discussion(json, discussion);
    json.close_array();
    write_cursor(json, next_cursor);
    json.close_object();
    return json.take();
}

std::string encode_counts(std::span<const CommentCount> counts) {
    JsonWriter json(32 + 128 * counts.size());
    json.open_object().key("counts").open_array();
    for (const CommentCount& count : counts) {
        json.open_object();
        write_count_fields(json, count);
        json.close_object();
    }
    json.close_array().close_object();
    return json.take();
}

std::string encode_account(const AccountRow& account) {
    JsonWriter json;
    write_account(json, account);
    return json.take();
}

std::string encode_erasing(const AccountRow& account) {
    JsonWriter json;
    json.open_object().key("account").text(to_string(account.id)).close_object();
    return json.take();
}

std::string encode_session(std::string_view token, const AccountRow& account) {
    JsonWriter json;
    json.open_object().key("token").text(token).key("account");
    write_account(json, account);
    json.close_object();
    return json.take();
}

std::string encode_ticket(std::string_view ticket) {
    JsonWriter json;
    json.open_object().key("ticket").text(ticket).close_object();
    return json.take();
}

std::string encode_pending(std::span<const PendingComment> comments,
                           const std::optional<std::string>& next_cursor) {
    JsonWriter json(64 + 1'024 * comments.size());
    json.open_object().key("pending").open_array();
    for (const auto& [discussion, comment] : comments) {
        json.open_object().key("discussion").text(discussion.value).key("comment");
        write_comment(json, comment);
        json.close_object();
    }
    json.close_array();
    write_cursor(json, next_cursor);
    json.close_object();
    return json.take();
}

std::string encode_votes(std::span<const std::pair<CommentId, int>> votes) {
    JsonWriter json(32 + 40 * votes.size());
    json.open_object().key("votes").open_array();
    for (const auto& [comment, value] : votes) {
        json.open_object().key("comment").digits(static_cast<std::int64_t>(comment));
        json.key("value").number(value).close_object();
    }
    json.close_array().close_object();
    return json.take();
}

std::string encode_problem(const Error& error) {
    JsonWriter json;
    json.open_object().key("type").text("about:blank").key("title").text(title(error.code));
    json.key("status").number(http_status(error.code)).key("detail").text(error.message);
    json.key("code").text(wire_code(error.code));
    if (!error.field.empty()) json.key("field").text(error.field);
    if (error.retry_after) json.key("retry_after_ms").number(error.retry_after->count());
    json.close_object();
    return json.take();
}

std::string encode_page_data(const DiscussionView& discussion, const WindowAnswer& window) {
    JsonWriter json(expected_bytes(window.comments) + 1'024);
    json.open_object().key("discussion");
    write_discussion(json, discussion);
    json.key("window");
    write_window(json, window);
    json.close_object();
    return escape_for_script(json.take());
}

}  // namespace parley
