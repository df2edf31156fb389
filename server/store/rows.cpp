#include "store/rows.hpp"

#include "base/log.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace parley {

namespace {

constexpr std::size_t path_part_bytes = 8;

std::uint64_t read_number(std::string_view big_endian) {
    std::uint64_t number = 0;
    for (const char c : big_endian) number = number << 8U | static_cast<unsigned char>(c);
    return number;
}

}  // namespace

Error corrupt_row(std::string_view table, std::int64_t id) {
    log_event(LogLevel::error, "store.corrupt_row", {{"table", table}, {"id", id}});
    return make_error(Errc::corrupt_store);
}

WallTime active_at(const DiscussionRow& row) {
    return row.last_comment_at.value_or(row.created_at);
}

std::string encode_path(const std::vector<CommentId>& path) {
    std::string bytes;
    bytes.reserve(path.size() * path_part_bytes);
    for (const CommentId id : path) {
        const auto number = static_cast<std::uint64_t>(id);
        for (unsigned shift = 64; shift > 0;) {
            shift -= 8;
            bytes += static_cast<char>(static_cast<unsigned char>(number >> shift & 0xFFU));
        }
    }
    return bytes;
}

bool read_digest(std::string_view bytes, Digest256& digest) {
    if (bytes.size() != digest.size()) return false;
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return true;
}

std::optional<std::vector<CommentId>> decode_path(std::string_view bytes) {
    if (bytes.size() % path_part_bytes != 0) return std::nullopt;
    std::vector<CommentId> path;
    for (std::size_t at = 0; at < bytes.size(); at += path_part_bytes) {
        const std::uint64_t number = read_number(bytes.substr(at, path_part_bytes));
        path.push_back(CommentId{static_cast<std::int64_t>(number)});
    }
    return path;
}

std::optional<std::vector<std::int64_t>> decode_ordinals(std::string_view key) {
    if (key.size() % key_part_bytes != 0) return std::nullopt;
    std::vector<std::int64_t> ordinals;
    for (std::size_t at = 0; at < key.size(); at += key_part_bytes) {
        ordinals.push_back(static_cast<std::int64_t>(read_number(key.substr(at, key_part_bytes))));
    }
    return ordinals;
}

std::optional<std::vector<Channel>> decode_channels(std::string_view text) {
    boost::system::error_code failed;
    const boost::json::value parsed =
        boost::json::parse(boost::json::string_view(text.data(), text.size()), failed);
    if (failed || !parsed.is_array()) return std::nullopt;
    std::vector<Channel> channels;
    for (const boost::json::value& one : parsed.get_array()) {
        const boost::json::object* object = one.if_object();
        if (object == nullptr) return std::nullopt;
        const boost::json::value* name = object->if_contains("name");
        const boost::json::value* url = object->if_contains("url");
        if (name == nullptr || url == nullptr) return std::nullopt;
        if (!name->is_string() || !url->is_string()) return std::nullopt;
        channels.push_back({std::string(name->get_string()), std::string(url->get_string())});
    }
    return channels;
}

std::string encode_channels(const std::vector<Channel>& channels) {
    boost::json::array array;
    for (const Channel& channel : channels) {
        array.push_back(boost::json::object{{"name", channel.name}, {"url", channel.url}});
    }
    return boost::json::serialize(array);
}

}  // namespace parley
