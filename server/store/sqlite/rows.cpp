#include "store/sqlite/rows.hpp"

#include "base/log.hpp"

#include <boost/json.hpp>

namespace parley::sqlite {

namespace {

constexpr std::size_t path_part_bytes = 8;
constexpr std::size_t key_part_bytes = 4;

std::uint64_t read_number(std::string_view big_endian) {
    std::uint64_t number = 0;
    for (const char c : big_endian) number = number << 8U | static_cast<unsigned char>(c);
    return number;
}

// An enumeration's value, where the stored number is one.
template <class Enum>
std::optional<Enum> read_enum(std::int64_t number, Enum last) {
    if (number < 0 || number > static_cast<std::int64_t>(last)) return std::nullopt;
    return static_cast<Enum>(number);
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

std::optional<Quote> read_quote(const Query& query) {
    constexpr int first = 10;
    if (query.is_null(first + 1)) return std::nullopt;
    Quote quote;
    quote.comment = query.optional_id<CommentId>(first);
    quote.author = query.text(first + 1);
    quote.text = query.text(first + 2);
    quote.verified = query.integer(first + 3) != 0;
    return quote;
}

void read_tally_part(const Query& query, CommentRow& row) {
    constexpr int first = 15;
    row.up = query.integer(first);
    row.down = query.integer(first + 1);
    row.base = query.integer(first + 2);
    row.replies = query.integer(first + 3);
    row.children_numbered = query.integer(first + 4);
    row.tally_stamp = query.integer(first + 5);
}

}  // namespace

Error corrupt_row(std::string_view table, std::int64_t id) {
    log_event(LogLevel::error, "store.corrupt_row", {{"table", table}, {"id", id}});
    return make_error(Errc::corrupt_store);
}

result<CommentRow> read_comment(const Query& query, DiscussionId discussion) {
    CommentRow row;
    row.id = query.id<CommentId>(0);
    row.discussion = std::move(discussion);
    row.parent = query.optional_id<CommentId>(1);
    auto path = decode_path(query.bytes(2));
    auto ordinals = decode_ordinals(query.bytes(3));
    const auto state = read_enum(query.integer(6), CommentState::deleted);
    const bool is_public = ordinals && !ordinals->empty();
    const bool fits = path && ordinals && state && (!is_public || ordinals->size() > path->size());
    if (!fits) return corrupt_row("comments", query.integer(0));
    row.path = std::move(*path);
    row.ordinals = std::move(*ordinals);
    row.in_reply_to = query.optional_id<CommentId>(4);
    row.author = query.id<AccountId>(5);
    row.state = *state;
    row.created_at = query.time(7);
    row.edited_at = query.optional_time(8);
    row.stamp = query.integer(9);
    row.quote = read_quote(query);
    row.body = query.text(14);
    read_tally_part(query, row);
    return row;
}

result<AccountRow> read_account(const Query& query, int first) {
    AccountRow row;
    row.id = query.id<AccountId>(first);
    const auto role = read_enum(query.integer(first + 3), Role::admin);
    if (!role) return corrupt_row("accounts", query.integer(first));
    row.name = query.text(first + 1);
    row.name_key = query.text(first + 2);
    row.role = *role;
    row.password_hash = query.text(first + 4);
    row.banned = query.integer(first + 5) != 0;
    row.created_at = query.time(first + 6);
    return row;
}

result<DiscussionRow> read_discussion(const Query& query) {
    DiscussionRow row;
    row.row_id = query.integer(0);
    row.id = DiscussionId{query.text(1)};
    auto channels = decode_channels(query.bytes(4));
    const auto state = read_enum(query.integer(5), DiscussionState::locked);
    if (!channels || !state) return corrupt_row("discussions", row.row_id);
    row.title = query.text(2);
    row.url = query.text(3);
    row.channels = std::move(*channels);
    row.state = *state;
    row.created_at = query.time(6);
    row.stamp = query.integer(7);
    row.seq = query.integer(8);
    row.comment_count = query.integer(9);
    row.roots_numbered = query.integer(10);
    row.last_comment_at = query.optional_time(11);
    row.article = query.text(discussion_columns_count);
    return row;
}

Tally read_tally(const Query& query) {
    Tally tally;
    tally.id = query.id<CommentId>(0);
    tally.up = query.integer(1);
    tally.down = query.integer(2);
    tally.score = query.integer(3) + tally.up - tally.down;
    tally.replies = query.integer(4);
    tally.stamp = query.integer(5);
    return tally;
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

std::string encode_channels(const std::vector<Channel>& channels) {
    boost::json::array array;
    for (const Channel& channel : channels) {
        array.push_back(boost::json::object{{"name", channel.name}, {"url", channel.url}});
    }
    return boost::json::serialize(array);
}

}  // namespace parley::sqlite
