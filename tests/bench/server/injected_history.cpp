#include "bench/server/injected_history.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace parley::bench {

namespace {

// Further back nobody may ask: a catch-up of comments is refused over catch_up_comments_max.
constexpr std::size_t kept_changesets_max = 4'096;

using ChangesetPtr = std::shared_ptr<const Changeset>;

// By halves, because merging one by one would copy the first again each time.
Changeset merge_all(std::span<const ChangesetPtr> parts) {
    if (parts.size() == 1) return *parts.front();
    const std::size_t half = parts.size() / 2;
    return merge(merge_all(parts.first(half)), merge_all(parts.subspan(half)));
}

}  // namespace

void InjectedHistory::begin(const DiscussionId& discussion, const Position& position) {
    const std::lock_guard lock(mutex_);
    discussion_ = discussion;
    position_ = position;
    changesets_.clear();
}

void InjectedHistory::add(ChangesetPtr changeset) {
    const std::lock_guard lock(mutex_);
    position_.seq = changeset->seq;
    changesets_.push_back(std::move(changeset));
    if (changesets_.size() > kept_changesets_max) changesets_.pop_front();
}

bool InjectedHistory::is_about(const DiscussionId& discussion) const {
    return discussion_ == discussion && !changesets_.empty();
}

std::optional<Position> InjectedHistory::position_of(const DiscussionId& discussion) const {
    const std::lock_guard lock(mutex_);
    if (!is_about(discussion)) return std::nullopt;
    return position_;
}

std::optional<result<Changeset>> InjectedHistory::changes_since(const DiscussionId& discussion,
                                                                const std::optional<Epoch>& epoch,
                                                                Seq since) const {
    std::vector<ChangesetPtr> parts;
    {
        const std::lock_guard lock(mutex_);
        if (!is_about(discussion)) return std::nullopt;
        const bool known = (!epoch || *epoch == position_.epoch) && since <= position_.seq &&
                           since >= changesets_.front()->prev;
        if (!known) return make_error(Errc::precondition_too_far);
        for (const ChangesetPtr& one : changesets_) {
            if (one->seq > since) parts.push_back(one);
        }
        if (parts.empty()) {
            Changeset nothing;
            nothing.discussion = discussion_;
            nothing.epoch = position_.epoch;
            nothing.prev = since;
            nothing.seq = position_.seq;
            return nothing;
        }
    }
    std::size_t comments = 0;
    for (const ChangesetPtr& one : parts) comments += one->comments.size();
    if (comments > catch_up_comments_max) return make_error(Errc::precondition_too_far);
    Changeset merged = merge_all(parts);
    merged.prev = std::min(merged.prev, since);
    return merged;
}

}  // namespace parley::bench
