#pragma once

#include "base/limits.hpp"
#include "protocol/bus_message.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace parley {

// What was taken from buckets of rates and is still to be told, in sum. One thread at a time.
class SpentSums {
public:
    // True where it must be told now, before any more is added.
    [[nodiscard]] bool add(std::uint8_t kind, std::string_view key) {
        ++sums_[{kind, std::string(key)}];
        return sums_.size() >= rates_told_count_max;
    }
    [[nodiscard]] BusSpent take() {
        BusSpent spent;
        for (const auto& [bucket, count] : std::exchange(sums_, {})) {
            spent.buckets.push_back({bucket.first, bucket.second, count});
        }
        return spent;
    }
    [[nodiscard]] bool empty() const { return sums_.empty(); }

private:
    std::map<std::pair<std::uint8_t, std::string>, std::uint32_t> sums_;
};

}  // namespace parley
