#pragma once

#include "discussion/rules.hpp"
#include "discussion/state.hpp"

#include <string_view>
#include <utility>

namespace parley {

// Rows of the tables as the values of discussion/, and back: the same for every database. A `Row`
// is what a store reads a row of a result through, with integer(column), bytes(column),
// text(column), is_null(column), time(column), optional_time(column), id<Id>(column) and
// optional_id<Id>(column). A value that no version of Parley writes makes them fail with
// corrupt_store.

// --- columns ------------------------------------------------------------------------------------

// Order keys: four bytes for each level.
inline constexpr std::size_t key_part_bytes = 4;

[[nodiscard]] std::string encode_path(const std::vector<CommentId>& path);
[[nodiscard]] std::string encode_channels(const std::vector<Channel>& channels);
// From an order key of oldest-first; absent where it is none.
[[nodiscard]] std::optional<std::vector<std::int64_t>> decode_ordinals(std::string_view key);
[[nodiscard]] std::optional<std::vector<CommentId>> decode_path(std::string_view bytes);
[[nodiscard]] std::optional<std::vector<Channel>> decode_channels(std::string_view text);

// False where the bytes are none.
[[nodiscard]] bool read_digest(std::string_view bytes, Digest256& digest);

// An enumeration's value, where the stored number is one.
template <class Enum>
[[nodiscard]] std::optional<Enum> decode_enum(std::int64_t number, Enum last) {
    if (number < 0 || number > static_cast<std::int64_t>(last)) return std::nullopt;
    return static_cast<Enum>(number);
}

// What lists order discussions by.
[[nodiscard]] WallTime active_at(const DiscussionRow& row);

// In the log what is wrong, in the answer that something is.
[[nodiscard]] Error corrupt_row(std::string_view table, std::int64_t id);

// --- rows ---------------------------------------------------------------------------------------

// `comments c JOIN tallies t`, the first columns of a SELECT.
inline constexpr std::string_view comment_columns =
    "c.id, c.parent, c.path, c.oldest_key, c.in_reply_to, c.author, c.state, c.created_at,"
    " c.edited_at, c.stamp, c.quote_comment, c.quote_author, c.quote_text, c.quote_verified,"
    " c.body, t.up, t.down, t.base, t.replies, t.children_numbered, t.stamp";
inline constexpr int comment_columns_count = 21;

template <class Row>
[[nodiscard]] std::optional<Quote> read_quote(const Row& row) {
    constexpr int first = 10;
    if (row.is_null(first + 1)) return std::nullopt;
    Quote quote;
    quote.comment = row.template optional_id<CommentId>(first);
    quote.author = row.text(first + 1);
    quote.text = row.text(first + 2);
    quote.verified = row.integer(first + 3) != 0;
    return quote;
}

template <class Row>
[[nodiscard]] result<CommentRow> read_comment(const Row& row, DiscussionId discussion) {
    CommentRow comment;
    comment.id = row.template id<CommentId>(0);
    comment.discussion = std::move(discussion);
    comment.parent = row.template optional_id<CommentId>(1);
    auto path = decode_path(row.bytes(2));
    auto ordinals = decode_ordinals(row.bytes(3));
    const auto state = decode_enum(row.integer(6), CommentState::deleted);
    const bool is_public = ordinals && !ordinals->empty();
    const bool fits = path && ordinals && state && (!is_public || ordinals->size() > path->size());
    if (!fits) return corrupt_row("comments", row.integer(0));
    comment.path = std::move(*path);
    comment.ordinals = std::move(*ordinals);
    comment.in_reply_to = row.template optional_id<CommentId>(4);
    comment.author = row.template id<AccountId>(5);
    comment.state = *state;
    comment.created_at = row.time(7);
    comment.edited_at = row.optional_time(8);
    comment.stamp = row.integer(9);
    comment.quote = read_quote(row);
    comment.body = row.text(14);
    comment.up = row.integer(15);
    comment.down = row.integer(16);
    comment.base = row.integer(17);
    comment.replies = row.integer(18);
    comment.children_numbered = row.integer(19);
    comment.tally_stamp = row.integer(20);
    return comment;
}

// `accounts a`, from column `first` on.
inline constexpr std::string_view account_columns =
    "a.id, a.name, a.name_key, a.role, a.password_hash, a.banned, a.created_at, a.erasure";
inline constexpr int account_columns_count = 8;

template <class Row>
[[nodiscard]] result<AccountRow> read_account(const Row& row, int first = 0) {
    AccountRow account;
    account.id = row.template id<AccountId>(first);
    const auto role = decode_enum(row.integer(first + 3), Role::admin);
    const auto erasure = decode_enum(row.integer(first + 7), Erasure::done);
    if (!role || !erasure) return corrupt_row("accounts", row.integer(first));
    account.name = row.text(first + 1);
    account.name_key = row.text(first + 2);
    account.role = *role;
    account.password_hash = row.text(first + 4);
    account.banned = row.integer(first + 5) != 0;
    account.created_at = row.time(first + 6);
    account.erasure = *erasure;
    return account;
}

// A SELECT of comment_columns and account_columns, in public form.
template <class Row>
[[nodiscard]] result<CommentView> read_view(const Row& row, const DiscussionId& discussion) {
    const result<CommentRow> comment = read_comment(row, discussion);
    if (comment.has_error()) return comment.error();
    const result<AccountRow> author = read_account(row, comment_columns_count);
    if (author.has_error()) return author.error();
    return public_comment(*comment, *author);
}

// `discussions d JOIN discussion_seqs s`. The article is the last one: put '' there where nobody
// reads it.
inline constexpr std::string_view discussion_columns =
    "d.id, d.slug, d.title, d.url, d.channels, d.state, d.created_at, d.stamp, s.seq,"
    " s.comment_count, s.roots_numbered, s.last_comment_at, s.active_at";
inline constexpr int discussion_columns_count = 13;

template <class Row>
[[nodiscard]] result<DiscussionRow> read_discussion(const Row& row) {
    DiscussionRow discussion;
    discussion.row_id = row.integer(0);
    discussion.id = DiscussionId{row.text(1)};
    auto channels = decode_channels(row.bytes(4));
    const auto state = decode_enum(row.integer(5), DiscussionState::locked);
    if (!channels || !state) return corrupt_row("discussions", discussion.row_id);
    discussion.title = row.text(2);
    discussion.url = row.text(3);
    discussion.channels = std::move(*channels);
    discussion.state = *state;
    discussion.created_at = row.time(6);
    discussion.stamp = row.integer(7);
    discussion.seq = row.integer(8);
    discussion.comment_count = row.integer(9);
    discussion.roots_numbered = row.integer(10);
    discussion.last_comment_at = row.optional_time(11);
    discussion.article = row.text(discussion_columns_count);
    return discussion;
}

// `tallies t`: comment, up, down, base, replies, stamp.
inline constexpr std::string_view tally_columns =
    "t.comment, t.up, t.down, t.base, t.replies, t.stamp";

template <class Row>
[[nodiscard]] Tally read_tally(const Row& row) {
    Tally tally;
    tally.id = row.template id<CommentId>(0);
    tally.up = row.integer(1);
    tally.down = row.integer(2);
    tally.score = row.integer(3) + tally.up - tally.down;
    tally.replies = row.integer(4);
    tally.stamp = row.integer(5);
    return tally;
}

}  // namespace parley
