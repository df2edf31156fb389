// Mistakes that are built into the server on purpose (server/base/mutants.hpp, preset `mutants`), and the fault whose
// standard run must notice each. A `harmless` one changes nothing that anybody is promised: it must not be noticed.

/** @type {{name: string, what: string, fault: string, harmless?: boolean}[]} */
export const mutants = [
  { name: 'none', what: 'no mistake: the same build', fault: 'F1', harmless: true },
  { name: 'bus_loses', what: 'every other changeset is lost on its way to the rooms', fault: 'F1', harmless: true },
  { name: 'ack_before_commit', what: 'the answer leaves before the commit', fault: 'F1' },
  { name: 'keys_not_looked_up', what: 'a repeated write is carried out again', fault: 'F1' },
  { name: 'score_apart', what: 'a score is written after the transaction of its vote', fault: 'F1' },
  { name: 'vote_counted_twice', what: 'the same vote again adds to the score', fault: 'F1' },
  { name: 'count_drifts', what: 'a deleted comment still counts', fault: 'F1' },
  { name: 'gap_ignored', what: 'a room goes on over a gap', fault: 'F1' },
  { name: 'last_hint_skipped', what: 'the sweep is off and hints are lost, also the last', fault: 'F1' },
  { name: 'since_off_by_one', what: 'a catch-up leaves out its first change', fault: 'F1' },
  { name: 'tombstones_filtered', what: 'the changes since a position leave out what was deleted', fault: 'F1' },
  { name: 'removed_stays_cached', what: 'windows with a deleted text are still served', fault: 'F1' },
  { name: 'seq_reused', what: 'after a restart the last seq is given again', fault: 'F1' },
  { name: 'revocation_forgotten', what: 'a session goes on after the sign-out', fault: 'F1' },
  { name: 'restore_keeps_epoch', what: 'an older database goes on under its old epoch', fault: 'F26' },
  { name: 'failed_commit_answered', what: 'a commit that failed is answered as if it had not', fault: 'F15' },
  { name: 'partial_frame_dropped', what: 'conflation drops the rest of a frame that was sent in part', fault: 'F22' },
  { name: 'queued_counts_as_sent', what: 'a conflated reader goes on from what was queued', fault: 'F22' },
];
