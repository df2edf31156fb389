#include "interchange/lines.hpp"

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/utf8.hpp"
#include "protocol/json_reader.hpp"

#include <utility>

namespace parley {

namespace {

using Null = JsonObject::Null;

// Far above what any system counts, and far below where sums of scores overflow.
constexpr std::int64_t score_max = 1'000'000'000'000;
constexpr std::int64_t place_max = 1'000'000'000;

bool holds_control(std::string_view text) {
    while (!text.empty()) {
        const Utf8Character next = next_utf8_character(text);
        if (!next.valid || is_control_or_direction(next.code)) return true;
        text.remove_prefix(next.bytes);
    }
    return false;
}

void check_id(JsonObject& object, std::string_view name, std::string_view id) {
    if (!id.empty() && id.size() <= import_id_bytes_max && !holds_control(id)) return;
    object.refuse(name, "must be an id: 1 to " + std::to_string(import_id_bytes_max) +
                            " bytes without control characters.");
}

std::string id_of(JsonObject& object, std::string_view name) {
    std::string id = object.text(name);
    check_id(object, name, id);
    return id;
}

std::optional<std::string> id_if(JsonObject& object, std::string_view name) {
    std::optional<std::string> id = object.text_if(name, Null::absent);
    if (id) check_id(object, name, *id);
    return id;
}

DiscussionId discussion_id_of(JsonObject& object, std::string_view name, std::string_view text) {
    auto id = parse_discussion_id(text);
    if (id.has_value()) return std::move(*id);
    object.refuse(name, "must be a discussion's id: 1 to " +
                            std::to_string(discussion_id_chars_max) + " of A-Z a-z 0-9 . _ ~ -.");
    return {};
}

WallTime time_of(JsonObject& object, std::string_view name, std::string_view text) {
    auto time = parse_rfc3339(text);
    if (time.has_value()) return *time;
    object.refuse(name, "must be a time like 2022-01-22T09:32:00Z (RFC 3339).");
    return {};
}

Line read_discussion(JsonObject& object) {
    PutDiscussion put;
    put.discussion = discussion_id_of(object, "id", object.text("id"));
    put.title = object.text("title");
    put.url = object.text_if("url", Null::absent);
    put.article = object.text_if("article", Null::absent);
    std::vector<Channel> channels;
    const bool has_channels =
        object.objects_if("channels", channels_count_max, [&channels](JsonObject& channel) {
            std::string name = channel.text("name");
            std::string url = channel.text("url");
            channels.push_back({std::move(name), std::move(url)});
        });
    if (has_channels) put.channels = std::move(channels);
    if (const auto state = object.text_if("state")) {
        put.state = parse_discussion_state(*state);
        if (!put.state) object.refuse("state", "must be one of: open, locked.");
    }
    if (const auto created = object.text_if("created_at")) {
        put.created_at = time_of(object, "created_at", *created);
    }
    return DiscussionLine{std::move(put)};
}

Line read_account(JsonObject& object) {
    ImportAccount account;
    account.id = id_of(object, "id");
    account.name = object.text("name");
    return AccountLine{std::move(account)};
}

ImportComment::QuoteLine read_quote(JsonObject& object) {
    ImportComment::QuoteLine quote;
    quote.comment = id_if(object, "comment");
    quote.author = object.text_if("author", Null::absent).value_or("");
    quote.text = object.text("text");
    return quote;
}

Line read_comment(JsonObject& object) {
    CommentLine line;
    ImportComment& comment = line.comment;
    comment.id = id_of(object, "id");
    line.discussion = discussion_id_of(object, "discussion", object.text("discussion"));
    comment.parent = id_if(object, "parent");
    comment.author = id_of(object, "author");
    comment.body = object.text("body");
    object.object_if("quote", Null::absent,
                     [&comment](JsonObject& quote) { comment.quote = read_quote(quote); });
    comment.base = object.integer_if("score", -score_max, score_max).value_or(0);
    comment.created_at = time_of(object, "created_at", object.text("created_at"));
    if (const auto edited = object.text_if("edited_at", Null::absent)) {
        comment.edited_at = time_of(object, "edited_at", *edited);
    }
    if (const auto state = object.text_if("state")) {
        const auto parsed = parse_comment_state(*state);
        if (!parsed) object.refuse("state", "must be one of: visible, pending, removed, deleted.");
        comment.state = parsed.value_or(CommentState::visible);
    }
    line.place = object.integer_if("place", 1, place_max);
    return line;
}

Line read_vote(JsonObject& object) {
    VoteLine line;
    if (const auto discussion = object.text_if("discussion", Null::absent)) {
        line.discussion = discussion_id_of(object, "discussion", *discussion);
    }
    line.vote.comment = id_of(object, "comment");
    line.vote.account = id_of(object, "account");
    line.vote.value = static_cast<int>(object.integer("value", -1, 1));
    if (line.vote.value == 0) object.refuse("value", "must be -1 or 1.");
    return line;
}

}  // namespace

ParsedLine parse_line(std::string_view json) {
    JsonObject object(json);
    const std::string type = object.text("type");
    ParsedLine parsed{LineKind::unknown, Line{}};
    if (type == "discussion") {
        parsed = {LineKind::discussion, read_discussion(object)};
    } else if (type == "account") {
        parsed = {LineKind::account, read_account(object)};
    } else if (type == "comment") {
        parsed = {LineKind::comment, read_comment(object)};
    } else if (type == "vote") {
        parsed = {LineKind::vote, read_vote(object)};
    } else {
        object.refuse("type", "must be one of: discussion, account, comment, vote.");
    }
    if (auto error = object.finish()) parsed.line = std::move(*error);
    return parsed;
}

}  // namespace parley
