#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "discussion/types.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace parley {

// How many read a discussion on other instances: the last number that each of them told, forgotten
// where it was not told again within presence_forget_ms. Holds at most presence_entries_count_max
// numbers of presence_instances_count_max instances; what is over that is not heard. Pure.
class RemotePresence {
public:
    // True where the sum of that discussion is another one now.
    bool on_told(const std::string& instance, const DiscussionId& discussion, std::uint32_t readers,
                 MonotonicTime now);
    // Forgets what is too old: the discussions whose sums are other ones now.
    [[nodiscard]] std::vector<DiscussionId> forget(MonotonicTime now);
    // When the next number is too old.
    [[nodiscard]] std::optional<MonotonicTime> next_due() const;

    [[nodiscard]] std::uint32_t readers(const DiscussionId& discussion) const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::string instance;
        DiscussionId discussion;
        std::uint32_t readers = 0;
        MonotonicTime told_at{};
    };
    using Entries = std::list<Entry>;                       // the oldest first
    using Told = std::map<std::string, Entries::iterator>;  // by instance

    void erase(Entries::iterator entry);

    Entries entries_;
    std::map<DiscussionId, Told> discussions_;
    std::map<std::string, std::size_t> instances_;  // how many entries are theirs
};

}  // namespace parley
