#include "client_state.hpp"

#include "base/mutants.hpp"

namespace parley::simulation {

ClientState::ClientState(const WireWindow& first, const WindowQuery& query)
    : position_{first.epoch, first.seq},
      comment_count_(first.comment_count),
      discussion_state_(first.state) {
    for (const WireCommentPtr& comment : first.comments) merge(comment);
    add_range(first, query);
}

const Entry* ClientState::find(CommentId id) const {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
}

ClientState::Effect ClientState::apply(const WireUpdate& update) {
    Effect effect;
    effect.verdict = judge_update(position_, update.epoch, update.prev, update.seq);
    if (effect.verdict != UpdateVerdict::applied) return effect;
    position_.seq = update.seq;
    comment_count_ = update.comment_count;
    if (update.state) discussion_state_ = *update.state;
    std::erase_if(readings_, [](const auto& one) { return one.expired(); });
    const auto shared = std::make_shared<const WireUpdate>(update);
    for (const auto& one : readings_) one.lock()->updates.push_back(shared);
    merge_changes(update, effect);
    return effect;
}

ClientState::ReadingPtr ClientState::begin_reading() {
    auto reading = std::make_shared<Reading>();
    reading->since = position_.seq;
    readings_.push_back(reading);
    return reading;
}

bool ClientState::can_take(const WireWindow& window, const ReadingPtr& reading,
                           const WireUpdatePtr& changes) const {
    if (window.epoch != position_.epoch) return false;
    if (!is_outdated(window, reading) || is_mutated(Mutant::old_window_merged)) return true;
    return changes != nullptr && changes->epoch == position_.epoch && changes->prev <= window.seq &&
           changes->seq >= reading->since;
}

void ClientState::add_range(const WireWindow& window, const WindowQuery& query) {
    Key scope;
    if (query.parent) {
        const Entry* parent = find(*query.parent);
        if (parent == nullptr) return;
        scope = parent->content->key;
    }
    const Key from = query.after.empty() ? scope : query.after;
    const Key after = window.comments.empty() ? from : window.comments.back()->key;
    ranges_.add(from, window.is_last ? end_of(scope) : after);
    if (query.parent) return;
    if (window.is_last) next_.reset();
    else next_ = after;
}

ClientState::Effect ClientState::merge_window(const WireWindow& window, const WindowQuery& query,
                                              const ReadingPtr& reading,
                                              const WireUpdatePtr& changes) {
    Effect effect;
    effect.is_refused = !can_take(window, reading, changes);
    if (effect.is_refused) return effect;
    for (const WireCommentPtr& comment : window.comments) merge(comment);
    if (!query.around) add_range(window, query);
    // First the changes: what came while the window was read may be about comments that only they
    // bring. By the position they may be old; for the window they are new all the same.
    if (changes) {
        const Effect applied = apply(*changes);
        effect.needs_read = effect.needs_read || applied.needs_read;
        if (applied.verdict != UpdateVerdict::applied) merge_changes(*changes, effect);
    }
    for (const WireUpdatePtr& update : reading->updates) merge_changes(*update, effect);
    return effect;
}

bool ClientState::succeed(const ClientState& old, const ReadingPtr& reading,
                          const WireUpdatePtr& changes) {
    bool is_whole = true;
    if (changes) is_whole = !apply(*changes).needs_read;
    if (old.position().epoch != position_.epoch) return is_whole;
    // Windows that were newer than the position may have told more of a comment.
    for (const auto& [id, entry] : old.entries()) {
        const auto mine = entries_.find(id);
        if (mine != entries_.end()) keep_newer(mine->second, entry);
    }
    for (const WireUpdatePtr& update : reading->updates) {
        is_whole = !apply(*update).needs_read && is_whole;
    }
    return is_whole && position_.seq >= old.position().seq;
}

void ClientState::merge_changes(const WireUpdate& update, Effect& effect) {
    for (const WireCommentPtr& comment : update.comments) {
        const bool known = entries_.contains(comment->id);
        const bool has_place = !comment->key.empty() && ranges_.has(comment->key);
        if (!known && !has_place) continue;
        if (!known && comment->parent && !entries_.contains(*comment->parent)) {
            // A reply under a tombstone that a fresh view had no reason to show.
            effect.needs_read = effect.needs_read || comment->state == CommentState::visible;
            continue;
        }
        merge(comment);
        if (!known && comment->state == CommentState::visible) {
            effect.arrived.push_back(comment->id);
        }
    }
    for (const Tally& tally : update.scores) {
        const auto found = entries_.find(tally.id);
        if (found == entries_.end()) continue;
        Entry& entry = found->second;
        if (tally.stamp < entry.score_seq && !is_mutated(Mutant::no_stamp_compare)) continue;
        entry.tally = tally;
        entry.score_seq = tally.stamp;
    }
}

void ClientState::keep_newer(Entry& mine, const Entry& other) {
    if (other.content_seq > mine.content_seq) {
        mine.content = other.content;
        mine.content_seq = other.content_seq;
    }
    if (other.score_seq > mine.score_seq) {
        mine.tally = other.tally;
        mine.score_seq = other.score_seq;
    }
}

void ClientState::merge(const WireCommentPtr& comment) {
    const auto [place, added] = entries_.try_emplace(comment->id);
    Entry& entry = place->second;
    const bool always = added || is_mutated(Mutant::no_stamp_compare);
    if (always || comment->seq >= entry.content_seq) {
        entry.content = comment;
        entry.content_seq = comment->seq;
    }
    if (always || comment->seq >= entry.score_seq) {
        entry.tally = comment->tally;
        entry.score_seq = comment->seq;
    }
}

}  // namespace parley::simulation
