#pragma once

#include "wire.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace parley::simulation {

// Behind everything below `key`; behind everything at all for the empty key.
[[nodiscard]] inline Key end_of(Key key) {
    key.push_back(std::numeric_limits<int>::max());
    return key;
}

// Which stretches of the display order a page has loaded: disjoint, in order, both ends included.
// A key's own order is the display order: a parent comes before its replies.
class Ranges {
public:
    void add(Key from, Key to) {
        std::vector<Range> apart;
        for (Range& range : ranges_) {
            if (range.to < from || to < range.from) {
                apart.push_back(std::move(range));
                continue;
            }
            from = std::min(from, range.from);
            to = std::max(to, range.to);
        }
        apart.push_back({std::move(from), std::move(to)});
        std::sort(apart.begin(), apart.end(),
                  [](const Range& a, const Range& b) { return a.from < b.from; });
        ranges_ = std::move(apart);
    }
    [[nodiscard]] bool has(const Key& key) const {
        return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
            return range.from <= key && key <= range.to;
        });
    }
    [[nodiscard]] std::size_t count() const { return ranges_.size(); }

private:
    struct Range {
        Key from;
        Key to;
    };
    std::vector<Range> ranges_;
};

}  // namespace parley::simulation
