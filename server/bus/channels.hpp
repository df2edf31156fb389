#pragma once

#include "base/limits.hpp"
#include "discussion/types.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// The channels of one installation: partitions, over which discussions are spread, and behind them
// one for what is about no discussion. Every instance is subscribed to all of them, so that nobody
// subscribes to anything when a reader comes.
inline constexpr std::size_t bus_control_channel = bus_partitions_count;
inline constexpr std::size_t bus_channels_count = bus_partitions_count + 1;

// "parley:0f3a…:7" and "parley:0f3a…:control".
[[nodiscard]] inline std::vector<std::string> channel_names(std::string_view prefix,
                                                            std::string_view installation) {
    const std::string stem = std::string(prefix) + ":" + std::string(installation) + ":";
    std::vector<std::string> names;
    names.reserve(bus_channels_count);
    for (std::size_t i = 0; i < bus_partitions_count; ++i) {
        names.push_back(stem + std::to_string(i));
    }
    names.push_back(stem + "control");
    return names;
}

// The partition of a discussion: the same in every process, whatever built it (FNV-1a).
[[nodiscard]] inline std::size_t partition_of(const DiscussionId& discussion) {
    std::uint64_t hash = 14'695'981'039'346'656'037U;
    for (const char c : discussion.value) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1'099'511'628'211U;
    }
    return static_cast<std::size_t>(hash % bus_partitions_count);
}

}  // namespace parley
