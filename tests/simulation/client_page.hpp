#pragma once

#include "client_state.hpp"
#include "trace_recorder.hpp"
#include "world.hpp"

#include <memory>
#include <optional>
#include <string>

namespace parley::simulation {

// One discussion on one page: its state, and over it what the viewer did that the state does not
// show yet. Knows no network.
class Page {
public:
    Page(World& world, const StoreModel& store, std::size_t discussion_index, AccountId viewer);

    const std::size_t index;
    const DiscussionId discussion;
    bool is_reading_again = false;
    bool is_subscribed = false;
    TraceRecorder* recorder = nullptr;

    [[nodiscard]] ClientState* state() const { return state_.get(); }
    // Replaces what is shown, or shows the first.
    void show(std::unique_ptr<ClientState> state);
    [[nodiscard]] ClientState::Effect apply(const WireUpdate& update);
    [[nodiscard]] ClientState::Effect take(const WireWindow& window, const WindowQuery& query,
                                           const ClientState::ReadingPtr& reading,
                                           const WireUpdatePtr& changes);

    // A room said that this is the newest.
    void on_current(const Position& position, MonotonicTime proven_at);
    [[nodiscard]] bool is_up_to_date() const;
    [[nodiscard]] MonotonicTime proven_at() const { return current_->proven_at; }

    void begin_post(const std::string& key, const std::optional<CommentId>& parent);
    // Gives the comment that is to be read, since its answer alone is too old to be merged.
    [[nodiscard]] std::optional<CommentId> end_post(const std::string& key, const Answer* answer);
    [[nodiscard]] bool has_unanswered() const { return !posts_.empty(); }
    [[nodiscard]] bool begin_vote(CommentId id);
    void end_vote(CommentId id, const Answer* answer, int value);
    [[nodiscard]] bool has_moving_votes() const { return !moving_.empty(); }

    [[nodiscard]] std::vector<CommentId> visible_ids() const;
    // What the viewer must never see, looked for in all that is shown.
    void check_shown() const;
    // The position is what it says: everything up to it is here.
    void check_position() const;
    // The same as a fresh load shows.
    void check_settled() const;

private:
    struct Current {
        Position position;
        MonotonicTime at;
        MonotonicTime proven_at;
    };
    struct OwnPost {
        Seq since = 0;
    };

    // The numbers of the answer lie over the state until it has caught up with them.
    struct OwnVote {
        bool is_sending = false;
        std::optional<Answer> answer;
    };

    void note_gone(const std::vector<WireCommentPtr>& comments);
    void veil(const std::vector<CommentId>& arrived);
    [[nodiscard]] bool is_veiled(CommentId id) const;
    void settle_votes();
    void check_own_posts() const;
    void check_votes(const History& history) const;
    void check_loaded(const History& history, Seq at, bool is_exact) const;
    [[noreturn]] void fail(const std::string& what) const;

    World& world_;
    const StoreModel& store_;
    AccountId viewer_;
    std::unique_ptr<ClientState> state_;
    std::optional<Current> current_;
    std::map<std::string, OwnPost> posts_;       // unanswered
    std::map<CommentId, MonotonicTime> veiled_;  // until
    std::map<CommentId, OwnVote> moving_;
    std::map<CommentId, Seq> voted_;  // of the newest answer in this epoch
    std::map<CommentId, Seq> gone_;   // since when the page knows it
};

}  // namespace parley::simulation
