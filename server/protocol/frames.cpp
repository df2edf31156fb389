#include "protocol/frames.hpp"

#include "protocol/json_writer.hpp"
#include "protocol/wire.hpp"

#include <utility>

namespace parley {

namespace {

constexpr std::size_t score_bytes = 128;

std::string message_of(JsonWriter& json) {
    json.close_object();
    return json.take();
}

void open_message(JsonWriter& json, std::string_view type, std::string_view topic) {
    json.open_object().key("type").text(type).key("topic").text(topic);
}

void write_scores(JsonWriter& json, std::span<const Tally> scores) {
    json.open_array();
    for (const Tally& tally : scores) {
        json.open_object().key("id").digits(static_cast<std::int64_t>(tally.id));
        json.key("up").number(tally.up).key("down").number(tally.down);
        json.key("score").number(tally.score).key("replies").number(tally.replies);
        json.key("seq").number(tally.stamp).close_object();
    }
    json.close_array();
}

void write_info(JsonWriter& json, const DiscussionInfo& info) {
    json.open_object().key("title").text(info.title).key("url").text(info.url);
    json.key("state").text(to_string(info.state)).key("channels");
    write_channels(json, info.channels);
    json.close_object();
}

}  // namespace

std::string topic_of(const DiscussionId& discussion) { return "discussion:" + discussion.value; }

std::string encode_update(const Changeset& changeset) {
    JsonWriter json(expected_bytes(changeset.comments) + score_bytes * changeset.scores.size() +
                    512);
    open_message(json, "update", topic_of(changeset.discussion));
    json.key("epoch").text(changeset.epoch.value).key("prev").number(changeset.prev);
    json.key("seq").number(changeset.seq).key("comment_count").number(changeset.comment_count);
    if (!changeset.comments.empty()) {
        json.key("comments").open_array();
        for (const CommentView& comment : changeset.comments) write_comment(json, comment);
        json.close_array();
    }
    if (!changeset.scores.empty()) {
        json.key("scores");
        write_scores(json, changeset.scores);
    }
    if (changeset.info) {
        json.key("discussion");
        write_info(json, *changeset.info);
    }
    return message_of(json);
}

std::string event_id_of(const Epoch& epoch, Seq seq) {
    return epoch.value + ':' + std::to_string(seq);
}

std::string encode_subscribed(std::string_view topic, const Position& position) {
    JsonWriter json;
    open_message(json, "subscribed", topic);
    json.key("epoch").text(position.epoch.value).key("seq").number(position.seq);
    return message_of(json);
}

std::string_view to_string(ReloadReason reason) noexcept {
    switch (reason) {
        case ReloadReason::epoch: return "epoch";
        case ReloadReason::too_far: return "too_far";
        case ReloadReason::ahead: return "ahead";
    }
    return {};
}

std::string encode_reload(std::string_view topic, const Epoch& epoch, ReloadReason reason) {
    JsonWriter json;
    open_message(json, "reload", topic);
    json.key("epoch").text(epoch.value).key("reason").text(to_string(reason));
    return message_of(json);
}

std::string encode_current(std::string_view topic, const Position& position,
                           std::chrono::milliseconds every, bool degraded) {
    JsonWriter json;
    open_message(json, "current", topic);
    json.key("epoch").text(position.epoch.value).key("seq").number(position.seq);
    json.key("every_ms").number(every.count()).key("degraded").boolean(degraded);
    return message_of(json);
}

std::string encode_presence(std::string_view topic, std::uint32_t reading) {
    JsonWriter json;
    open_message(json, "presence", topic);
    json.key("reading").number(reading);
    return message_of(json);
}

std::string count_topic_of(const DiscussionId& discussion) { return "count:" + discussion.value; }

std::string encode_count(const CommentCount& count) {
    JsonWriter json;
    open_message(json, "count", count_topic_of(count.discussion));
    write_count_fields(json, count);
    return message_of(json);
}

std::string encode_authenticated(AccountId account) {
    JsonWriter json;
    json.open_object().key("type").text("authenticated");
    json.key("account").digits(static_cast<std::int64_t>(account));
    return message_of(json);
}

namespace {

std::string changed(std::string_view topic,
                    std::initializer_list<std::pair<bool, std::string_view>> facts) {
    JsonWriter json;
    open_message(json, "changed", topic);
    json.key("what").open_array();
    for (const auto& [is_so, name] : facts) {
        if (is_so) json.text(name);
    }
    json.close_array();
    return message_of(json);
}

}  // namespace

std::string encode_changed(const OneAccount::Facts& facts) {
    return changed(OneAccount::topic, {{facts.votes, "votes"}, {facts.pending, "pending"}});
}

std::string encode_changed(const Moderators::Facts& facts) {
    return changed(Moderators::topic, {{facts.queue, "queue"}});
}

// An error that is about no topic, such as a message that could not be read, has none.
std::string encode_live_error(const Error& error, std::string_view topic) {
    JsonWriter json;
    json.open_object().key("type").text("error").key("code").text(wire_code(error.code));
    if (!topic.empty()) json.key("topic").text(topic);
    json.key("message").text(error.message);
    if (error.retry_after) json.key("retry_after_ms").number(error.retry_after->count());
    return message_of(json);
}

}  // namespace parley
