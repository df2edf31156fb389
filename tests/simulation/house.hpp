#pragma once

#include "instance.hpp"
#include "link.hpp"
#include "store_model.hpp"
#include "world.hpp"

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace parley::simulation {

// How badly things go at the moment: probabilities and bounds, set anew for each phase.
struct Weather {
    double bus_delay = 0;
    double bus_loss = 0;
    double bus_duplicate = 0;
    bool bus_dead = false;
    bool bus_hints = false;  // some changesets travel as hints
    bool sweep_fails = false;
    double read_failure = 0;
    Duration read_max{10'000};
    double publish_delay = 0;
    double publish_never = 0;  // the instance dies first
    double stale_window = 0;
    double answer_loss = 0;
    Duration answer_delay{0};
    Duration mailbox_max{200};
    std::uint32_t crowd = 1;  // each reader counts as so many
};

// The instances, what connects them, and the store behind them.
class House {
public:
    House(World& world, std::size_t discussions_count, std::size_t instances_count,
          std::uint32_t outbox_bytes_max);

    World& world;
    StoreModel store;
    Weather weather;
    Limits limits;
    Decoder decoder;

    [[nodiscard]] std::size_t instances_count() const { return instances_.size(); }
    [[nodiscard]] Instance& instance(std::size_t index) { return *instances_[index]; }
    [[nodiscard]] std::size_t any_instance() { return world.random.below(instances_.size()); }

    // Work at an instance on a client's behalf; `done` tells whether it was done and answered.
    void request(std::size_t instance, Task work, std::function<void(bool)> done);
    // A write: committed, told to the instance's own room and published.
    [[nodiscard]] Answer write(std::size_t instance, const Command& command);
    // A window as some cache, or the store, has it.
    [[nodiscard]] WireWindow read_window(const DiscussionId& discussion, const WindowQuery& query,
                                         const std::optional<Position>& at_least);

    void kill(std::size_t instance);
    // What was broken runs again; the weather is the caller's.
    void mend();
    // After each phase: what the hubs and rooms counted.
    void count_stats();

    // What the message says is compared with what was true.
    [[nodiscard]] MessagePtr read_message(std::string_view payload);
    // A room says that it has everything: all that was committed before its last sweep was asked
    // for, which may be no older than current_sweep_age_ms.
    void check_current(const DiscussionId& discussion, const Frame& frame,
                       MonotonicTime last_sweep);
    // The frame that such a piece of a stream begins, if it is a `current`, is remembered.
    void note_current(Link& link, std::string_view piece, std::uint64_t offset) const;
    // After everybody has left for longer than rooms wait for them.
    void check_nobody_is_served() const;
    // Memory: an outbox holds no more than it may, but for one frame.
    void check_queued(std::size_t bytes) const;
    void note_frame(const Frame& frame) {
        if (frame) largest_frame_bytes_ = std::max(largest_frame_bytes_, frame->plain.size());
    }
    void check_claim(const DiscussionId& discussion, const Position& claimed,
                     MonotonicTime proven_at, const char* by) const;

private:
    void publish(std::size_t from, const ChangesetPtr& changeset);
    void carry(std::size_t to, const ChangesetPtr& changeset);
    void verify(const Message& message);

    std::vector<std::unique_ptr<Instance>> instances_;
    std::uint64_t published_ = 0;
    std::vector<std::uint64_t> newest_delivered_;
    // Kept, so that no other frame comes to lie at their place.
    struct Current {
        Frame frame;
        MonotonicTime proven_at;
    };
    std::unordered_map<const char*, Current> currents_;
    struct Request;
    std::vector<std::weak_ptr<Request>> requests_;
    std::size_t largest_frame_bytes_ = 0;
};

}  // namespace parley::simulation
