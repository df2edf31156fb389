#include "net/changeset_inbox.hpp"

#include "base/limits.hpp"
#include "protocol/wire.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

// Busy rooms are few; for more than these the loop is simply woken.
constexpr std::size_t promises_count_max = 64;

}  // namespace

bool ChangesetInbox::put(ChangesetPtr changeset, MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    const auto promised = promises_.find(changeset->discussion);
    waiting_bytes_ += expected_bytes(changeset->comments);
    const bool may_wait =
        promised != promises_.end() && now < promised->second && !changeset->takes_text_away &&
        waiting_.size() < inbox_unread_changesets_max && waiting_bytes_ < inbox_unread_bytes_max;
    waiting_.push_back({std::move(changeset), now});
    if (may_wait || wake_pending_) return false;
    wake_pending_ = true;
    return true;
}

std::vector<ChangesetInbox::Arrival> ChangesetInbox::take() {
    const std::lock_guard lock(mutex_);
    wake_pending_ = false;
    waiting_bytes_ = 0;
    return std::exchange(waiting_, {});
}

void ChangesetInbox::promise(const DiscussionId& discussion, MonotonicTime until) {
    const std::lock_guard lock(mutex_);
    if (promises_.size() >= promises_count_max && !promises_.contains(discussion)) return;
    promises_[discussion] = until;
}

std::optional<MonotonicTime> ChangesetInbox::first_promise(MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    const auto kept =
        std::erase_if(promises_, [&](const auto& promise) { return promise.second <= now; });
    // Somebody may have relied on one of them who read the clock before and came after take().
    if (kept > 0 && !waiting_.empty() && !wake_pending_) return now;
    std::optional<MonotonicTime> first;
    for (const auto& [discussion, until] : promises_)
        first = std::min(first.value_or(until), until);
    return first;
}

}  // namespace parley
