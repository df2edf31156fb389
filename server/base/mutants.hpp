#pragma once

#include <cstdint>

namespace parley {

// Mistakes that the simulation builds in on purpose, to see that it would notice them
// (tests/simulation). Only its own build of the sources has them: everywhere else is_mutated() is
// a constant and leaves no trace.
enum class Mutant : std::uint8_t {
    none,
    old_window_merged,         // a window older than the position, without its changes
    answer_moves_position,     // the answer to a write moves the page's position
    tombstones_filtered,       // changes since leave out rows that are no longer public
    catch_up_in_parts,         // in the order of the larger stamp
    restore_keeps_epoch,       // a restored store goes on under its old name
    epoch_read_once,           // at the start of an instance
    rows_before_seq,           // two reads instead of one snapshot
    no_stamp_compare,          // whatever comes last replaces
    score_replaces_content,    // a vote brings along an old content
    resume_without_epoch,      // by the number alone
    no_sweep,                  // the bus alone
    queued_counts_as_sent,     // a conflated reader's position is what was queued
    heal_goes_back,            // an older read overwrites a newer room
    opening_room_drops,        // what the bus brings before the first read is lost
    shared_since_rounded_up,   // a shared catch-up begins behind some of its readers
    newer_than_by_content,     // tallies that changed alone are left out
    catch_up_forgets_pending,  // what waits for the flush is lost when a catch-up is served
    partial_frame_dropped,     // conflation drops the rest of a frame that was sent in part
};

#ifdef PARLEY_MUTANTS
inline namespace mutated {
inline Mutant active_mutant = Mutant::none;
inline bool is_mutated(Mutant mutant) { return active_mutant == mutant; }
}  // namespace mutated
#else
constexpr bool is_mutated(Mutant /*mutant*/) { return false; }
#endif

}  // namespace parley
