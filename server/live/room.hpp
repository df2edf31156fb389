#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "discussion/changeset.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace parley {

// An instance's live view of one discussion that somebody watches: where it stands in the
// discussion's history, what it holds back because something is missing before it, and the last
// changesets, kept only to make catch-ups of. Pure; one thread; knows no reader.
class Room {
public:
    using ChangesetPtr = std::shared_ptr<const Changeset>;

    explicit Room(DiscussionId discussion) : discussion_(std::move(discussion)) {}

    [[nodiscard]] const DiscussionId& discussion() const { return discussion_; }
    // Absent until the first read of the store has come back. Until then everything is held.
    [[nodiscard]] const std::optional<Position>& position() const { return position_; }

    // What an input did to the room.
    struct Step {
        // To be sent to every live reader, in this order: together they lead to position().
        std::vector<ChangesetPtr> updates;
        // The history is another one: every reader must read again.
        bool reset = false;
    };

    // The first read of the position, or a later one by the sweep.
    [[nodiscard]] Step on_position(const Position& position);
    // A committed changeset from the bus, in any order.
    [[nodiscard]] Step on_changeset(const ChangesetPtr& changeset, MonotonicTime now);
    // The changes since some position as the store has them: it alone says what the newest seq and
    // the epoch are, so what is held and contradicts it goes: of another epoch at once, of this one
    // when two reads in a row brought nothing of it, since one may have begun before the commit.
    [[nodiscard]] Step on_store_changes(const ChangesetPtr& changes);
    // Starts over at `position`, which is a later one, where the changes up to it are too many to
    // be read.
    void rebase(const Position& position);

    // The newest seq that is known to exist; position() is on its way there.
    [[nodiscard]] Seq known_seq() const { return known_seq_; }

    // When the changes since position() should be read from the store: at once where the sweep
    // found a newer position or room_held_changesets_max are held, room_held_ms after the first
    // was held; absent where nothing is missing.
    [[nodiscard]] std::optional<MonotonicTime> heal_at() const;

    // What leads from `since` to position(), from memory; nothing where that no longer reaches back
    // so far.
    [[nodiscard]] std::optional<Changeset> recent_since(Seq since) const;
    // `catch_up` with those of the last changesets merged in that follow it, so that it leads to
    // position() where they reach that far.
    [[nodiscard]] Changeset complete(Changeset catch_up) const;

private:
    void apply(const ChangesetPtr& changeset, Step& step);
    void drop_denied();
    void forget_recent();
    void release_held(Step& step);

    DiscussionId discussion_;
    std::optional<Position> position_;
    Seq known_seq_ = 0;   // the newest that the store or a held changeset was seen to have
    Seq stored_seq_ = 0;  // the newest that the store was seen to have
    std::vector<ChangesetPtr> held_;
    std::optional<MonotonicTime> held_since_;
    Seq denied_seq_ = 0;               // held when a read of the store had nothing of it
    std::deque<ChangesetPtr> recent_;  // each follows the one before it without a gap
    std::size_t recent_bytes_ = 0;
};

}  // namespace parley
