#include "wire.hpp"

#include "protocol/frames.hpp"

#include <boost/json.hpp>

// Makes zlib say that it does not write to its input.
#define ZLIB_CONST
#include <zlib.h>

#include <charconv>

namespace parley::simulation {

namespace {

namespace json = boost::json;

constexpr int raw_window_bits = -15;
constexpr unsigned rsv1_bit = 0x40;
constexpr unsigned opcode_bits = 0x0F;
constexpr unsigned text_opcode = 1;
constexpr std::size_t length_in_2_bytes = 126;
constexpr std::size_t length_in_8_bytes = 127;

std::string_view text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return {};
    return value->get_string();
}

std::int64_t number_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? 0 : value->to_number<std::int64_t>();
}

CommentId id_of(std::string_view digits) {
    std::int64_t id = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), id);
    return CommentId{id};
}

Tally tally_of(const json::object& object) {
    return {id_of(text_of(object, "id")), number_of(object, "up"),      number_of(object, "down"),
            number_of(object, "score"),   number_of(object, "replies"), number_of(object, "seq")};
}

WireCommentPtr comment_of(const json::object& object) {
    auto comment = std::make_shared<WireComment>();
    comment->tally = tally_of(object);
    comment->id = comment->tally.id;
    comment->seq = comment->tally.stamp;
    const std::string_view parent = text_of(object, "parent");
    if (!parent.empty()) comment->parent = id_of(parent);
    comment->key = key_of(text_of(object, "number"));
    if (const json::object* author = object.at("author").if_object()) {
        comment->author = AccountId{static_cast<std::int64_t>(id_of(text_of(*author, "id")))};
    }
    comment->state = parse_comment_state(text_of(object, "state")).value();
    comment->body = text_of(object, "body");
    comment->true_stamp = true_stamp_of(comment->body);
    return comment;
}

WireUpdatePtr update_of(const json::object& object) {
    auto update = std::make_shared<WireUpdate>();
    update->epoch.value = text_of(object, "epoch");
    update->prev = number_of(object, "prev");
    update->seq = number_of(object, "seq");
    update->comment_count = number_of(object, "comment_count");
    if (const json::value* comments = object.if_contains("comments")) {
        for (const json::value& one : comments->as_array()) {
            update->comments.push_back(comment_of(one.as_object()));
        }
    }
    if (const json::value* scores = object.if_contains("scores")) {
        for (const json::value& one : scores->as_array()) {
            update->scores.push_back(tally_of(one.as_object()));
        }
    }
    if (const json::value* info = object.if_contains("discussion")) {
        update->state = parse_discussion_state(text_of(info->as_object(), "state"));
    }
    return update;
}

// One message that refers to nothing before it (RFC 7692, section 7.2.2).
std::optional<std::string> inflate_message(std::string message) {
    message.append({'\0', '\0', '\xFF', '\xFF'});
    z_stream stream{};
    if (inflateInit2(&stream, raw_window_bits) != Z_OK) return std::nullopt;
    stream.next_in = reinterpret_cast<const Bytef*>(message.data());  // NOLINT
    stream.avail_in = static_cast<uInt>(message.size());
    std::string out;
    int code = Z_OK;
    while (code == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0)) {
        const std::size_t old = out.size();
        out.resize(old + 16'384);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + old);  // NOLINT
        stream.avail_out = 16'384;
        code = inflate(&stream, Z_SYNC_FLUSH);
        out.resize(out.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    if (code != Z_OK && code != Z_BUF_ERROR) return std::nullopt;
    return out;
}

}  // namespace

Key key_of(std::string_view number) {
    Key key;
    const char* at = number.data();
    const char* const end = at + number.size();
    while (at < end) {
        int ordinal = 0;
        at = std::from_chars(at, end, ordinal).ptr + 1;
        key.push_back(ordinal);
    }
    return key;
}

std::string number_of(const Key& key) {
    std::string number;
    for (const int ordinal : key) {
        if (!number.empty()) number += '.';
        number += std::to_string(ordinal);
    }
    return number;
}

Seq true_stamp_of(std::string_view body) {
    const std::size_t at = body.find('@');
    if (at == std::string_view::npos) return 0;
    Seq stamp = 0;
    std::from_chars(body.data() + at + 1, body.data() + body.size(), stamp);
    return stamp;
}

WireCommentPtr to_wire(const CommentView& view, Seq seq) {
    auto comment = std::make_shared<WireComment>();
    const CommentContent& content = *view.content;
    comment->id = content.id;
    comment->parent = content.parent;
    comment->key = key_of(content.number);
    if (content.author) comment->author = content.author->id;
    comment->state = content.state;
    comment->body = content.body;
    comment->true_stamp = true_stamp_of(comment->body);
    comment->tally = view.tally;
    comment->tally.stamp = seq;
    comment->seq = seq;
    comment->view = view;
    return comment;
}

WireUpdatePtr to_wire(const Changeset& changeset) {
    auto update = std::make_shared<WireUpdate>();
    update->epoch = changeset.epoch;
    update->prev = changeset.prev;
    update->seq = changeset.seq;
    update->comment_count = changeset.comment_count;
    for (const CommentView& view : changeset.comments) {
        update->comments.push_back(to_wire(view, view.seq()));
    }
    update->scores = changeset.scores;
    if (changeset.info) update->state = changeset.info->state;
    update->text = encode_update(changeset);
    return update;
}

MessagePtr Decoder::decode(std::string_view payload, bool& is_new) {
    auto [place, added] = known_.try_emplace(std::string(payload));
    is_new = added;
    if (!added) return place->second;
    boost::system::error_code error;
    const json::value value = json::parse(payload, error);
    if (error || !value.is_object()) return nullptr;
    const json::object& object = value.get_object();
    auto message = std::make_shared<Message>();
    message->text = payload;
    message->type = text_of(object, "type");
    message->topic = text_of(object, "topic");
    message->code = text_of(object, "code");
    message->reason = text_of(object, "reason");
    message->epoch.value = text_of(object, "epoch");
    message->seq = number_of(object, "seq");
    if (message->type == "update") message->update = update_of(object);
    return place->second = message;
}

StreamReader::Got StreamReader::next(std::string& payload, std::uint64_t& begins_at) {
    begins_at = consumed_;
    return is_event_stream_ ? next_event(payload) : next_frame(payload);
}

StreamReader::Got StreamReader::next_event(std::string& payload) {
    const std::size_t end = buffer_.find("\n\n");
    if (end == std::string::npos) return Got::nothing;
    const std::size_t data = buffer_.starts_with("data: ") ? 0 : buffer_.find("\ndata: ") + 1;
    const bool is_event = data == 0 || (buffer_.starts_with("id: ") && data < end);
    if (!is_event) return Got::broken;
    constexpr std::size_t field_bytes = 6;
    payload = buffer_.substr(data + field_bytes, end - data - field_bytes);
    consume(end + 2);
    return Got::message;
}

StreamReader::Got StreamReader::next_frame(std::string& payload) {
    if (buffer_.size() < 2) return Got::nothing;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(buffer_[at]); };
    const unsigned first = byte(0);
    std::size_t header = 2;
    std::size_t length = byte(1);
    const std::size_t extended = length == length_in_2_bytes   ? 2
                                 : length == length_in_8_bytes ? 8
                                                               : 0;
    if ((first & 0x80U) == 0 || length > length_in_8_bytes) return Got::broken;
    if (buffer_.size() < header + extended) return Got::nothing;
    if (extended > 0) length = 0;
    for (std::size_t i = 0; i < extended; ++i) length = length << 8 | byte(header++);
    if (length > 16'000'000) return Got::broken;
    if (buffer_.size() < header + length) return Got::nothing;
    payload = buffer_.substr(header, length);
    consume(header + length);
    if ((first & opcode_bits) > text_opcode) {
        return (first & opcode_bits) >= 8 ? Got::control : Got::broken;
    }
    if ((first & rsv1_bit) == 0) return Got::message;
    std::optional<std::string> inflated = inflate_message(std::move(payload));
    if (!inflated) return Got::broken;
    payload = *std::move(inflated);
    return Got::message;
}

void StreamReader::consume(std::size_t bytes) {
    buffer_.erase(0, bytes);
    consumed_ += bytes;
}

}  // namespace parley::simulation
