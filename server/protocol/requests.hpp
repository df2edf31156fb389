#pragma once

#include "base/limits.hpp"
#include "discussion/commands.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace parley {

// Bodies of HTTP requests: bytes in, commands or plain values out. One schema for each operation:
// unknown or repeated keys, wrong types, depth over json_depth_max, bad UTF-8, NUL and trailing
// bytes are `malformed` or `invalid_field`, with the field's name in Error::field. Pure;
// thread-safe. What the text means (length, state, rights) is decided by the rules, not here.

struct Credentials {
    std::string name;
    std::string password;
};
struct PasswordChange {
    std::string password;  // the present one
    std::string new_password;
};
struct CommentPatch {  // exactly one of the two is given
    std::optional<std::string> body;
    std::optional<CommentState> state;
};

[[nodiscard]] result<PostComment> parse_post_comment(DiscussionId discussion,
                                                     std::string_view json);
[[nodiscard]] result<CommentPatch> parse_comment_patch(std::string_view json);
[[nodiscard]] result<int> parse_vote(std::string_view json);
[[nodiscard]] result<PutDiscussion> parse_put_discussion(DiscussionId discussion,
                                                         std::string_view json);
[[nodiscard]] result<Credentials> parse_credentials(std::string_view json);
[[nodiscard]] result<PasswordChange> parse_password_change(std::string_view json);
[[nodiscard]] result<bool> parse_ban(std::string_view json);

// What a client says on the live socket.
struct LiveAuthenticate {
    std::string ticket;
};
struct LiveSubscribe {
    std::string topic;                // or, in its place,
    std::vector<std::string> topics;  // several, 1 to counted_discussions_max, from now on
    std::optional<Epoch> epoch;
    std::optional<Seq> since;  // absent: from now on
};
struct LiveUnsubscribe {
    std::string topic;
};
using LiveRequest = std::variant<LiveAuthenticate, LiveSubscribe, LiveUnsubscribe>;
[[nodiscard]] result<LiveRequest> parse_live_request(std::string_view json);

// The discussion's id of "discussion:tram-line"; nothing for any other topic.
[[nodiscard]] std::optional<DiscussionId> discussion_of_topic(std::string_view topic);
// The same of "count:tram-line".
[[nodiscard]] std::optional<DiscussionId> counted_of_topic(std::string_view topic);

// The topics that are not for everybody.
enum class PrivateTopic : std::uint8_t { account, moderation };
[[nodiscard]] std::optional<PrivateTopic> private_topic(std::string_view topic);

// The ids of "a,b,c". invalid_field where there are none, over counted_discussions_max, or one
// cannot be.
[[nodiscard]] result<std::vector<DiscussionId>> parse_discussion_ids(std::string_view text);

}  // namespace parley
