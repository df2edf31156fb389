#pragma once

// Private to instance*.cpp.

#include "house.hpp"
#include "instance.hpp"

#include <map>

namespace parley::simulation {

// A shard: the rooms it is home of, its readers, and what both ask of it.
struct Instance::Shard final : Rooms::Port, Hub::Port {
    Shard(Instance& owner, ShardIndex shard_index, const Limits& limits);

    void read_position(const RoomTicket& room) override;
    void read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) override;
    void to_hub(ToHub message) override;
    void tell_presence(const DiscussionId& /*discussion*/, std::uint32_t /*readers*/) override {
        instance.world_.fail("rooms without other instances told them something");
    }
    void to_room(ToRoom message) override;
    void wake(ConnectionId connection) override { woken.push_back(connection.index); }
    void refuse(ConnectionId connection) override { refused.push_back(connection.index); }
    void finish(ConnectionId connection) override { finished.push_back(connection.index); }

    // Rooms that went and came, and what the hub had to drop, since the last call.
    void count_changes();

    Instance& instance;
    ShardIndex index;
    Rooms rooms;
    Hub hub;
    std::unordered_map<std::uint32_t, LinkPtr> links;
    // Of a room's life: whether it knows its position, and when the last sweep that it took notice
    // of was asked for.
    struct Life {
        std::uint64_t generation = 0;
        bool has_position = false;
        MonotonicTime last_sweep{};
    };
    std::map<DiscussionId, Life> lives;
    std::vector<std::uint32_t> woken;
    std::vector<std::uint32_t> refused;
    std::vector<std::uint32_t> finished;
    std::optional<MonotonicTime> armed;
    std::size_t rooms_seen = 0;
    bool closed_one = false;
    std::uint64_t overflows_seen = 0;
    MonotonicTime last_turn{};
    int turns_without_time = 0;
};

}  // namespace parley::simulation
