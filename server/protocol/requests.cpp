#include "protocol/requests.hpp"

#include "protocol/frames.hpp"
#include "protocol/json_reader.hpp"

#include <limits>
#include <utility>

namespace parley {

namespace {

using Null = JsonObject::Null;

constexpr std::string_view discussion_prefix = "discussion:";
constexpr std::string_view count_prefix = "count:";
constexpr std::string_view must_be_id = "must be a comment's id: a text of digits.";

CommentId comment_id_of(JsonObject& object, std::string_view name, std::string_view text) {
    const auto id = parse_comment_id(text);
    if (!id) object.refuse(name, must_be_id);
    return id.value_or(CommentId{});
}

std::optional<DiscussionId> id_after(std::string_view prefix, std::string_view topic) {
    if (!topic.starts_with(prefix)) return std::nullopt;
    auto id = parse_discussion_id(topic.substr(prefix.size()));
    if (id.has_error()) return std::nullopt;
    return std::move(*id);
}

LiveSubscribe read_subscribe(JsonObject& object) {
    LiveSubscribe subscribe;
    const bool has_topics = object.texts_if(
        "topics", counted_discussions_max,
        [&subscribe](std::string topic) { subscribe.topics.push_back(std::move(topic)); });
    if (has_topics) {
        if (subscribe.topics.empty()) object.refuse("topics", "names no topic.");
        return subscribe;
    }
    subscribe.topic = object.text("topic");
    if (auto epoch = object.text_if("epoch")) subscribe.epoch = Epoch{std::move(*epoch)};
    if (subscribe.epoch && subscribe.epoch->value.size() > epoch_chars_max) {
        object.refuse("epoch", "is longer than any epoch of this server.");
    }
    subscribe.since = object.integer_if("since", 0, std::numeric_limits<Seq>::max());
    return subscribe;
}

}  // namespace

result<PostComment> parse_post_comment(DiscussionId discussion, std::string_view json) {
    JsonObject object(json);
    PostComment post;
    post.discussion = std::move(discussion);
    post.body = object.text("body");
    if (const auto parent = object.text_if("parent", Null::absent)) {
        post.parent = comment_id_of(object, "parent", *parent);
    }
    object.object_if("quote", Null::absent, [&post](JsonObject& quote) {
        const std::string comment = quote.text("comment");
        std::string text = quote.text("text");
        post.quote = {comment_id_of(quote, "comment", comment), std::move(text)};
    });
    if (auto error = object.finish()) return std::move(*error);
    return post;
}

result<CommentPatch> parse_comment_patch(std::string_view json) {
    JsonObject object(json);
    CommentPatch patch;
    patch.body = object.text_if("body");
    if (const auto state = object.text_if("state")) {
        patch.state = parse_comment_state(*state);
        if (!patch.state) object.refuse("state", "must be one of: visible, removed.");
    }
    if (patch.body.has_value() == patch.state.has_value()) {
        object.refuse_all("Give exactly one of: body, state.");
    }
    if (auto error = object.finish()) return std::move(*error);
    return patch;
}

result<int> parse_vote(std::string_view json) {
    JsonObject object(json);
    const auto value = static_cast<int>(object.integer("value", -1, 1));
    if (auto error = object.finish()) return std::move(*error);
    return value;
}

result<PutDiscussion> parse_put_discussion(DiscussionId discussion, std::string_view json) {
    JsonObject object(json);
    PutDiscussion put;
    put.discussion = std::move(discussion);
    put.title = object.text_if("title");
    put.url = object.text_if("url");
    put.article = object.text_if("article");
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
        if (!put.state) object.refuse("state", "must be one of: open, premoderated, locked.");
    }
    if (auto error = object.finish()) return std::move(*error);
    return put;
}

result<Credentials> parse_credentials(std::string_view json) {
    JsonObject object(json);
    Credentials credentials;
    credentials.name = object.text("name");
    credentials.password = object.text("password");
    if (auto error = object.finish()) return std::move(*error);
    return credentials;
}

result<PasswordChange> parse_password_change(std::string_view json) {
    JsonObject object(json);
    PasswordChange change;
    change.password = object.text("password");
    change.new_password = object.text("new_password");
    if (auto error = object.finish()) return std::move(*error);
    return change;
}

result<bool> parse_ban(std::string_view json) {
    JsonObject object(json);
    const bool banned = object.boolean("banned");
    if (auto error = object.finish()) return std::move(*error);
    return banned;
}

result<LiveRequest> parse_live_request(std::string_view json) {
    JsonObject object(json);
    LiveRequest request;
    const std::string type = object.text("type");
    if (type == "authenticate") {
        request = LiveAuthenticate{object.text("ticket")};
    } else if (type == "subscribe") {
        request = read_subscribe(object);
    } else if (type == "unsubscribe") {
        request = LiveUnsubscribe{object.text("topic")};
    } else {
        object.refuse("type", "must be one of: authenticate, subscribe, unsubscribe.");
    }
    if (auto error = object.finish()) return std::move(*error);
    return request;
}

std::optional<DiscussionId> discussion_of_topic(std::string_view topic) {
    return id_after(discussion_prefix, topic);
}

std::optional<DiscussionId> counted_of_topic(std::string_view topic) {
    return id_after(count_prefix, topic);
}

std::optional<PrivateTopic> private_topic(std::string_view topic) {
    if (topic == OneAccount::topic) return PrivateTopic::account;
    if (topic == Moderators::topic) return PrivateTopic::moderation;
    return std::nullopt;
}

result<std::vector<DiscussionId>> parse_discussion_ids(std::string_view text) {
    std::vector<DiscussionId> ids;
    while (true) {
        const std::size_t comma = text.find(',');
        auto id = parse_discussion_id(text.substr(0, comma));
        if (id.has_error() || ids.size() == counted_discussions_max) {
            return make_error(Errc::invalid_field,
                              "ids are those of 1 to " + std::to_string(counted_discussions_max) +
                                  " discussions, divided by commas.",
                              "ids");
        }
        ids.push_back(std::move(*id));
        if (comma == std::string_view::npos) return ids;
        text.remove_prefix(comma + 1);
    }
}

}  // namespace parley
