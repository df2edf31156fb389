#pragma once

#include "store/rows.hpp"

namespace parley {

// What the readers of every database have in common: cursors, order keys, and the order in which
// changes are given.

// Of a page of discussions: where it goes on.
struct ListPlace {
    std::int64_t active_at = 0;
    std::int64_t row_id = 0;
};
// The place behind everything where there is no cursor; absent where it is none of ours.
[[nodiscard]] std::optional<ListPlace> list_place(const std::optional<std::string>& cursor);
[[nodiscard]] std::string place_after(const DiscussionRow& row);
[[nodiscard]] Error bad_cursor();

// Greater than every part of an order key: the end of a parent's descendants, or of all.
inline constexpr std::string_view last_key_part = "\xFF\xFF\xFF\xFF";
[[nodiscard]] bool is_order_key(std::string_view text);

// Whether changes since `since` can be given at all to who names this epoch: epoch_required or
// precondition_too_far where not.
[[nodiscard]] result<void> check_since(const Position& position, const std::optional<Epoch>& epoch,
                                       Seq since);
[[nodiscard]] Error too_far();

// Whether what a page may still show of this comment has been taken back. Rather once too often.
[[nodiscard]] bool has_lost_text(const CommentContent& content);
// The order of comments in every changeset.
[[nodiscard]] bool parents_first(const CommentView& a, const CommentView& b);

}  // namespace parley
