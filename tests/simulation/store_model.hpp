#pragma once

#include "wire.hpp"
#include "world.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parley::simulation {

using ChangesetPtr = std::shared_ptr<const Changeset>;

// A comment with every public version of its two parts, by stamp, which is what lets the tests ask
// how it looked at any position.
struct Row {
    CommentId id{};
    std::optional<std::size_t> parent;
    std::vector<std::size_t> ancestors;  // root first
    AccountId author{};
    Key key;  // empty until it is public
    CommentState state = CommentState::visible;
    std::vector<std::shared_ptr<const CommentContent>> contents;
    std::vector<Tally> tallies;
    std::map<AccountId, int> votes;
    std::int64_t up = 0;
    std::int64_t down = 0;
    std::int64_t replies = 0;
    int ordinals_given = 0;

    [[nodiscard]] bool is_public() const { return !contents.empty(); }
    // Null where it was not public then.
    [[nodiscard]] std::shared_ptr<const CommentContent> content_at(Seq seq) const;
    [[nodiscard]] Tally tally_at(Seq seq) const;
    [[nodiscard]] CommentView view() const { return {contents.back(), tallies.back()}; }
};

struct WindowQuery {
    std::optional<CommentId> parent;  // its descendants; absent: all
    Key after;                        // behind this; empty: from the beginning
    std::size_t limit = 0;
    std::optional<CommentId> around;  // instead: this one and its ancestors
};

// One discussion in one epoch.
class History {
public:
    DiscussionId discussion;
    Epoch epoch;
    MonotonicTime begun_at{};
    Seq seq = 0;
    DiscussionState state = DiscussionState::open;
    std::vector<Row> rows;
    std::map<std::string, std::size_t> keys;  // of posts

    [[nodiscard]] Position position() const { return {epoch, seq}; }
    [[nodiscard]] const Row* find(CommentId id) const;
    [[nodiscard]] std::optional<std::size_t> index_of(CommentId id) const;
    // Public rows in display order.
    [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }
    [[nodiscard]] std::int64_t count_at(Seq at) const {
        return counts_[static_cast<std::size_t>(at)];
    }
    [[nodiscard]] DiscussionState state_at(Seq at) const;
    // The newest seq that was committed at or before then.
    [[nodiscard]] Seq seq_at(MonotonicTime time) const;

    // Absent: more than `rows_max`.
    [[nodiscard]] std::optional<Changeset> changes_since(Seq since, std::size_t rows_max) const;
    [[nodiscard]] WireWindow window(const WindowQuery& query, Seq at) const;

private:
    friend class Transaction;
    [[nodiscard]] std::vector<bool> shown_at(Seq at) const;

    std::vector<std::size_t> order_;
    std::vector<std::int64_t> counts_{0};  // of visible comments, at each seq
    std::vector<MonotonicTime> committed_at_;
    std::vector<std::pair<Seq, DiscussionState>> states_;
    int roots_given_ = 0;
};

struct Command {
    enum class Kind : std::uint8_t {
        post,
        edit,
        vote,
        remove,
        restore,
        hold,
        approve,
        lock,
        unlock,
        premoderate
    };
    Kind kind = Kind::post;
    std::size_t discussion = 0;
    AccountId account{};
    std::optional<CommentId> target;  // of a post: its parent
    int vote = 0;
    std::size_t padding = 0;  // of the text
    std::string key;          // of a post
};

struct Answer {
    bool done = false;           // false: refused
    Epoch epoch;                 // of the store that answered
    Seq seq = 0;                 // of the discussion, after it
    WireCommentPtr comment;      // of a post: null while it waits for a moderator
    std::optional<Tally> tally;  // of a vote
    ChangesetPtr changeset;      // absent where nothing public changed
};

// The database: what was committed, all that ever was, and backups of it.
class StoreModel {
public:
    StoreModel(World& world, std::size_t discussions_count);

    [[nodiscard]] std::size_t discussions_count() const { return current_.size(); }
    [[nodiscard]] const History& history(std::size_t discussion) const {
        return *current_[discussion];
    }
    [[nodiscard]] const History* history(const DiscussionId& id) const;
    // Of any epoch that ever was; null where there is none.
    [[nodiscard]] const History* history(const DiscussionId& id, const Epoch& epoch) const;
    [[nodiscard]] const Epoch& epoch() const { return current_.front()->epoch; }

    [[nodiscard]] Answer perform(const Command& command);
    [[nodiscard]] result<Changeset> changes_since(const DiscussionId& id, const Epoch& epoch,
                                                  Seq since) const;
    void back_up();
    [[nodiscard]] bool has_backup() const { return !backup_.empty(); }
    // Back to the backup, under another epoch.
    void restore();

    std::size_t catch_up_rows_max = 100;

private:
    [[nodiscard]] Answer post(History& history, const Command& command);
    [[nodiscard]] Answer change(History& history, const Command& command);

    World& world_;
    std::vector<std::shared_ptr<History>> current_;
    std::vector<std::shared_ptr<History>> past_;
    std::vector<History> backup_;
    int epochs_ = 1;
};

}  // namespace parley::simulation
