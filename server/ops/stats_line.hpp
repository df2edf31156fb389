#pragma once

#include "ops/health.hpp"
#include "ops/instance_stats.hpp"

namespace parley {

// What happened between two moments of one instance, as the event `stats` tells it.
struct StatsLine {
    double seconds = 0;  // between the two
    double requests_per_s = 0;
    double deliveries_per_s = 0;
    double commits_per_s = 0;
    double commands_per_s = 0;
    double merged = 0;  // changesets for each update that was sent; 0 where none was
    Histogram request_us;
    Histogram commit_us;
    Histogram delivery_us;
};
[[nodiscard]] StatsLine stats_between(const InstanceStats& earlier, const InstanceStats& later);

// Writes the event.
void log_stats_line(const StatsLine& line, const InstanceStats& now, const Health& health);

}  // namespace parley
