#pragma once

#include "discussion/content.hpp"
#include "discussion/types.hpp"

#include <algorithm>

namespace parley {

// The public form of things: what any reader may see. Facts about one viewer (my vote, may I
// edit) are not in here, which is what lets one encoded frame serve everybody.

struct Author {
    AccountId id{};
    std::string name;
    std::vector<std::string> badges;
    friend bool operator==(const Author&, const Author&) = default;
};

struct Quote {
    std::optional<CommentId> comment;  // absent where an imported quote names nothing we have
    std::string author;
    std::string text;  // "" once the quoted comment was taken away
    bool verified = false;
    friend bool operator==(const Quote&, const Quote&) = default;
};

// The slow part of a comment. Immutable once shared.
struct CommentContent {
    CommentId id{};
    std::optional<CommentId> parent;
    std::vector<CommentId> path;  // its ancestors, root first
    std::string number;           // "1.2.1"
    std::optional<CommentId> in_reply_to;
    std::optional<Author> author;  // absent in a tombstone
    WallTime created_at{};
    std::optional<WallTime> edited_at;
    CommentState state = CommentState::visible;
    std::string body;
    ContentTree content;
    std::optional<Quote> quote;
    Seq stamp = 0;
    friend bool operator==(const CommentContent&, const CommentContent&) = default;
};

// The fast part of a comment: totals, never differences.
struct Tally {
    CommentId id{};
    std::int64_t up = 0;
    std::int64_t down = 0;
    std::int64_t score = 0;    // base + up - down
    std::int64_t replies = 0;  // visible direct children
    Seq stamp = 0;
    friend bool operator==(const Tally&, const Tally&) = default;
};

struct CommentView {
    std::shared_ptr<const CommentContent> content;
    Tally tally;

    [[nodiscard]] CommentId id() const { return content->id; }
    // The comment's stamp on the wire: the newer of its two parts, which were read together.
    [[nodiscard]] Seq seq() const { return std::max(content->stamp, tally.stamp); }
};

// One that waits for a moderator, as its author and moderators read it.
struct PendingComment {
    DiscussionId discussion;
    CommentView comment;
};

// A discussion without its article text.
struct DiscussionView {
    DiscussionId id;
    std::string title;
    std::string url;
    DiscussionState state = DiscussionState::open;
    std::vector<Channel> channels;
    WallTime created_at{};
    std::optional<WallTime> last_comment_at;
    std::int64_t comment_count = 0;
    Position position;
    Seq stamp = 0;  // of the last change to the discussion itself
    friend bool operator==(const DiscussionView&, const DiscussionView&) = default;
};

// The parts of a discussion that change under a reader's eyes.
struct DiscussionInfo {
    std::string title;
    std::string url;
    DiscussionState state = DiscussionState::open;
    std::vector<Channel> channels;
    Seq stamp = 0;
    friend bool operator==(const DiscussionInfo&, const DiscussionInfo&) = default;
};

// What is left of a comment that is no longer visible: no author, no text, no quote.
[[nodiscard]] CommentContent make_tombstone(const CommentContent& content);

}  // namespace parley
