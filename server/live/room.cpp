#include "live/room.hpp"

#include "base/mutants.hpp"
#include "protocol/wire.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

constexpr std::size_t changeset_overhead_bytes = 256;

std::size_t bytes_of(const Changeset& changeset) {
    return expected_bytes(changeset.comments) + sizeof(Tally) * changeset.scores.size() +
           changeset_overhead_bytes;
}

}  // namespace

Room::Step Room::on_position(const Position& position) {
    Step step;
    if (!position_) {
        position_ = position;
        stored_seq_ = position.seq;
        known_seq_ = std::max(known_seq_, position.seq);
        release_held(step);
        return step;
    }
    if (position_->epoch != position.epoch) {
        position_ = position;
        known_seq_ = position.seq;
        stored_seq_ = position.seq;
        forget_recent();
        std::erase_if(held_, [&](const ChangesetPtr& one) { return one->epoch != position.epoch; });
        step.reset = true;
        release_held(step);
        return step;
    }
    stored_seq_ = std::max(stored_seq_, position.seq);
    known_seq_ = std::max(known_seq_, position.seq);
    return step;
}

Room::Step Room::on_changeset(const ChangesetPtr& changeset, MonotonicTime now) {
    Step step;
    if (is_mutated(Mutant::opening_room_drops) && !position_) return step;
    const bool usable =
        position_.has_value() && judge_update(*position_, changeset->epoch, changeset->prev,
                                              changeset->seq) == UpdateVerdict::applied;
    if (is_mutated(Mutant::gap_ignored) && position_ && position_->seq < changeset->prev) {
        Changeset closed = *changeset;
        closed.prev = position_->seq;
        apply(std::make_shared<const Changeset>(std::move(closed)), step);
        return step;
    }
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
            UpdateVerdict::applied ||
        is_mutated(Mutant::heal_goes_back)) {
        apply(changes, step);
    }
    std::erase_if(held_, [&](const ChangesetPtr& one) { return one->epoch != changes->epoch; });
    release_held(step);
    if (step.updates.empty()) drop_denied();
    // The sweep may have seen more than this read, which was asked for before it.
    stored_seq_ =
        is_mutated(Mutant::heal_goes_back) ? changes->seq : std::max(stored_seq_, changes->seq);
    if (held_.empty()) known_seq_ = std::max(position_->seq, stored_seq_);
    return step;
}

// What was held when the read before this one came back and the store still does not have, it never
// will: this read was asked for after that.
void Room::drop_denied() {
    std::erase_if(held_, [&](const ChangesetPtr& one) { return one->seq <= denied_seq_; });
    denied_seq_ = 0;
    for (const ChangesetPtr& one : held_) denied_seq_ = std::max(denied_seq_, one->seq);
    if (held_.empty()) held_since_.reset();
}

void Room::rebase(const Position& position) {
    position_ = position;
    stored_seq_ = std::max(stored_seq_, position.seq);
    known_seq_ = std::max(known_seq_, position.seq);
    forget_recent();
    // What is newer still waits for what lies between.
    std::erase_if(held_, [&](const ChangesetPtr& one) { return one->seq <= position.seq; });
    if (held_.empty()) held_since_.reset();
}

std::optional<MonotonicTime> Room::heal_at() const {
    if (!position_) return std::nullopt;
    if (held_.empty()) {
        if (known_seq_ > position_->seq) return MonotonicTime{};
        return std::nullopt;
    }
    if (held_.size() >= room_held_changesets_max) return MonotonicTime{};
    return *held_since_ + room_held_ms;
}

std::optional<Changeset> Room::recent_since(Seq since) const {
    if (recent_.empty() || recent_.front()->prev > since) return std::nullopt;
    std::vector<ChangesetPtr> run;
    for (const ChangesetPtr& one : recent_) {
        if (one->seq > since) run.push_back(one);
    }
    if (run.empty()) return std::nullopt;
    return newer_than(merge(run), since);
}

Changeset Room::complete(Changeset catch_up) const {
    for (const ChangesetPtr& next : recent_) {
        if (next->epoch != catch_up.epoch || next->seq <= catch_up.seq) continue;
        if (next->prev > catch_up.seq) break;
        catch_up = merge(catch_up, *next);
    }
    return catch_up;
}

void Room::apply(const ChangesetPtr& changeset, Step& step) {
    position_->seq = changeset->seq;
    known_seq_ = std::max(known_seq_, changeset->seq);
    recent_.push_back(changeset);
    recent_bytes_ += bytes_of(*changeset);
    while (recent_.size() > room_recent_changesets_max || recent_bytes_ > room_recent_bytes_max) {
        recent_bytes_ -= bytes_of(*recent_.front());
        recent_.pop_front();
    }
    step.updates.push_back(changeset);
}

void Room::forget_recent() {
    recent_.clear();
    recent_bytes_ = 0;
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
    for (const ChangesetPtr& one : held_) {
        if (one->epoch == position_->epoch) known_seq_ = std::max(known_seq_, one->seq);
    }
}

}  // namespace parley
