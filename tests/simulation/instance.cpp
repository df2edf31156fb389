#include "instance.hpp"

#include "base/mutants.hpp"
#include "instance_shard.hpp"

#include <algorithm>

namespace parley::simulation {

namespace {

constexpr ShardIndex shards_count = 2;
constexpr milliseconds sweep_interval{500};
constexpr Duration latency_max{3'000};

// Its deflate state is what takes time to make, so that all share one.
FrameEncoder& shared_encoder() {
    static FrameEncoder encoder;
    return encoder;
}

}  // namespace

Instance::Shard::Shard(Instance& owner, ShardIndex shard_index, const Limits& limits)
    : instance(owner),
      index(shard_index),
      rooms(*this, shared_encoder(), Rooms::Settings{}),
      hub(*this, shared_encoder(), limits, shard_index) {}

void Instance::Shard::to_hub(ToHub message) {
    House& house = instance.house_;
    if (const auto* notice = std::get_if<Notice>(&message.what)) {
        house.check_current(message.discussion, notice->frame,
                            lives[message.discussion].last_sweep);
    } else if (const auto* greeting = std::get_if<Greeting>(&message.what)) {
        if (greeting->current) {
            house.check_current(message.discussion, greeting->current,
                                lives[message.discussion].last_sweep);
        }
    } else if (std::holds_alternative<TooFar>(message.what)) {
        instance.world_.fired(Fault::too_far);
    } else if (const auto* update = std::get_if<Updated>(&message.what)) {
        house.note_frame(update->frame);
        if (update->current) {
            house.check_current(message.discussion, update->current,
                                lives[message.discussion].last_sweep);
        }
    } else if (const auto* catch_up = std::get_if<CaughtUp>(&message.what)) {
        house.note_frame(catch_up->frame);
    }
    const ShardIndex to = message.watch.shard;
    instance.post(index, to, [this, to, message = std::move(message)] {
        instance.shards_[to]->hub.on_message(message);
    });
}

void Instance::Shard::to_room(ToRoom message) {
    if (auto* watch = std::get_if<Watch>(&message.what)) {
        watch->readers *= instance.house_.weather.crowd;
    }
    const ShardIndex home = instance.home_of(message.discussion);
    instance.post(index, home, [this, home, message = std::move(message)] {
        instance.shards_[home]->rooms.on_message(message, instance.world_.now());
    });
}

void Instance::Shard::read_position(const RoomTicket& room) {
    Life& life = lives[room.discussion];
    if (life.generation != room.generation) life = {room.generation, false, {}};
    auto answer = std::make_shared<result<std::optional<Position>>>(std::optional<Position>{});
    instance.read_store(
        [this, room, answer](bool is_readable) {
            const History* history = instance.house_.store.history(room.discussion);
            if (!is_readable) *answer = make_error(Errc::unavailable);
            else if (history != nullptr) *answer = std::optional(history->position());
            if (is_mutated(Mutant::epoch_read_once) && answer->has_value() && **answer) {
                (**answer)->epoch = instance.first_epoch_;
            }
        },
        [this, room, answer] {
            Life& mine = lives[room.discussion];
            if (mine.generation == room.generation && answer->has_value()) {
                mine.has_position = true;
            }
            rooms.on_position(room, *answer, instance.world_.now());
            instance.turn(index);
        });
}

void Instance::Shard::read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) {
    auto answer = std::make_shared<result<Changeset>>(make_error(Errc::unavailable));
    const StoreModel& store = instance.house_.store;
    instance.read_store(
        [this, room, epoch, since, answer, &store](bool is_readable) {
            if (!is_readable) return;
            const bool once = is_mutated(Mutant::epoch_read_once);
            *answer = store.changes_since(room.discussion, once ? store.epoch() : epoch, since);
            if (once && answer->has_value()) (*answer)->epoch = instance.first_epoch_;
        },
        [this, room, since, answer, &store] {
            if (is_mutated(Mutant::rows_before_seq) && answer->has_value()) {
                (*answer)->seq = std::max((*answer)->seq, store.history(room.discussion)->seq);
            }
            rooms.on_changes(room, since, std::move(*answer), instance.world_.now());
            instance.turn(index);
        });
}

void Instance::Shard::count_changes() {
    World& world = instance.world_;
    const std::size_t rooms_now = rooms.stats().rooms;
    if (rooms_now < rooms_seen) world.fired(Fault::room_closed);
    if (rooms_now > rooms_seen && closed_one) world.fired(Fault::room_reopened);
    closed_one = closed_one || rooms_now < rooms_seen;
    rooms_seen = rooms_now;
    const std::uint64_t overflows_now = hub.stats().overflows;
    if (overflows_now > overflows_seen) {
        world.fired(Fault::conflated);
        if (FrameEncoder::alive_bytes() > live_frames_bytes_max) {
            world.fired(Fault::memory_pressed);
        }
    }
    overflows_seen = overflows_now;
}

Instance::Instance(House& house, std::size_t index)
    : house_(house), world_(house.world), index_(index) {}

Instance::~Instance() = default;

void Instance::start() {
    if (alive_) return;
    world_.trace([&] { return "instance " + std::to_string(index_) + " starts"; });
    alive_ = true;
    ++life_;
    paused_until_.reset();
    first_epoch_ = house_.store.epoch();
    mailboxes_.assign(std::size_t{shards_count} * shards_count, {});
    for (ShardIndex i = 0; i < shards_count; ++i) {
        shards_.push_back(std::make_unique<Shard>(*this, i, house_.limits));
    }
    plan_sweep(world_.random.between(Duration{0}, sweep_interval));
}

void Instance::kill() {
    if (!alive_) return;
    world_.trace([&] { return "instance " + std::to_string(index_) + " dies"; });
    world_.fired(Fault::instance_died);
    alive_ = false;
    ++life_;
    deferred_.clear();
    for (const auto& shard : shards_) shard->count_changes();
    for (const LinkPtr& link : std::exchange(links_, {})) {
        if (!std::exchange(link->open, false)) continue;
        world_.time.after(world_.random.between(Duration{100}, latency_max),
                          [link] { link->on_closed(); });
    }
    shards_.clear();
}

void Instance::pause(Duration time) {
    if (!alive_ || paused_until_) return;
    world_.fired(Fault::instance_paused);
    world_.trace([&] { return "instance " + std::to_string(index_) + " is paused"; });
    paused_until_ = world_.now() + time;
    world_.time.after(time, [this, life = life_] {
        if (life == life_) resume();
    });
}

void Instance::resume() {
    if (!paused_until_) return;
    paused_until_.reset();
    const std::uint64_t life = life_;
    for (Task& task : std::exchange(deferred_, {})) {
        if (life == life_) task();
    }
}

void Instance::run(MonotonicTime at, Task task) {
    world_.time.at(at, [this, life = life_, task = std::move(task)] {
        if (life != life_) return;
        if (paused_until_) deferred_.push_back(task);
        else task();
    });
}

ShardIndex Instance::home_of(const DiscussionId& discussion) const {
    return static_cast<ShardIndex>(discussion.value.back()) % shards_count;
}

void Instance::post(ShardIndex from, ShardIndex to, Task task) {
    Mailbox& box = mailboxes_[from * shards_count + to];
    box.tasks.push_back(std::move(task));
    const Duration delay = world_.random.between(Duration{0}, house_.weather.mailbox_max);
    if (delay > milliseconds(10)) world_.fired(Fault::mailbox_slow);
    box.last = std::max(box.last, world_.now() + delay);
    run(box.last, [this, from, to] {
        Mailbox& mine = mailboxes_[from * shards_count + to];
        const Task next = std::move(mine.tasks.front());
        mine.tasks.pop_front();
        next();
        turn(to);
    });
}

void Instance::on_changeset(const std::shared_ptr<const Changeset>& changeset) {
    // Whichever shard had it hands it to the room's home.
    const auto from = static_cast<ShardIndex>(world_.random.below(shards_count));
    const ShardIndex home = home_of(changeset->discussion);
    post(from, home,
         [this, home, changeset] { shards_[home]->rooms.on_changeset(changeset, world_.now()); });
}

void Instance::on_hint(const DiscussionId& discussion, const Position& position) {
    const auto from = static_cast<ShardIndex>(world_.random.below(shards_count));
    const ShardIndex home = home_of(discussion);
    post(from, home, [this, home, discussion, position] {
        shards_[home]->rooms.on_hint(discussion, position, world_.now());
    });
}

void Instance::check_nobody_is_served() const {
    for (const auto& shard : shards_) {
        if (shard->rooms.stats().rooms > 0) world_.fail("a room stays for nobody");
        if (shard->hub.listed_count() > 0) world_.fail("a hub keeps readers who left");
    }
}

void Instance::turn(ShardIndex index) {
    Shard& shard = *shards_[index];
    for (const std::uint32_t number : std::exchange(shard.woken, {})) {
        const auto found = shard.links.find(number);
        if (found != shard.links.end()) pump(shard, LinkPtr(found->second));
    }
    for (const std::uint32_t number : std::exchange(shard.refused, {})) {
        const auto found = shard.links.find(number);
        if (found == shard.links.end()) continue;
        const LinkPtr link = found->second;
        shard.hub.disconnect(link->id);
        shard.links.erase(found);
        link->open = false;
        world_.time.after(latency_max, [link] { link->on_closed(); });
    }
    for (const std::uint32_t number : std::exchange(shard.finished, {})) {
        const auto found = shard.links.find(number);
        if (found == shard.links.end()) continue;
        found->second->is_finishing = true;
        pump(shard, LinkPtr(found->second));
    }
    shard.hub.end_turn();
    shard.rooms.tick(world_.now());
    shard.count_changes();
    constexpr int turns_max = 2'000;
    if (shard.last_turn != world_.now()) shard.turns_without_time = 0;
    shard.last_turn = world_.now();
    if (++shard.turns_without_time > turns_max) world_.fail("a shard spins");
    arm(index);
}

void Instance::arm(ShardIndex index) {
    Shard& shard = *shards_[index];
    const auto due = shard.rooms.next_due();
    if (!due || (shard.armed && *shard.armed <= *due)) return;
    shard.armed = std::max(*due, world_.now());
    run(*shard.armed, [this, index, at = *shard.armed] {
        Shard& mine = *shards_[index];
        if (mine.armed == at) mine.armed.reset();
        turn(index);
    });
}

void Instance::plan_sweep(Duration delay) {
    run(world_.now() + delay, [this] { sweep(); });
}

void Instance::sweep() {
    if (is_mutated(Mutant::no_sweep)) return;
    const MonotonicTime asked_at = world_.now();
    using Positions = std::vector<std::pair<DiscussionId, Position>>;
    auto positions = std::make_shared<std::vector<Positions>>(shards_count);
    for (ShardIndex i = 0; i < shards_count; ++i) {
        for (const DiscussionId& id : shards_[i]->rooms.watched()) {
            (*positions)[i].emplace_back(id, Position{});
        }
    }
    auto succeeded = std::make_shared<bool>(false);
    read_store(
        [this, positions, succeeded](bool is_readable) {
            *succeeded = is_readable && !house_.weather.sweep_fails;
            for (Positions& some : *positions) {
                std::erase_if(some, [this](const auto& one) {
                    return house_.store.history(one.first) == nullptr;
                });
                for (auto& [id, position] : some) {
                    position = house_.store.history(id)->position();
                    if (is_mutated(Mutant::epoch_read_once)) position.epoch = first_epoch_;
                }
            }
        },
        [this, positions, succeeded, asked_at] {
            if (!*succeeded) world_.fired(Fault::sweep_failed);
            for (ShardIndex i = 0; *succeeded && i < shards_count; ++i) {
                if ((*positions)[i].empty()) continue;
                post(0, i, [this, i, asked_at, some = std::move((*positions)[i])] {
                    for (const auto& [id, position] : some) {
                        Shard::Life& life = shards_[i]->lives[id];
                        if (life.has_position) life.last_sweep = asked_at;
                    }
                    shards_[i]->rooms.on_sweep(some, asked_at, world_.now());
                });
            }
            const auto took = std::chrono::duration_cast<Duration>(world_.now() - asked_at);
            plan_sweep(std::max(Duration{0}, Duration(sweep_interval) - took));
        });
}

void Instance::read_store(std::function<void(bool is_readable)> read, Task answered) {
    const Duration read_max = house_.weather.read_max;
    const Duration until_read = world_.random.between(Duration{100}, read_max);
    const Duration until_answer = world_.random.between(Duration{100}, read_max);
    if (until_read + until_answer > milliseconds(100)) world_.fired(Fault::store_read_slow);
    const bool is_readable = !world_.random.chance(house_.weather.read_failure);
    if (!is_readable) world_.fired(Fault::store_read_failed);
    // The store goes on while the instance is paused.
    const MonotonicTime at = world_.now() + until_read;
    world_.time.at(at, [this, life = life_, read = std::move(read), answered = std::move(answered),
                        at, until_answer, is_readable] {
        if (life != life_) return;
        read(is_readable);
        run(at + until_answer, answered);
    });
}

void Instance::count_stats() {
    for (const auto& shard : shards_) {
        const Rooms::Stats stats = shard->rooms.stats();
        if (stats.changesets > stats.flushes + stats.restarts && stats.flushes > 0) {
            world_.fired(Fault::flush_gathered);
        }
    }
}

}  // namespace parley::simulation
