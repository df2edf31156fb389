#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace parley {

// Mistakes that are built in on purpose, to see that tests would notice them: by the simulation
// (tests/simulation) in its own build of the sources, by the fault tests (tests/fault) in a whole
// server of the preset `mutants`. Everywhere else is_mutated() is a constant and leaves no trace.
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
    // Those of the fault tests alone.
    bus_loses,          // every other changeset does not arrive: no mistake, the sweep mends it
    gap_ignored,        // and a room goes on as if nothing were missing
    last_hint_skipped,  // and nothing is compared with the store
    ack_before_commit,  // the commit follows with the next batch
    failed_commit_answered,  // a commit that failed is answered as if it had not
    keys_not_looked_up,      // a repeated write is carried out again
    score_apart,             // a score is written with the next batch, not with its vote
    vote_counted_twice,      // the same vote again adds to the score
    count_drifts,            // a comment that is taken away still counts
    since_off_by_one,        // catch-ups leave out the first change after the position
    removed_stays_cached,    // what takes text away does not drop snapshots
    seq_reused,              // a start goes back by one
    revocation_forgotten,    // a session goes on after the sign-out
};

#ifdef PARLEY_MUTANTS
inline namespace mutated {
inline Mutant active_mutant = Mutant::none;
inline bool is_mutated(Mutant mutant) { return active_mutant == mutant; }

struct NamedMutant {
    std::string_view name;
    Mutant mutant;
};
// Those that a whole server can be started with.
inline constexpr std::array server_mutants{
    NamedMutant{"none", Mutant::none},
    NamedMutant{"tombstones_filtered", Mutant::tombstones_filtered},
    NamedMutant{"restore_keeps_epoch", Mutant::restore_keeps_epoch},
    NamedMutant{"queued_counts_as_sent", Mutant::queued_counts_as_sent},
    NamedMutant{"partial_frame_dropped", Mutant::partial_frame_dropped},
    NamedMutant{"bus_loses", Mutant::bus_loses},
    NamedMutant{"gap_ignored", Mutant::gap_ignored},
    NamedMutant{"last_hint_skipped", Mutant::last_hint_skipped},
    NamedMutant{"ack_before_commit", Mutant::ack_before_commit},
    NamedMutant{"failed_commit_answered", Mutant::failed_commit_answered},
    NamedMutant{"keys_not_looked_up", Mutant::keys_not_looked_up},
    NamedMutant{"score_apart", Mutant::score_apart},
    NamedMutant{"vote_counted_twice", Mutant::vote_counted_twice},
    NamedMutant{"count_drifts", Mutant::count_drifts},
    NamedMutant{"since_off_by_one", Mutant::since_off_by_one},
    NamedMutant{"removed_stays_cached", Mutant::removed_stays_cached},
    NamedMutant{"seq_reused", Mutant::seq_reused},
    NamedMutant{"revocation_forgotten", Mutant::revocation_forgotten},
};
}  // namespace mutated
#else
constexpr bool is_mutated(Mutant /*mutant*/) { return false; }
#endif

}  // namespace parley
