#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// Ids are opaque numbers inside and strings of digits on the wire. An id of one kind does not
// convert to another.
enum class CommentId : std::int64_t {};
enum class AccountId : std::int64_t {};

[[nodiscard]] std::string to_string(CommentId id);
[[nodiscard]] std::string to_string(AccountId id);
// Digits only, no sign, no leading zero, within 63 bits.
[[nodiscard]] std::optional<CommentId> parse_comment_id(std::string_view digits);
[[nodiscard]] std::optional<AccountId> parse_account_id(std::string_view digits);

// The publisher's own name of a discussion, a slug: 1 to 100 of A-Z a-z 0-9 . _ ~ -.
struct DiscussionId {
    std::string value;
    friend auto operator<=>(const DiscussionId&, const DiscussionId&) = default;
};
[[nodiscard]] result<DiscussionId> parse_discussion_id(std::string_view text);

// The random name of the store's history.
struct Epoch {
    std::string value;
    friend auto operator<=>(const Epoch&, const Epoch&) = default;
};

// Counts the changesets of one discussion: +1 for each that was committed. 0 = none yet.
using Seq = std::int64_t;

// A place in a discussion's history. Both parts are compared and stored together, always.
struct Position {
    Epoch epoch;
    Seq seq = 0;
    friend bool operator==(const Position&, const Position&) = default;
};

// SHA-256, of a session's token or of a request.
using Digest256 = std::array<std::uint8_t, 32>;

enum class Role : std::uint8_t { member, moderator, admin };
enum class DiscussionState : std::uint8_t { open, premoderated, locked };
enum class CommentState : std::uint8_t {
    visible,  // everybody reads it
    pending,  // waits for a moderator; its author and moderators read it
    removed,  // taken away by a moderator
    deleted,  // taken away by its author
};
// The order of siblings in a window.
enum class SortOrder : std::uint8_t { oldest, newest };

[[nodiscard]] std::string_view to_string(Role role) noexcept;
[[nodiscard]] std::string_view to_string(DiscussionState state) noexcept;
[[nodiscard]] std::string_view to_string(CommentState state) noexcept;
[[nodiscard]] std::string_view to_string(SortOrder sort) noexcept;
[[nodiscard]] std::optional<Role> parse_role(std::string_view text) noexcept;
[[nodiscard]] std::optional<DiscussionState> parse_discussion_state(std::string_view text) noexcept;
[[nodiscard]] std::optional<CommentState> parse_comment_state(std::string_view text) noexcept;
[[nodiscard]] std::optional<SortOrder> parse_sort_order(std::string_view text) noexcept;

// A "follow us" link of a discussion.
struct Channel {
    std::string name;
    std::string url;  // http or https
    friend bool operator==(const Channel&, const Channel&) = default;
};

// A length in what people count as characters (Unicode code points). The text must be UTF-8.
[[nodiscard]] std::size_t count_code_points(std::string_view utf8) noexcept;

}  // namespace parley

template <>
struct std::hash<parley::DiscussionId> {
    std::size_t operator()(const parley::DiscussionId& id) const noexcept {
        return std::hash<std::string>{}(id.value);
    }
};
