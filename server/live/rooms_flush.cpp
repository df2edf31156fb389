#include "live/rooms.hpp"
#include "live/rooms_state.hpp"
#include "protocol/wire.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace parley {

namespace {

// Presence alone is worth a frame when it moved by a twentieth, and no more often than this.
constexpr std::chrono::milliseconds presence_alone_ms{10'000};
constexpr std::uint32_t presence_moved_part = 20;
// A change of the window is told no more often than this.
constexpr std::chrono::milliseconds every_told_ms{1'000};
// From here on readers are told that updates are held back.
constexpr std::chrono::milliseconds degraded_window_ms{200};

// The window as it is told: in steps, since it moves all the time.
std::chrono::milliseconds told_step(std::chrono::milliseconds window) {
    constexpr std::array<int, 6> steps_ms{0, 25, 50, 100, 150, 250};
    for (const int step : steps_ms) {
        if (window.count() <= step) return std::chrono::milliseconds{step};
    }
    return window;
}

}  // namespace

std::chrono::milliseconds Rooms::window_of(const Place& place, MonotonicTime now) const {
    FlushWindow::Load load;
    for (const Watcher& watcher : place.watchers) {
        load.readers = std::max<std::size_t>(load.readers, watcher.readers);
    }
    load.only_scores = !place.pending_text && !place.pending.empty();
    load.loop_lag = loop_lag_;
    return place.flush_window.window(load, now);
}

void Rooms::flush(Place& place, MonotonicTime now) {
    const Changeset merged = merge(place.pending);
    const auto known_since = place.pending_since;
    drop_pending(place);
    place.last_flush = now;
    ++stats_.flushes;
    const Frame frame = encoder_.text(encode_update(merged), deflates(place),
                                      event_id_of(merged.epoch, merged.seq));
    if (frame->payload().size() > catch_up_bytes_max) {
        restart(place, ReloadReason::too_far);
        return;
    }
    // Presence first: a reader for whom an update waits needs none.
    send_presence(place, now);
    say_to_all(place, Updated{merged.prev, merged.seq, frame, current_with_update(place, now),
                              known_since});
}

// A busy room says where it stands as often as a quiet one, and how often it sends when that
// changed.
Frame Rooms::current_with_update(Place& place, MonotonicTime now) {
    const auto every = told_step(window_of(place, now));
    const auto silent = now - place.last_current;
    const bool changed = every != place.told_every_ms && silent >= every_told_ms;
    if ((!changed && silent < current_quiet_ms) || !is_proven(place, now)) return nullptr;
    place.told_every_ms = every;
    place.last_current = now;
    return current_frame(place);
}

// May it be said that nothing is newer than the room's position?
bool Rooms::is_proven(const Place& place, MonotonicTime now) const {
    return place.room.position() && place.room.known_seq() <= place.room.position()->seq &&
           place.position_reads_done >= place.hinted_read && place.swept_at &&
           now - *place.swept_at <= current_sweep_age_ms;
}

Frame Rooms::current_frame(Place& place) const {
    return encoder_.text(
        encode_current(topic_of(place.room.discussion()), *place.room.position(),
                       place.told_every_ms, place.told_every_ms >= degraded_window_ms),
        false);
}

Frame Rooms::presence_frame(Place& place) const {
    return encoder_.text(encode_presence(topic_of(place.room.discussion()), place.reading()),
                         false);
}

Greeting Rooms::greeting(Place& place, MonotonicTime now) const {
    Greeting greeting;
    if (!place.room.position()) return greeting;
    if (is_proven(place, now)) greeting.current = current_frame(place);
    greeting.presence = presence_frame(place);
    return greeting;
}

void Rooms::send_current_if_due(Place& place, MonotonicTime now) {
    if (place.watchers.empty() || now - place.last_current < current_quiet_ms) return;
    place.current_looked_at = now + current_retry_ms;
    // Only what is sent may be claimed.
    if (!is_proven(place, now) || !place.pending.empty()) return;
    place.last_current = now;
    place.told_every_ms = told_step(window_of(place, now));
    say_to_all(place, Notice{current_frame(place)});
}

// When the number of readers is worth a frame of its own.
std::optional<MonotonicTime> Rooms::presence_due(const Place& place) const {
    if (!place.room.position()) return std::nullopt;  // nobody listens yet
    const std::uint32_t reading = place.reading();
    const std::uint32_t moved =
        reading > place.told_reading ? reading - place.told_reading : place.told_reading - reading;
    if (moved == 0 || moved < place.told_reading / presence_moved_part) return std::nullopt;
    return place.presence_sent_at + presence_alone_ms;
}

void Rooms::send_presence(Place& place, MonotonicTime now) {
    if (place.reading() == place.told_reading) return;
    place.told_reading = place.reading();
    place.presence_sent_at = now;
    say_to_all(place, Notice{presence_frame(place)});
}

}  // namespace parley
