#pragma once

#include "net/shard.hpp"
#include "service/snapshots.hpp"
#include "store/writer.hpp"

#include <span>
#include <string>

namespace parley {

// The numbers of one instance, summed over its shards, in Prometheus' text format (version 0.0.4).
[[nodiscard]] std::string render_metrics(std::span<const Shard::Stats> shards,
                                         const Writer::Stats& writer,
                                         const Snapshots::Stats& snapshots);

}  // namespace parley
