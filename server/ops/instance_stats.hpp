#pragma once

#include "bus/bus.hpp"
#include "net/server.hpp"
#include "ops/process_stats.hpp"
#include "store/reader_pool.hpp"
#include "store/writer.hpp"

#include <string>
#include <vector>

namespace parley {

// Everything that is known of a running instance at one moment, as values.
struct InstanceStats {
    MonotonicTime at{};
    std::string version;
    bool draining = false;
    Server::Stats server;
    std::vector<Server::Loop> loops;
    Writer::Stats writer;
    ReaderPool::Stats readers;
    ReaderPool::Stats live_readers;
    std::size_t passwords_queued = 0;
    std::size_t frames_bytes = 0;  // memory of frames that wait, counted once
    Bus::Stats bus;
    LogStats log;
    ProcessStats process;
};

// The shards' figures together.
[[nodiscard]] Shard::Stats sum_of(const std::vector<Shard::Stats>& shards);
// The worst of the event loops.
[[nodiscard]] std::chrono::microseconds worst_lag(const std::vector<Server::Loop>& loops);

[[nodiscard]] std::string_view to_string(Bus::State state) noexcept;

}  // namespace parley
