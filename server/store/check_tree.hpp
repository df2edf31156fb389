#pragma once

#include "store/rows.hpp"
#include "store/sql.hpp"

namespace parley {

// The check of the tree: every comment beside its parent, by id. The same for every database.
inline constexpr std::string_view select_tree_text =
    "SELECT c.id, c.path, c.oldest_key, c.newest_key, c.stamp, p.id, p.path, p.oldest_key,"
    " p.discussion = c.discussion, coalesce(t.children_numbered, s.roots_numbered),"
    " c.in_reply_to, r.discussion = c.discussion, c.parent"
    " FROM comments c LEFT JOIN comments p ON p.id = c.parent"
    " LEFT JOIN tallies t ON t.comment = c.parent"
    " LEFT JOIN discussion_seqs s ON s.discussion = c.discussion"
    " LEFT JOIN comments r ON r.id = c.in_reply_to ORDER BY c.id";
inline constexpr Sql select_tree = joined<select_tree_text>;

template <class Row>
[[nodiscard]] const char* fault_of_unnumbered(const Row& row) {
    if (row.integer(4) > 0) return "is public but has no number";
    if (!row.is_null(3)) return "has a key of one order only";
    return nullptr;
}

template <class Row>
[[nodiscard]] const char* fault_of_keys(const Row& row, bool is_root) {
    const auto ordinals = decode_ordinals(row.bytes(2));
    if (!ordinals || ordinals->empty()) return "has an order key that is none";
    if (row.integer(4) <= 0) return "has a number but was never public";
    if (row.bytes(3) != order_key(*ordinals, SortOrder::newest)) {
        return "has different numbers in its two order keys";
    }
    const std::string_view own = row.bytes(2);
    const std::string_view above = is_root ? std::string_view() : row.bytes(7);
    const bool below = own.size() == above.size() + 4 && own.starts_with(above);
    if (!below || (!is_root && above.empty())) return "is not numbered below its parent";
    if (ordinals->back() < 1 || ordinals->back() > row.integer(9)) {
        return "has a number that was never given out";
    }
    return nullptr;
}

// What is wrong with the comment of a row of select_tree, if anything is.
template <class Row>
[[nodiscard]] const char* tree_fault(const Row& row) {
    const bool is_root = row.is_null(12);
    if (!is_root && row.integer(8) == 0) return "hangs below one of another discussion";
    if (!row.is_null(10) && row.integer(11) == 0) return "answers one of another discussion";
    std::string path;
    if (!is_root) {
        const auto above = decode_path(row.bytes(6));
        if (!above) return "has a parent whose path cannot be read";
        std::vector<CommentId> whole = *above;
        whole.push_back(row.template id<CommentId>(5));
        path = encode_path(whole);
    }
    if (row.bytes(1) != path) return "has another path than its parent gives it";
    return row.is_null(2) ? fault_of_unnumbered(row) : fault_of_keys(row, is_root);
}

}  // namespace parley
