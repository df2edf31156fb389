#include "ops/instance_stats.hpp"

#include <algorithm>

namespace parley {

Shard::Stats sum_of(const std::vector<Shard::Stats>& shards) {
    Shard::Stats sum;
    for (const Shard::Stats& one : shards) {
        sum.connections += one.connections;
        sum.live.dead += one.live.dead;
        const Hub::Stats& hub = one.live.hub;
        sum.live.hub.connections += hub.connections;
        sum.live.hub.subscriptions += hub.subscriptions;
        sum.live.hub.frames_queued += hub.frames_queued;
        sum.live.hub.deliveries += hub.deliveries;
        sum.live.hub.overflows += hub.overflows;
        sum.live.hub.catch_ups += hub.catch_ups;
        sum.live.hub.reloads += hub.reloads;
        const Rooms::Stats& rooms = one.live.rooms;
        sum.live.rooms.rooms += rooms.rooms;
        sum.live.rooms.changesets += rooms.changesets;
        sum.live.rooms.flushes += rooms.flushes;
        sum.live.rooms.heals += rooms.heals;
        sum.live.rooms.store_reads += rooms.store_reads;
        sum.live.rooms.catch_ups += rooms.catch_ups;
        sum.live.rooms.restarts += rooms.restarts;
    }
    return sum;
}

std::chrono::microseconds worst_lag(const std::vector<Server::Loop>& loops) {
    std::chrono::microseconds worst{0};
    for (const Server::Loop& loop : loops) worst = std::max({worst, loop.lag.last, loop.lag.now});
    return worst;
}

std::string_view to_string(Bus::State state) noexcept {
    switch (state) {
        case Bus::State::local: return "local";
        case Bus::State::down: return "down";
        case Bus::State::up: return "up";
    }
    return "down";
}

}  // namespace parley
