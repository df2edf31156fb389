#pragma once

#include "link.hpp"
#include "live/hub.hpp"
#include "live/rooms.hpp"
#include "world.hpp"

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace parley::simulation {

class House;

// One server process: two shards, the mailboxes between them, the sweep. It can be paused, killed
// and started again.
class Instance {
public:
    Instance(House& house, std::size_t index);
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    [[nodiscard]] bool is_alive() const { return alive_; }
    void start();
    void kill();
    void pause(Duration time);
    void resume();

    // Does `task` as soon as it is time and the process runs; never, if it dies before that.
    void run(MonotonicTime at, Task task);
    [[nodiscard]] std::uint64_t life() const { return life_; }

    void on_changeset(const std::shared_ptr<const Changeset>& changeset);
    void on_hint(const DiscussionId& discussion, const Position& position);

    // Sockets. Messages of a client arrive in order.
    void accept(const LinkPtr& link);
    void receive(const LinkPtr& link, std::function<void(Hub&)> message);
    void close(const LinkPtr& link);
    // Its socket takes bytes again.
    void wake(const LinkPtr& link);
    void count_stats();
    void check_nobody_is_served() const;

private:
    struct Shard;
    friend struct Shard;
    // Messages between two shards keep their order.
    struct Mailbox {
        std::deque<Task> tasks;
        MonotonicTime last{};
    };

    [[nodiscard]] ShardIndex home_of(const DiscussionId& discussion) const;
    void post(ShardIndex from, ShardIndex to, Task task);
    void turn(ShardIndex shard);
    void arm(ShardIndex shard);
    void pump(Shard& shard, const LinkPtr& link);
    void finish(Shard& shard, const LinkPtr& link);
    void deliver(const LinkPtr& link, std::string bytes);
    void plan_sweep(Duration delay);
    void sweep();
    // Reads the store: `read` at some instant, `answered` later.
    void read_store(std::function<void(bool is_readable)> read, Task answered);

    House& house_;
    World& world_;
    std::size_t index_;
    bool alive_ = false;
    std::uint64_t life_ = 0;
    std::optional<MonotonicTime> paused_until_;
    std::vector<Task> deferred_;
    Epoch first_epoch_;  // for the mutant that reads it once
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<Mailbox> mailboxes_;
    std::vector<LinkPtr> links_;  // all that were opened and are not closed
};

}  // namespace parley::simulation
