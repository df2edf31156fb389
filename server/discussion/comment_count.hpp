#pragma once

#include "discussion/types.hpp"

#include <cstdint>

namespace parley {

// How many visible comments a discussion has, and where it was when they were counted: what a list
// of discussions shows of each.
struct CommentCount {
    DiscussionId discussion;
    Position position;
    std::int64_t comment_count = 0;
    friend bool operator==(const CommentCount&, const CommentCount&) = default;
};

}  // namespace parley
