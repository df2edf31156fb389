#pragma once

#include "ops/health.hpp"
#include "ops/instance_stats.hpp"

#include <string>

namespace parley {

// The figures of one instance in Prometheus' text format (version 0.0.4). Pure.
[[nodiscard]] std::string render_metrics(const InstanceStats& stats, const Health& health);

}  // namespace parley
