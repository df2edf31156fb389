#pragma once

#include "protocol/answers.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace parley {

// Server-rendered HTML: what a page shows before, and without, JavaScript. All text is escaped;
// nothing that a user wrote becomes markup, an attribute name or a script. The markup of comments
// is described in web-client/MARKUP.md, whose component renders the same. Pure, thread-safe.

[[nodiscard]] std::string escape_html(std::string_view text);  // also fit for quoted attributes

[[nodiscard]] std::string render_content(const ContentTree& tree);

// The nested list of a window's comments; "" where there are none. A comment whose parent is not in
// the window stands in the outermost list.
[[nodiscard]] std::string render_comments(const WindowAnswer& window,
                                          const DiscussionId& discussion);

// The list of discussions, or the sentence that there are none.
[[nodiscard]] std::string render_discussion_items(std::span<const DiscussionView> discussions);
// The links to the discussion's channels; "" without any. Only http and https become links.
[[nodiscard]] std::string render_channels(std::span<const Channel> channels);

// "20 comments", "1 comment", "No comments yet".
[[nodiscard]] std::string count_text(std::int64_t comment_count);

// Replaces each {{name}} of the template by values.at(name), which must be HTML already. A
// placeholder without a value, or a value without a placeholder, is `internal`: a bug that a test
// finds.
[[nodiscard]] result<std::string> fill_template(
    std::string_view page, const std::map<std::string, std::string, std::less<>>& values);

}  // namespace parley
