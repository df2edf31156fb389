#pragma once

#include "discussion/changeset.hpp"
#include "discussion/comment_count.hpp"
#include "protocol/wire_frame.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace parley {

// The encoded, immutable form of one live message, shared by every reader it goes to.
using Frame = WireFramePtr;

// What follows gives the JSON text of each message; a FrameEncoder makes a frame of it.

[[nodiscard]] std::string topic_of(const DiscussionId& discussion);  // "discussion:tram-line"

// The update without "type" and "topic" differs nowhere between live, SSE and /changes, so one
// function writes them all.
[[nodiscard]] std::string encode_update(const Changeset& changeset);

// What an event stream is resumed from: "k3v9:57".
[[nodiscard]] std::string event_id_of(const Epoch& epoch, Seq seq);

[[nodiscard]] std::string encode_subscribed(std::string_view topic, const Position& position);

enum class ReloadReason : std::uint8_t {
    epoch,    // the history is another one
    too_far,  // more changes than one catch-up may hold
    ahead,    // the client's position is ahead of the store's
};
[[nodiscard]] std::string_view to_string(ReloadReason reason) noexcept;
[[nodiscard]] std::string encode_reload(std::string_view topic, const Epoch& epoch,
                                        ReloadReason reason);

[[nodiscard]] std::string encode_current(std::string_view topic, const Position& position,
                                         std::chrono::milliseconds every, bool degraded);
// "count:tram-line", and how many comments that has.
[[nodiscard]] std::string count_topic_of(const DiscussionId& discussion);
[[nodiscard]] std::string encode_count(const CommentCount& count);

// --- what is not for everybody: it says what has changed, never what it is now. Each audience has
// a type of its own, so that what is meant for one cannot be sent to another.

struct OneAccount {
    // Of what the account may read by HTTP.
    struct Facts {
        bool votes = false;
        bool pending = false;
    };
    static constexpr std::string_view topic = "account";
};
struct Moderators {
    struct Facts {
        bool queue = false;
    };
    static constexpr std::string_view topic = "moderation";
};
[[nodiscard]] std::string encode_authenticated(AccountId account);
[[nodiscard]] std::string encode_changed(const OneAccount::Facts& facts);
[[nodiscard]] std::string encode_changed(const Moderators::Facts& facts);

[[nodiscard]] std::string encode_presence(std::string_view topic, std::uint32_t reading);
[[nodiscard]] std::string encode_live_error(const Error& error, std::string_view topic);

}  // namespace parley
