#include "client_page.hpp"

#include "base/mutants.hpp"

namespace parley::simulation {

namespace {

constexpr milliseconds current_valid{20'000};
constexpr milliseconds echo_wait{5'000};

}  // namespace

Page::Page(World& world, const StoreModel& store, std::size_t discussion_index, AccountId viewer)
    : index(discussion_index),
      discussion(store.history(discussion_index).discussion),
      world_(world),
      store_(store),
      viewer_(viewer) {}

void Page::show(std::unique_ptr<ClientState> state) {
    const bool is_same_epoch = state_ && state_->position().epoch == state->position().epoch;
    std::set<CommentId> known;
    if (is_same_epoch) {
        for (const auto& [id, entry] : state_->entries()) known.insert(id);
    } else {
        // No stamp of another history means anything here, nor need an id be the same comment.
        gone_.clear();
        voted_.clear();
        for (auto& [id, vote] : moving_) vote.answer.reset();
        std::erase_if(moving_, [](const auto& one) { return !one.second.is_sending; });
        for (auto& [key, post] : posts_) post.since = 0;
    }
    state_ = std::move(state);
    std::vector<CommentId> arrived;
    std::vector<WireCommentPtr> contents;
    for (const auto& [id, entry] : state_->entries()) {
        contents.push_back(entry.content);
        if (!known.contains(id)) arrived.push_back(id);
    }
    note_gone(contents);
    veil(arrived);
    settle_votes();
    check_shown();
}

ClientState::Effect Page::apply(const WireUpdate& update) {
    ClientState::Effect effect = state_->apply(update);
    if (effect.verdict != UpdateVerdict::applied) return effect;
    note_gone(update.comments);
    veil(effect.arrived);
    settle_votes();
    check_shown();
    return effect;
}

ClientState::Effect Page::take(const WireWindow& window, const WindowQuery& query,
                               const ClientState::ReadingPtr& reading,
                               const WireUpdatePtr& changes) {
    std::set<CommentId> known;
    for (const auto& [id, entry] : state_->entries()) known.insert(id);
    const bool is_older = window.seq < state_->position().seq;
    ClientState::Effect effect = state_->merge_window(window, query, reading, changes);
    if (effect.is_refused) return effect;
    if (is_older) world_.fired(Fault::stale_window);
    std::vector<CommentId> arrived;
    for (const auto& [id, entry] : state_->entries()) {
        if (!known.contains(id)) arrived.push_back(id);
    }
    note_gone(window.comments);
    if (changes) note_gone(changes->comments);
    veil(arrived);
    settle_votes();
    check_shown();
    return effect;
}

void Page::note_gone(const std::vector<WireCommentPtr>& comments) {
    for (const WireCommentPtr& comment : comments) {
        if (comment->state == CommentState::visible) continue;
        Seq& since = gone_[comment->id];
        since = std::max(since, comment->seq);
    }
}

void Page::on_current(const Position& position, MonotonicTime proven_at) {
    current_ = {position, world_.now(), proven_at};
}

bool Page::is_up_to_date() const {
    // Who reads again because something is missing knows that.
    if (!state_ || !is_subscribed || is_reading_again || !current_) return false;
    const Position& mine = state_->position();
    return current_->position.epoch == mine.epoch && mine.seq >= current_->position.seq &&
           world_.now() - current_->at < current_valid;
}

// --- what the viewer did -------------------------------------------------------------------------

void Page::begin_post(const std::string& key, const std::optional<CommentId>& parent) {
    posts_[key] = {state_->position().seq};
    if (recorder != nullptr) recorder->post(world_.now(), key, parent);
}

std::optional<CommentId> Page::end_post(const std::string& key, const Answer* answer) {
    posts_.erase(key);
    std::optional<CommentId> unread;
    if (recorder != nullptr) {
        // No trace can say that it waits for a moderator, or is of another history.
        const bool is_odd =
            answer != nullptr && (!answer->comment || answer->epoch != state_->position().epoch);
        if (is_odd) recorder->give_up();
        else recorder->post_answered(world_.now(), key, answer ? answer->comment : nullptr);
    }
    if (answer != nullptr && answer->comment) {
        const CommentId id = answer->comment->id;
        veiled_.erase(id);
        if (answer->epoch == state_->position().epoch) {
            const bool is_known = state_->find(id) != nullptr;
            const bool is_newer = answer->comment->seq > state_->position().seq;
            world_.fired(is_newer ? Fault::answer_outran_update : Fault::answer_trailed_update);
            // What became of a comment outside of what is loaded was not kept: an answer that
            // comes so late tells what was, perhaps a text that was taken away since.
            if (is_known || is_newer) state_->merge_own(answer->comment);
            else unread = id;
            if (unread && recorder != nullptr) recorder->give_up();
            note_gone({answer->comment});
            if (is_mutated(Mutant::answer_moves_position)) state_->move_position(answer->seq);
        }
    }
    if (posts_.empty()) veiled_.clear();
    check_shown();
    return unread;
}

// While a post is unanswered, new comments by the viewer wait: one of them may be it.
void Page::veil(const std::vector<CommentId>& arrived) {
    if (posts_.empty()) return;
    Seq since = std::numeric_limits<Seq>::max();
    for (const auto& [key, post] : posts_) since = std::min(since, post.since);
    for (const CommentId id : arrived) {
        const Entry* entry = state_->find(id);
        if (entry->content->author != viewer_ || entry->content_seq <= since) continue;
        veiled_[id] = world_.now() + echo_wait;
        world_.fired(Fault::own_comment_held_back);
    }
}

bool Page::is_veiled(CommentId id) const {
    const auto found = veiled_.find(id);
    return found != veiled_.end() && world_.now() < found->second;
}

bool Page::begin_vote(CommentId id) { return !std::exchange(moving_[id].is_sending, true); }

void Page::end_vote(CommentId id, const Answer* answer, int value) {
    OwnVote& vote = moving_[id];
    vote.is_sending = false;
    const bool counts =
        answer != nullptr && answer->tally && answer->epoch == state_->position().epoch;
    if (counts) {
        const bool outran = state_->position().seq < answer->seq;
        world_.fired(outran ? Fault::answer_outran_update : Fault::answer_trailed_update);
        vote.answer = *answer;
        if (recorder != nullptr) {
            recorder->vote_answered(world_.now(), *answer->tally, answer->seq, value);
        }
        voted_[id] = answer->seq;
        if (is_mutated(Mutant::answer_moves_position)) state_->move_position(answer->seq);
    }
    settle_votes();
    check_shown();
}

// Drops numbers that the state has caught up with. Those of an earlier answer stay where a later
// vote was refused.
void Page::settle_votes() {
    for (auto& [id, vote] : moving_) {
        if (!vote.answer) continue;
        const Entry* entry = state_->find(id);
        const bool is_reached = state_->position().seq >= vote.answer->seq ||
                                (entry != nullptr && entry->score_seq >= vote.answer->seq);
        if (is_reached) vote.answer.reset();
    }
    std::erase_if(moving_,
                  [](const auto& one) { return !one.second.is_sending && !one.second.answer; });
}

std::vector<CommentId> Page::visible_ids() const {
    std::vector<CommentId> ids;
    if (!state_) return ids;
    for (const auto& [id, entry] : state_->entries()) {
        if (entry.content->state == CommentState::visible && !is_veiled(id)) ids.push_back(id);
    }
    return ids;
}

}  // namespace parley::simulation
