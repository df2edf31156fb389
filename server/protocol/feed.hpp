#pragma once

#include "protocol/answers.hpp"

#include <string>
#include <string_view>

namespace parley {

// An Atom feed (RFC 4287) of a discussion's comments, newest first as the window has them.
// Tombstones are left out. `base` is the site's own address without a slash at its end.
[[nodiscard]] std::string render_feed(const DiscussionView& discussion, const WindowAnswer& window,
                                      std::string_view base);

}  // namespace parley
