#pragma once

#include "discussion/changeset.hpp"

#include <algorithm>

namespace parley {

// Private to this folder. The order inside a changeset: parents first, and the same however the
// changeset came about.
inline void sort_changeset(Changeset& changeset) {
    std::sort(changeset.comments.begin(), changeset.comments.end(),
              [](const CommentView& a, const CommentView& b) {
                  const std::size_t depth_a = a.content->path.size();
                  const std::size_t depth_b = b.content->path.size();
                  return depth_a != depth_b ? depth_a < depth_b : a.id() < b.id();
              });
    std::sort(changeset.scores.begin(), changeset.scores.end(),
              [](const Tally& a, const Tally& b) { return a.id < b.id; });
}

}  // namespace parley
