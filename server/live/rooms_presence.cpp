#include "live/rooms.hpp"
#include "live/rooms_state.hpp"

#include <utility>

namespace parley {

// Who reads on other instances, and what they are told of those who read here.

void Rooms::on_presence(const std::string& instance, const DiscussionId& discussion,
                        std::uint32_t readers, MonotonicTime now) {
    if (remote_presence_.on_told(instance, discussion, readers, now)) {
        on_remote_reading(discussion, now);
    }
}

void Rooms::on_remote_reading(const DiscussionId& discussion, MonotonicTime now) {
    const auto found = places_.find(discussion);
    if (found == places_.end()) return;
    found->second->remote_reading = remote_presence_.readers(discussion);
    settle(*found->second, now);
}

void Rooms::take_leave() {
    for (const auto& [discussion, place] : places_) {
        if (std::exchange(place->told_others, 0) > 0) port_.tell_presence(discussion, 0);
    }
}

// On change, but not too often, and again before it is forgotten.
std::optional<MonotonicTime> Rooms::tell_due(const Place& place) const {
    if (!settings_.tells_presence || !place.room.position()) return std::nullopt;
    const std::uint32_t reading = place.reading_here();
    if (reading != place.told_others) return place.told_others_at + presence_tell_min_ms;
    if (reading > 0) return place.told_others_at + presence_tell_again_ms;
    return std::nullopt;
}

void Rooms::tell_presence(Place& place, MonotonicTime now) {
    place.told_others = place.reading_here();
    place.told_others_at = now;
    port_.tell_presence(place.room.discussion(), place.told_others);
}

}  // namespace parley
