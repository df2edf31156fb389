#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parley::simulation {

// What can go wrong, or is at least out of the ordinary. Each is counted where it takes effect, not
// where it is planned.
enum class Fault : std::uint8_t {
    bus_delayed,
    bus_reordered,
    bus_duplicated,
    bus_lost,
    bus_dead,
    bus_hinted,
    last_message_lost,
    instance_died,
    died_before_publish,
    instance_paused,
    publish_late,
    slow_reader,
    partial_frame,
    reader_stalled,
    conflated,
    memory_pressed,
    reconnected,
    reconnected_elsewhere,
    resumed_without_epoch,
    resubscribed,
    several_windows,
    stale_window,
    cache_ignored_position,
    restored,
    tail_lost,
    clock_jumped,
    store_read_failed,
    store_read_slow,
    sweep_failed,
    too_far,
    flush_gathered,
    window_told,
    text_removed,
    text_restored,
    discussion_locked,
    room_closed,
    room_reopened,
    answer_outran_update,
    answer_trailed_update,
    answer_lost,
    own_comment_held_back,
    own_comment_shown_unanswered,
    request_refused_by_death,
    ping_between_frames,
    mailbox_slow,
    proven_current,
    stream_ended,
    asked_for_nothing,
    change_too_large,
    count,
};
inline constexpr auto faults_count = static_cast<std::size_t>(Fault::count);

[[nodiscard]] std::string_view to_string(Fault fault);

using FaultCounts = std::array<std::uint64_t, faults_count>;

}  // namespace parley::simulation
