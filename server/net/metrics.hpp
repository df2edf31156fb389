#pragma once

#include "live/hub.hpp"
#include "store/writer.hpp"

#include <string>

namespace parley {

// The numbers of one instance in Prometheus' text format (version 0.0.4).
[[nodiscard]] std::string render_metrics(const Hub::Stats& hub, const Writer::Stats& writer,
                                         std::size_t connections);

}  // namespace parley
