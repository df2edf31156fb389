#pragma once

#include "protocol/answers.hpp"

#include <map>
#include <string>
#include <string_view>

namespace parley {

// The values of the placeholders in web-client/pages/, as web-client/MARKUP.md describes them.
// Pure; everything is escaped already.
using PageValues = std::map<std::string, std::string, std::less<>>;

[[nodiscard]] PageValues not_found_page_values(std::string_view site_name);
[[nodiscard]] PageValues index_page_values(std::string_view site_name,
                                           std::span<const DiscussionView> discussions,
                                           const std::optional<std::string>& next_cursor);
[[nodiscard]] PageValues discussion_page_values(std::string_view site_name,
                                                const DiscussionView& discussion,
                                                std::string_view article_markdown,
                                                const WindowAnswer& window);

// The page of a discussion, saying that it may be out of date: for when the store cannot be read.
[[nodiscard]] std::string with_stale_note(std::string_view page);

}  // namespace parley
