#pragma once

#include "protocol/answers.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace parley::test {

// A file of tests/data/protocol/ as it is; "" and a failed expectation where it cannot be read.
[[nodiscard]] std::string read_vector(std::string_view name);
[[nodiscard]] std::string read_source_file(std::string_view path);

// JSON without the white space between its tokens; the order of keys stays.
[[nodiscard]] std::string compact(std::string_view json);
// A file that holds a list: each of its items, compact.
[[nodiscard]] std::vector<std::string> read_vector_items(std::string_view name);

[[nodiscard]] WallTime at(std::string_view rfc3339);

[[nodiscard]] ContentNode text_node(std::string text);
[[nodiscard]] ContentNode element(ContentTag tag, ContentTree children);
[[nodiscard]] ContentNode link(std::string href, ContentTree children);

// What comment.json, tombstone.json, discussion.json and account.json hold.
[[nodiscard]] CommentView sample_comment();
[[nodiscard]] CommentView sample_tombstone();
[[nodiscard]] DiscussionView sample_discussion();
[[nodiscard]] AccountRow sample_account();
// What window.json holds: the tombstone and, below it, the comment.
[[nodiscard]] WindowAnswer sample_window();

// A visible comment by Anna Weber that says "x", below the comments of `path`.
[[nodiscard]] CommentContent plain_comment(std::int64_t id, std::vector<std::int64_t> path);
[[nodiscard]] CommentView view_of(CommentContent content, std::int64_t score = 0);

}  // namespace parley::test
