#pragma once

#include "ranges.hpp"
#include "store_model.hpp"

#include <functional>
#include <map>
#include <set>

namespace parley::simulation {

// A comment as a page knows it: each part with the stamp it came with.
struct Entry {
    WireCommentPtr content;
    Seq content_seq = 0;
    Tally tally;
    Seq score_seq = 0;
};

// What a page holds of a discussion, by the same rules as the browser's: only apply() moves the
// position; windows read at other positions are merged comment by comment.
class ClientState {
public:
    struct Effect {
        UpdateVerdict verdict = UpdateVerdict::applied;
        std::vector<CommentId> arrived;
        bool needs_read = false;  // something inside of what is loaded has no parent here
        bool is_refused =
            false;  // the window is outdated, and what came with it does not mend that
    };
    // What was applied while a window was being read.
    struct Reading {
        Seq since = 0;
        std::vector<WireUpdatePtr> updates;
    };
    using ReadingPtr = std::shared_ptr<Reading>;

    ClientState(const WireWindow& first, const WindowQuery& query);

    [[nodiscard]] const Position& position() const { return position_; }
    [[nodiscard]] std::int64_t comment_count() const { return comment_count_; }
    [[nodiscard]] DiscussionState discussion_state() const { return discussion_state_; }
    [[nodiscard]] const std::map<CommentId, Entry>& entries() const { return entries_; }
    [[nodiscard]] const Entry* find(CommentId id) const;
    [[nodiscard]] const Ranges& ranges() const { return ranges_; }
    // Where the whole goes on; absent at its end.
    [[nodiscard]] const std::optional<Key>& next() const { return next_; }

    [[nodiscard]] Effect apply(const WireUpdate& update);

    // Before a window is asked for.
    [[nodiscard]] ReadingPtr begin_reading();
    [[nodiscard]] bool is_outdated(const WireWindow& window, const ReadingPtr& reading) const {
        return window.seq < reading->since;
    }
    // `changes` are those since the window's seq, where it is outdated.
    [[nodiscard]] Effect merge_window(const WireWindow& window, const WindowQuery& query,
                                      const ReadingPtr& reading, const WireUpdatePtr& changes);
    // Takes over from the state that was shown until now. False: it would be a step
    // back, or a reply has no parent there.
    [[nodiscard]] bool succeed(const ClientState& old, const ReadingPtr& reading,
                               const WireUpdatePtr& changes);
    // The answer to a post of the viewer: by its own stamp.
    void merge_own(const WireCommentPtr& comment) { merge(comment); }

    // For the mutant that takes an answer's seq for a position.
    void move_position(Seq seq) { position_.seq = std::max(position_.seq, seq); }

private:
    [[nodiscard]] bool can_take(const WireWindow& window, const ReadingPtr& reading,
                                const WireUpdatePtr& changes) const;
    void add_range(const WireWindow& window, const WindowQuery& query);
    void merge_changes(const WireUpdate& update, Effect& effect);
    void merge(const WireCommentPtr& comment);
    static void keep_newer(Entry& mine, const Entry& other);

    Position position_;
    std::int64_t comment_count_ = 0;
    DiscussionState discussion_state_;
    std::map<CommentId, Entry> entries_;
    Ranges ranges_;
    std::optional<Key> next_;
    std::vector<std::weak_ptr<Reading>> readings_;
};

}  // namespace parley::simulation
