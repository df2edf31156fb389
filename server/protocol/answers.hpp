#pragma once

#include "discussion/comment_count.hpp"
#include "discussion/rules.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// Bodies of HTTP answers: values in, JSON out, in the shapes of the API document. Pure,
// thread-safe, never fail.

// A window as it goes out: read by the store, its cursors made opaque.
struct WindowAnswer {
    Position position;
    std::int64_t comment_count = 0;
    std::vector<CommentView> comments;
    std::optional<std::string> next_cursor;
    struct More {
        CommentId parent{};
        std::int64_t replies = 0;
        std::string cursor;
    };
    std::vector<More> more;
};

[[nodiscard]] std::string encode_comment(const CommentView& comment);
[[nodiscard]] std::string encode_window(const WindowAnswer& window);
[[nodiscard]] std::string encode_vote(const VoteOutcome& outcome);
[[nodiscard]] std::string encode_discussion(const DiscussionView& discussion);
[[nodiscard]] std::string encode_discussions(std::span<const DiscussionView> discussions,
                                             const std::optional<std::string>& next_cursor);
[[nodiscard]] std::string encode_counts(std::span<const CommentCount> counts);
// Account as its owner sees it: id, name, role, badges, created_at.
[[nodiscard]] std::string encode_account(const AccountRow& account);
// That the account is being erased.
[[nodiscard]] std::string encode_erasing(const AccountRow& account);
[[nodiscard]] std::string encode_session(std::string_view token, const AccountRow& account);
[[nodiscard]] std::string encode_ticket(std::string_view ticket);
// Comments that wait for a moderator, each with its discussion: for those alone who may read them.
[[nodiscard]] std::string encode_pending(std::span<const PendingComment> comments,
                                         const std::optional<std::string>& next_cursor);
[[nodiscard]] std::string encode_votes(std::span<const std::pair<CommentId, int>> votes);

// application/problem+json: {"type":"about:blank","title","status","detail","code"}, and where
// they apply "field" and "retry_after_ms".
[[nodiscard]] std::string encode_problem(const Error& error);

// What the page carries for the component: {"discussion":…,"window":…}. Safe inside a
// <script type="application/json"> element: '<', '>', '&', U+2028 and U+2029 are escaped.
[[nodiscard]] std::string encode_page_data(const DiscussionView& discussion,
                                           const WindowAnswer& window);

// Cursors are opaque to clients: base64url of an order key.
[[nodiscard]] std::string encode_cursor(std::string_view order_key);
[[nodiscard]] result<std::string> decode_cursor(std::string_view cursor);

}  // namespace parley
