#pragma once

#include "discussion/views.hpp"

#include <memory>
#include <span>

namespace parley {

// All public changes of one discussion between two positions. What one transaction did has
// seq == prev + 1; merged ones and catch-ups span more. Absolute: applying one twice, or an older
// one after a newer one by the rules below, changes nothing.
struct Changeset {
    DiscussionId discussion;
    Epoch epoch;
    Seq prev = 0;
    Seq seq = 0;
    std::int64_t comment_count = 0;     // at seq
    std::vector<CommentView> comments;  // content changed (both parts given), parents first
    std::vector<Tally> scores;          // only score or replies changed; ids not in `comments`
    std::optional<DiscussionInfo> info;
    bool takes_text_away = false;  // a text that was public is not any more: drop cached snapshots
};

// One changeset with the effect of both. Takes per comment and per part the newer stamp, so the
// order of arguments does not matter and merging is associative. Both must be of the same
// discussion and epoch and touch or overlap: max(prev) <= min(seq).
[[nodiscard]] Changeset merge(const Changeset& first, const Changeset& second);
// The same of a run of one or more.
[[nodiscard]] Changeset merge(std::span<const std::shared_ptr<const Changeset>> run);

// What of `changes` is newer than `since`: what reading the changes since then in the same snapshot
// would have given. One read so serves readers at different positions. Where `since` is before
// changes.prev or after changes.seq, all or nothing of it.
[[nodiscard]] Changeset newer_than(const Changeset& changes, Seq since);

// The one rule for whoever holds a position (rule 5): what to do with an update.
enum class UpdateVerdict : std::uint8_t {
    ignored,  // seq <= mine: known already
    applied,  // prev <= mine < seq: apply it, mine becomes seq
    gap,      // prev > mine: something is missing, ask for the changes since mine
    reset,    // another epoch: drop all and read again
};
[[nodiscard]] UpdateVerdict judge_update(const Position& mine, const Epoch& epoch, Seq prev,
                                         Seq seq);

[[nodiscard]] std::string_view to_string(UpdateVerdict verdict) noexcept;

}  // namespace parley
