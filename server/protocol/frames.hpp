#pragma once

#include "discussion/changeset.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace parley {

// The encoded, immutable text of one live message, shared by every reader it goes to.
using Frame = std::shared_ptr<const std::string>;

[[nodiscard]] std::string topic_of(const DiscussionId& discussion);  // "discussion:tram-line"

// The update without "type" and "topic" differs nowhere between live, SSE and /changes, so one
// function writes them all.
[[nodiscard]] Frame encode_update(const Changeset& changeset);

[[nodiscard]] Frame encode_subscribed(std::string_view topic, const Position& position);
[[nodiscard]] Frame encode_unsubscribed(std::string_view topic);

enum class ReloadReason : std::uint8_t {
    epoch,    // the history is another one
    too_far,  // more changes than one catch-up may hold
    ahead,    // the client's position is ahead of the store's
};
[[nodiscard]] std::string_view to_string(ReloadReason reason) noexcept;
[[nodiscard]] Frame encode_reload(std::string_view topic, const Epoch& epoch, ReloadReason reason);

[[nodiscard]] Frame encode_current(std::string_view topic, const Position& position,
                                   std::chrono::milliseconds every, bool degraded);
[[nodiscard]] Frame encode_live_error(const Error& error, std::string_view topic);

}  // namespace parley
