#include "live/room.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

// Enough to bridge the time that a catch-up takes to be read; older ones come from the store.
constexpr std::size_t recent_changesets_max = 64;

}  // namespace

Room::Step Room::on_position(const Position& position) {
    Step step;
    if (!position_) {
        position_ = position;
        known_seq_ = std::max(known_seq_, position.seq);
        release_held(step);
        return step;
    }
    if (position_->epoch != position.epoch) {
        position_ = position;
        known_seq_ = position.seq;
        recent_.clear();
        std::erase_if(held_, [&](const ChangesetPtr& one) { return one->epoch != position.epoch; });
        step.reset = true;
        release_held(step);
        return step;
    }
    known_seq_ = std::max(known_seq_, position.seq);
    return step;
}

Room::Step Room::on_changeset(const ChangesetPtr& changeset, MonotonicTime now) {
    Step step;
    const bool usable =
        position_.has_value() && judge_update(*position_, changeset->epoch, changeset->prev,
                                              changeset->seq) == UpdateVerdict::applied;
    if (usable) {
        apply(changeset, step);
        release_held(step);
        return step;
    }
    const bool known =
        position_ && position_->epoch == changeset->epoch && changeset->seq <= position_->seq;
    if (known) return step;
    // Before the first read, after a gap, or of an epoch that only the store may confirm.
    if (held_.size() >= room_held_changesets_max) held_.erase(held_.begin());
    held_.push_back(changeset);
    if (!held_since_) held_since_ = now;
    if (position_ && position_->epoch == changeset->epoch) {
        known_seq_ = std::max(known_seq_, changeset->seq);
    }
    return step;
}

Room::Step Room::on_store_changes(const ChangesetPtr& changes) {
    Step step;
    if (judge_update(*position_, changes->epoch, changes->prev, changes->seq) ==
        UpdateVerdict::applied) {
        apply(changes, step);
    }
    std::erase_if(held_, [&](const ChangesetPtr& one) { return one->epoch != changes->epoch; });
    release_held(step);
    if (held_.empty()) known_seq_ = position_->seq;
    return step;
}

void Room::rebase(const Position& position) {
    position_ = position;
    known_seq_ = position.seq;
    recent_.clear();
    held_.clear();
    held_since_.reset();
}

bool Room::needs_heal(MonotonicTime now) const {
    if (!position_) return false;
    if (held_.empty()) return known_seq_ > position_->seq;
    return held_.size() >= room_held_changesets_max || now - *held_since_ >= room_held_ms;
}

Room::ChangesetPtr Room::complete(ChangesetPtr catch_up) const {
    for (const ChangesetPtr& next : recent_) {
        if (next->epoch != catch_up->epoch || next->seq <= catch_up->seq) continue;
        if (next->prev > catch_up->seq) break;
        catch_up = std::make_shared<const Changeset>(merge(*catch_up, *next));
    }
    return catch_up;
}

void Room::apply(const ChangesetPtr& changeset, Step& step) {
    position_->seq = changeset->seq;
    known_seq_ = std::max(known_seq_, changeset->seq);
    recent_.push_back(changeset);
    if (recent_.size() > recent_changesets_max) recent_.pop_front();
    step.updates.push_back(changeset);
}

void Room::release_held(Step& step) {
    std::sort(held_.begin(), held_.end(),
              [](const ChangesetPtr& a, const ChangesetPtr& b) { return a->prev < b->prev; });
    for (const ChangesetPtr& one : held_) {
        if (judge_update(*position_, one->epoch, one->prev, one->seq) == UpdateVerdict::applied) {
            apply(one, step);
        }
    }
    std::erase_if(held_, [&](const ChangesetPtr& one) {
        return one->epoch == position_->epoch && one->seq <= position_->seq;
    });
    if (held_.empty()) held_since_.reset();
}

}  // namespace parley
