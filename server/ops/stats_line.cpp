#include "ops/stats_line.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <cmath>

namespace parley {

namespace {

// One digit behind the point is all that anybody reads.
double rounded(double value) { return std::round(value * 10) / 10; }

double per_second(std::uint64_t earlier, std::uint64_t later, double seconds) {
    return rounded(static_cast<double>(later - earlier) / seconds);
}

double percentile_ms(const Histogram& values_us, double share) {
    return std::round(static_cast<double>(values_us.percentile(share)) / 10) / 100;
}

Histogram all_requests(const RequestStats& stats) {
    Histogram all;
    for (const RequestStats::Class& one : stats.classes) all.merge(one.took_us);
    return all;
}

}  // namespace

StatsLine stats_between(const InstanceStats& earlier, const InstanceStats& later) {
    StatsLine line;
    line.seconds = std::max(std::chrono::duration<double>(later.at - earlier.at).count(), 0.001);
    const Shard::Stats before = sum_of(earlier.server.shards);
    const Shard::Stats after = sum_of(later.server.shards);
    line.requests_per_s =
        per_second(earlier.server.requests.count(), later.server.requests.count(), line.seconds);
    line.deliveries_per_s =
        per_second(before.live.hub.deliveries, after.live.hub.deliveries, line.seconds);
    line.commits_per_s = per_second(earlier.writer.commits, later.writer.commits, line.seconds);
    line.commands_per_s = per_second(earlier.writer.commands, later.writer.commands, line.seconds);
    const std::uint64_t flushes = after.live.rooms.flushes - before.live.rooms.flushes;
    const std::uint64_t changesets = after.live.rooms.changesets - before.live.rooms.changesets;
    if (flushes > 0) {
        line.merged = rounded(static_cast<double>(changesets) / static_cast<double>(flushes));
    }
    line.request_us =
        all_requests(later.server.requests).since(all_requests(earlier.server.requests));
    line.commit_us = later.writer.commit_us.since(earlier.writer.commit_us);
    line.delivery_us = later.server.delivery_us.since(earlier.server.delivery_us);
    return line;
}

void log_stats_line(const StatsLine& line, const InstanceStats& now, const Health& health) {
    const Shard::Stats all = sum_of(now.server.shards);
    const auto lag = std::chrono::duration<double, std::milli>(worst_lag(now.loops)).count();
    const std::int64_t probe_age_ms = now.bus.probe_age ? now.bus.probe_age->count() : -1;
    log_event(LogLevel::info, "stats",
              {{"version", now.version},
               {"seconds", rounded(line.seconds)},
               {"ready", health.ready},
               {"connections", all.connections},
               {"readers", all.live.hub.connections},
               {"rooms", all.live.rooms.rooms},
               {"requests_per_s", line.requests_per_s},
               {"request_p50_ms", percentile_ms(line.request_us, 0.50)},
               {"request_p99_ms", percentile_ms(line.request_us, 0.99)},
               {"deliveries_per_s", line.deliveries_per_s},
               {"delivery_p50_ms", percentile_ms(line.delivery_us, 0.50)},
               {"delivery_p99_ms", percentile_ms(line.delivery_us, 0.99)},
               {"merged", line.merged},
               {"commits_per_s", line.commits_per_s},
               {"commands_per_s", line.commands_per_s},
               {"commit_p50_ms", percentile_ms(line.commit_us, 0.50)},
               {"commit_p99_ms", percentile_ms(line.commit_us, 0.99)},
               {"commands_queued", now.writer.queued},
               {"reads_queued", now.readers.queued + now.live_readers.queued},
               {"passwords_queued", now.passwords_queued},
               {"loop_lag_ms", rounded(lag)},
               {"store", health.store && health.writer ? "up" : "down"},
               {"bus", to_string(now.bus.state)},
               {"bus_probe_age_ms", probe_age_ms},
               {"resident_bytes", now.process.resident_bytes},
               {"open_descriptors", now.process.open_descriptors}});
}

}  // namespace parley
