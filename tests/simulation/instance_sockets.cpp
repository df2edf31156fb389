#include "instance_shard.hpp"

#include <algorithm>
#include <array>

namespace parley::simulation {

namespace {

constexpr std::size_t pieces_max = 16;
constexpr Duration latency_min{100};
constexpr Duration latency_max{3'000};

}  // namespace

void Instance::accept(const LinkPtr& link) {
    if (!alive_) {
        link->open = false;
        world_.time.after(latency_max, [link] { link->on_closed(); });
        return;
    }
    std::erase_if(links_, [](const LinkPtr& one) { return !one->open; });
    links_.push_back(link);
    link->shard = static_cast<ShardIndex>(world_.random.below(shards_.size()));
    link->last_departure = world_.now() + world_.random.between(latency_min, latency_max);
    run(link->last_departure, [this, link] {
        if (!link->open) return;
        Shard& shard = *shards_[link->shard];
        link->id = shard.hub.connect(link->form);
        shard.links[link->id.index] = link;
    });
}

void Instance::receive(const LinkPtr& link, std::function<void(Hub&)> message) {
    if (!alive_ || !link->open) return;
    link->last_departure = std::max(link->last_departure,
                                    world_.now() + world_.random.between(latency_min, latency_max));
    run(link->last_departure, [this, link, message = std::move(message)] {
        Shard& shard = *shards_[link->shard];
        const auto found = shard.links.find(link->id.index);
        if (found == shard.links.end() || found->second != link) return;
        message(shard.hub);
        turn(link->shard);
    });
}

void Instance::close(const LinkPtr& link) {
    receive(link, [this, link](Hub& hub) {
        hub.disconnect(link->id);
        shards_[link->shard]->links.erase(link->id.index);
    });
    link->open = false;
}

void Instance::wake(const LinkPtr& link) {
    if (!alive_) return;
    run(world_.now(), [this, link] {
        Shard& shard = *shards_[link->shard];
        const auto found = shard.links.find(link->id.index);
        if (found == shard.links.end() || found->second != link) return;
        pump(shard, link);
        turn(link->shard);
    });
}

void Instance::pump(Shard& shard, const LinkPtr& link) {
    if (!link->open) return;
    const auto retry_at = [&](MonotonicTime at) {
        if (std::exchange(link->retry_planned, true)) return;
        run(at, [this, link] {
            link->retry_planned = false;
            Shard& mine = *shards_[link->shard];
            const auto found = mine.links.find(link->id.index);
            if (found == mine.links.end() || found->second != link) return;
            pump(mine, link);
            turn(link->shard);
        });
    };
    if (world_.now() < link->blocked_until) return retry_at(link->blocked_until);
    const std::size_t queued = shard.hub.queued_bytes(link->id);
    house_.check_queued(queued);
    std::string bytes;
    const bool is_slow = link->bytes_per_turn > 0;
    std::size_t budget = is_slow ? link->bytes_per_turn : std::string::npos;
    std::array<std::string_view, pieces_max> pieces;
    while (budget > 0) {
        const std::size_t count = shard.hub.gather(link->id, pieces);
        if (count == 0) break;
        std::size_t taken = 0;
        for (std::size_t i = 0; i < count && budget > 0; ++i) {
            const std::size_t size = std::min(budget, pieces[i].size());
            if (size < pieces[i].size()) world_.fired(Fault::partial_frame);
            house_.note_current(*link, pieces[i], link->sent_bytes + taken);
            bytes += pieces[i].substr(0, size);
            budget -= size;
            taken += size;
        }
        link->sent_bytes += taken;
        shard.hub.sent(link->id, taken);
    }
    if (!bytes.empty()) deliver(link, std::move(bytes));
    if (link->is_finishing && shard.hub.queued_bytes(link->id) == 0) return finish(shard, link);
    if (budget > 0) return;
    world_.fired(Fault::slow_reader);
    link->blocked_until = world_.now() + link->pause;
    retry_at(link->blocked_until);
}

// The server closes; the client sees it after all that was sent.
void Instance::finish(Shard& shard, const LinkPtr& link) {
    world_.fired(Fault::stream_ended);
    shard.hub.disconnect(link->id);
    shard.links.erase(link->id.index);
    world_.time.at(std::max(link->last_arrival, world_.now() + latency_min), [link] {
        if (std::exchange(link->open, false)) link->on_closed();
    });
}

void Instance::deliver(const LinkPtr& link, std::string bytes) {
    link->last_arrival = std::max(link->last_arrival,
                                  world_.now() + world_.random.between(latency_min, latency_max));
    world_.time.at(link->last_arrival, [link, bytes = std::move(bytes)] {
        if (link->open) link->on_bytes(bytes);
    });
}

}  // namespace parley::simulation
