#include "live/remote_presence.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace parley {

bool RemotePresence::on_told(const std::string& instance, const DiscussionId& discussion,
                             std::uint32_t readers, MonotonicTime now) {
    const std::uint32_t before = this->readers(discussion);
    const auto told = discussions_.find(discussion);
    if (told != discussions_.end()) {
        const auto known = told->second.find(instance);
        if (known != told->second.end()) erase(known->second);
    }
    const bool strange = !instances_.contains(instance);
    const bool full = entries_.size() >= presence_entries_count_max ||
                      (strange && instances_.size() >= presence_instances_count_max);
    if (readers > 0 && !full) {
        entries_.push_back({instance, discussion, readers, now});
        discussions_[discussion][instance] = std::prev(entries_.end());
        ++instances_[instance];
    }
    return this->readers(discussion) != before;
}

std::vector<DiscussionId> RemotePresence::forget(MonotonicTime now) {
    std::vector<DiscussionId> changed;
    while (!entries_.empty() && now - entries_.front().told_at >= presence_forget_ms) {
        changed.push_back(entries_.front().discussion);
        erase(entries_.begin());
    }
    return changed;
}

std::optional<MonotonicTime> RemotePresence::next_due() const {
    if (entries_.empty()) return std::nullopt;
    return entries_.front().told_at + presence_forget_ms;
}

std::uint32_t RemotePresence::readers(const DiscussionId& discussion) const {
    const auto told = discussions_.find(discussion);
    if (told == discussions_.end()) return 0;
    std::uint64_t sum = 0;
    for (const auto& [instance, entry] : told->second) sum += entry->readers;
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
}

void RemotePresence::erase(Entries::iterator entry) {
    const auto told = discussions_.find(entry->discussion);
    told->second.erase(entry->instance);
    if (told->second.empty()) discussions_.erase(told);
    const auto instance = instances_.find(entry->instance);
    if (--instance->second == 0) instances_.erase(instance);
    entries_.erase(entry);
}

}  // namespace parley
