#pragma once

#include "discussion/state.hpp"
#include "interchange/issues.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace parley {

// The lines of the NDJSON format, read and written. Pure, thread-safe.

struct DiscussionLine {
    PutDiscussion put;
};
struct AccountLine {
    ImportAccount account;
};
struct CommentLine {
    DiscussionId discussion;
    ImportComment comment;  // `base` holds the line's score
    // Its place among its siblings, from 1. Where it is absent, the time decides.
    std::optional<std::int64_t> place;
};
struct VoteLine {
    std::optional<DiscussionId> discussion;  // needed only where the comment's id does not tell
    ImportVote vote;
};
using Line = std::variant<DiscussionLine, AccountLine, CommentLine, VoteLine>;

// What a line is about, as far as it could be read, and its content or what is wrong with it:
// `malformed` and `invalid_field` as protocol/json_reader.hpp has them. Lengths of texts that the
// rules decide about are left to them.
struct ParsedLine {
    LineKind kind = LineKind::unknown;
    result<Line> line;
};
[[nodiscard]] ParsedLine parse_line(std::string_view json);

// Lines of an export, with their line feed. Ids are Parley's own digits. The text, the author's
// quote and the time of editing of a comment that was taken away are not written.
[[nodiscard]] std::string write_discussion_line(const DiscussionView& discussion,
                                                std::string_view article);
[[nodiscard]] std::string write_account_line(const AccountRow& account);
[[nodiscard]] std::string write_comment_line(const CommentRow& comment, std::int64_t score);
[[nodiscard]] std::string write_vote_line(const DiscussionId& discussion, CommentId comment,
                                          AccountId account, int value);

// Orders ids as people count: runs of digits by their number, so c2 comes before c10. A total
// order: equal only for equal ids.
[[nodiscard]] bool id_less(std::string_view left, std::string_view right) noexcept;

}  // namespace parley
