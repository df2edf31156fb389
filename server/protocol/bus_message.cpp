#include "protocol/bus_message.hpp"

#include "base/limits.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/wire.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace parley {

namespace {

// Another version is another word, so that old and new instances refuse each other's messages and
// find out by the sweep.
constexpr std::string_view magic = "parley1\n";
constexpr std::size_t tally_bytes = 128;
constexpr std::size_t message_bytes = 512;

void derive(std::span<unsigned char> out, std::string_view secret, std::string_view purpose) {
    if (sodium_init() < 0) std::abort();  // a system without randomness
    crypto_generichash(out.data(), out.size(),
                       reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                       reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size());
}

void write_tally(JsonWriter& json, const Tally& tally) {
    json.open_object().key("id").digits(static_cast<std::int64_t>(tally.id));
    json.key("up").number(tally.up).key("down").number(tally.down);
    json.key("score").number(tally.score).key("replies").number(tally.replies);
    json.key("seq").number(tally.stamp).close_object();
}

void write_info(JsonWriter& json, const DiscussionInfo& info) {
    json.open_object().key("title").text(info.title).key("url").text(info.url);
    json.key("state").text(to_string(info.state)).key("channels");
    write_channels(json, info.channels);
    json.key("seq").number(info.stamp).close_object();
}

// As in an update for readers, and with the stamps of both parts of a comment.
void write_content(JsonWriter& json, const std::shared_ptr<const Changeset>& changeset) {
    json.key("changeset").open_object();
    json.key("discussion").text(changeset->discussion.value);
    json.key("epoch").text(changeset->epoch.value).key("prev").number(changeset->prev);
    json.key("seq").number(changeset->seq).key("comment_count").number(changeset->comment_count);
    json.key("takes_text_away").boolean(changeset->takes_text_away);
    json.key("comments").open_array();
    for (const CommentView& comment : changeset->comments) {
        json.open_object().key("content_seq").number(comment.content->stamp);
        json.key("score_seq").number(comment.tally.stamp).key("comment");
        write_comment(json, comment);
        json.close_object();
    }
    json.close_array().key("scores").open_array();
    for (const Tally& tally : changeset->scores) write_tally(json, tally);
    json.close_array();
    if (changeset->info) {
        json.key("info");
        write_info(json, *changeset->info);
    }
    json.close_object();
}

void write_content(JsonWriter& json, const BusHint& hint) {
    json.key("hint").open_object().key("discussion").text(hint.discussion.value);
    json.key("epoch").text(hint.position.epoch.value);
    json.key("seq").number(hint.position.seq).close_object();
}

void write_content(JsonWriter& json, const BusPresence& presence) {
    json.key("presence").open_object().key("discussion").text(presence.discussion.value);
    json.key("readers").number(static_cast<std::int64_t>(presence.readers)).close_object();
}

void write_content(JsonWriter& json, const BusProbe& probe) {
    json.key("probe").open_object();
    json.key("number").number(static_cast<std::int64_t>(probe.number)).close_object();
}

void write_content(JsonWriter& json, const BusSpent& spent) {
    json.key("spent").open_array();
    for (const BusSpent::Bucket& bucket : spent.buckets) {
        json.open_object().key("kind").number(bucket.kind).key("key").text(bucket.key);
        json.key("count").number(bucket.count).close_object();
    }
    json.close_array();
}

void write_content(JsonWriter& json, const BusAccountEvents& /*events*/) {
    json.key("account_events").open_object().close_object();
}

void write_content(JsonWriter& json, const BusVoted& voted) {
    json.key("voted").open_array();
    for (const AccountId account : voted.accounts) {
        json.digits(static_cast<std::int64_t>(account));
    }
    json.close_array();
}

std::size_t expected_size(const BusContent& content) {
    const auto* changeset = std::get_if<std::shared_ptr<const Changeset>>(&content);
    if (changeset == nullptr) return message_bytes;
    return message_bytes + expected_bytes((*changeset)->comments) +
           tally_bytes * (*changeset)->scores.size();
}

}  // namespace

BusCodec::BusCodec(std::string_view secret, std::string store, std::string sender)
    : store_(std::move(store)), sender_(std::move(sender)) {
    derive(key_, secret, "parley bus: signatures of messages");
}

std::string installation_of(std::string_view secret) {
    std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
    derive(hash, secret, "parley bus: name of the installation");
    std::string name;
    constexpr std::string_view digits = "0123456789abcdef";
    for (const unsigned char byte : std::span(hash).first(8)) {
        name += digits[byte >> 4U];
        name += digits[byte & 15U];
    }
    return name;
}

BusCodec::Mac BusCodec::mac_of(std::string_view channel, std::string_view text) const {
    Mac mac{};
    crypto_auth_hmacsha256_state state;
    const auto add = [&](std::string_view bytes) {
        crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                                      bytes.size());
    };
    crypto_auth_hmacsha256_init(&state, key_.data(), key_.size());
    add(channel);
    add("\n");  // no channel holds one
    add(text);
    crypto_auth_hmacsha256_final(&state, mac.data());
    return mac;
}

std::string BusCodec::sign(std::string_view channel, std::string_view text) const {
    const Mac mac = mac_of(channel, text);
    std::string bytes;
    bytes.reserve(magic.size() + mac.size() + text.size());
    bytes.append(magic).append(reinterpret_cast<const char*>(mac.data()), mac.size());
    return bytes.append(text);
}

std::string BusCodec::encode(std::string_view channel, const BusContent& content) const {
    JsonWriter json(std::min(expected_size(content), bus_message_bytes_max));
    json.open_object().key("from").text(sender_).key("store").text(store_);
    std::visit([&](const auto& what) { write_content(json, what); }, content);
    json.close_object();
    std::string bytes = sign(channel, json.take());
    const auto* changeset = std::get_if<std::shared_ptr<const Changeset>>(&content);
    if (changeset == nullptr || bytes.size() <= bus_message_bytes_max) return bytes;
    return encode(channel,
                  BusHint{(*changeset)->discussion, {(*changeset)->epoch, (*changeset)->seq}});
}

result<BusMessage> BusCodec::decode(std::string_view channel, std::string_view bytes) const {
    if (bytes.size() > bus_message_bytes_max) return make_error(Errc::too_large);
    Mac mac{};
    if (!bytes.starts_with(magic) || bytes.size() < magic.size() + mac.size()) {
        return make_error(Errc::forbidden);
    }
    bytes.remove_prefix(magic.size());
    std::copy_n(bytes.begin(), mac.size(), reinterpret_cast<char*>(mac.data()));
    bytes.remove_prefix(mac.size());
    const Mac expected = mac_of(channel, bytes);
    if (sodium_memcmp(mac.data(), expected.data(), mac.size()) != 0) {
        return make_error(Errc::forbidden);
    }
    return read_bus_text(bytes, store_);
}

}  // namespace parley
