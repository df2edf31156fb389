#include "bench/load/message.hpp"

#include "bench/shared/tool.hpp"

#include <zlib.h>

#include <charconv>
#include <cstring>
#include <functional>

namespace parley::bench {

namespace {

// No score of a test is as high, so a larger one is a time.
constexpr std::int64_t time_min_ns = 1'000'000'000;

// The number that follows `key` at or after `from`, which moves behind it; 0 and npos where the key
// is not there. Quotes inside of JSON strings are escaped, so a key with its own is never text.
std::int64_t number_after(std::string_view text, std::string_view key, std::size_t& from) {
    from = text.find(key, from);
    if (from == std::string_view::npos) return 0;
    from += key.size();
    std::int64_t value = 0;
    std::from_chars(text.data() + from, text.data() + text.size(), value);
    return value;
}

std::string text_after(std::string_view text, std::string_view key) {
    const std::size_t found = text.find(key);
    if (found == std::string_view::npos) return {};
    const std::size_t from = found + key.size();
    return std::string(text.substr(from, text.find('"', from) - from));
}

void read_comments(std::string_view text, Message& message) {
    constexpr std::string_view body = "\"body\":\"";
    for (std::size_t at = text.find(body); at != std::string_view::npos; at = text.find(body, at)) {
        at += body.size();
        ++message.changes;
        if (at < text.size() && text[at] == '@') {
            std::size_t from = at;
            message.comments_ns.push_back(number_after(text, "@", from));
        }
    }
}

void read_scores(std::string_view text, Message& message) {
    std::size_t at = text.find("\"scores\":[");
    while (at != std::string_view::npos) {
        const std::int64_t up = number_after(text, "\"up\":", at);
        if (at == std::string_view::npos) return;
        ++message.changes;
        if (up >= time_min_ns) message.newest_score_ns = std::max(message.newest_score_ns, up);
    }
}

void read_entries(std::string_view text, Message& message) {
    std::size_t at = 0;
    for (;;) {
        const std::int64_t id = number_after(text, "{\"id\":\"", at);
        if (at == std::string_view::npos) return;
        const std::size_t from = text.find("\"up\":", at);
        const std::size_t end = text.find(",\"seq\"", from);
        if (from == std::string_view::npos || end == std::string_view::npos) return;
        const std::string_view value = text.substr(from, end - from);
        message.entries.push_back({id, std::hash<std::string_view>{}(value)});
        at = end;
    }
}

void read_update(std::string_view text, bool with_entries, Message& message) {
    message.kind = Message::Kind::update;
    std::size_t at = 0;
    message.prev = number_after(text, "\"prev\":", at);
    if (at == std::string_view::npos) fail("an update without prev");
    message.seq = number_after(text, "\"seq\":", at);
    read_comments(text, message);
    read_scores(text, message);
    if (with_entries) read_entries(text, message);
}

}  // namespace

Message parse_message(std::string_view text, bool with_entries) {
    Message message;
    const std::string type = text_after(text.substr(0, 40), "{\"type\":\"");
    std::size_t at = 0;
    if (type == "update") {
        read_update(text, with_entries, message);
    } else if (type == "subscribed" || type == "reload") {
        message.kind = type == "reload" ? Message::Kind::reload : Message::Kind::subscribed;
        message.epoch = text_after(text, "\"epoch\":\"");
        message.seq = number_after(text, "\"seq\":", at);
    } else if (type == "error") {
        message.kind = Message::Kind::error;
    } else if (type.empty() && text.find('@') < 16) {
        message.kind = Message::Kind::timed;
        message.changes = 1;
        message.comments_ns.push_back(number_after(text, "@", at));
        message.seq = number_after(text, "#", at);
    }
    return message;
}

const Message& MessageCache::parse(std::string_view payload, bool compressed) {
    constexpr std::size_t hashed_bytes = 160;
    const std::size_t hash =
        std::hash<std::string_view>{}(payload.substr(0, hashed_bytes)) + payload.size();
    Slot& slot = slots_.at(hash % slots_count);
    if (slot.payload == payload && slot.compressed == compressed) return slot.message;
    slot.payload = payload;
    slot.compressed = compressed;
    slot.message = parse_message(compressed ? inflate_payload(payload) : payload, with_entries_);
    return slot.message;
}

std::string_view MessageCache::inflate_payload(std::string_view payload) {
    std::string input(payload);
    input.append("\x00\x00\xff\xff", 4);
    constexpr std::size_t inflated_bytes_max = std::size_t{8} * 1024 * 1024;
    inflated_.resize(inflated_bytes_max);
    z_stream stream{};
    if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail("zlib does not start");
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(inflated_.data());
    stream.avail_out = static_cast<uInt>(inflated_.size());
    const int outcome = ::inflate(&stream, Z_SYNC_FLUSH);
    const std::size_t size = stream.total_out;
    ::inflateEnd(&stream);
    if (outcome != Z_OK && outcome != Z_STREAM_END) fail("a compressed message is damaged");
    return std::string_view(inflated_).substr(0, size);
}

}  // namespace parley::bench
