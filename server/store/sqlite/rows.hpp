#pragma once

#include "discussion/state.hpp"
#include "store/sqlite/statement.hpp"

namespace parley::sqlite {

// Rows of the tables as the values of discussion/, and back. A value that no version of Parley
// writes makes them fail with corrupt_store.

// `comments c JOIN tallies t`, the first columns of a SELECT.
inline constexpr std::string_view comment_columns =
    "c.id, c.parent, c.path, c.oldest_key, c.in_reply_to, c.author, c.state, c.created_at,"
    " c.edited_at, c.stamp, c.quote_comment, c.quote_author, c.quote_text, c.quote_verified,"
    " c.body, t.up, t.down, t.base, t.replies, t.children_numbered, t.stamp";
inline constexpr int comment_columns_count = 21;
[[nodiscard]] result<CommentRow> read_comment(const Query& query, DiscussionId discussion);

// `accounts a`, from column `first` on.
inline constexpr std::string_view account_columns =
    "a.id, a.name, a.name_key, a.role, a.password_hash, a.banned, a.created_at";
[[nodiscard]] result<AccountRow> read_account(const Query& query, int first = 0);

// `discussions d JOIN discussion_seqs s`. The article is the last one: put '' there where nobody
// reads it.
inline constexpr std::string_view discussion_columns =
    "d.id, d.slug, d.title, d.url, d.channels, d.state, d.created_at, d.stamp, s.seq,"
    " s.comment_count, s.roots_numbered, s.last_comment_at, s.active_at";
inline constexpr int discussion_columns_count = 13;
[[nodiscard]] result<DiscussionRow> read_discussion(const Query& query);

// `tallies t`: comment, up, down, base, replies, stamp.
inline constexpr std::string_view tally_columns =
    "t.comment, t.up, t.down, t.base, t.replies, t.stamp";
[[nodiscard]] Tally read_tally(const Query& query);

// What lists order discussions by.
[[nodiscard]] WallTime active_at(const DiscussionRow& row);

// --- columns ------------------------------------------------------------------------------------

[[nodiscard]] std::string encode_path(const std::vector<CommentId>& path);
[[nodiscard]] std::string encode_channels(const std::vector<Channel>& channels);
// From an order key of oldest-first; absent where it is none.
[[nodiscard]] std::optional<std::vector<std::int64_t>> decode_ordinals(std::string_view key);
[[nodiscard]] std::optional<std::vector<CommentId>> decode_path(std::string_view bytes);

// In the log what is wrong, in the answer that something is.
[[nodiscard]] Error corrupt_row(std::string_view table, std::int64_t id);

}  // namespace parley::sqlite
