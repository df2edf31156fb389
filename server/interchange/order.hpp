#pragma once

#include "interchange/index.hpp"

namespace parley {

// In which order the comments of a file are imported: one discussion after the other (by their
// time, then id); within one, parents first, else by time, then id. Siblings with a place go by
// that, before those without. The order depends on what the lines say, not on where they stand.
struct CommentOrder {
    std::vector<FileIndex::Ref> comments;
    // By comment: its place in `comments`, or none for one that is its own ancestor or hangs below
    // such a one. Those are added to the issues.
    std::vector<FileIndex::Ref> rank;
};
[[nodiscard]] CommentOrder order_comments(const FileIndex& index, IssueList& issues);

// The discussions by their time, then id.
[[nodiscard]] std::vector<FileIndex::Ref> order_discussions(const FileIndex& index);

}  // namespace parley
