#include "scenario.hpp"

#include <array>

namespace parley::simulation {

void Scenario::act() {
    constexpr std::size_t parts = 100;
    const std::size_t dice = world_.random.below(parts);
    if (dice < 55) return act_as_writer();
    if (dice < 88) return act_as_reader();
    if (dice < 95 || phase_ == Phase::without_sweep) return moderate();
    if (dice < 98) return act_on_instances();
    act_on_store();
}

void Scenario::act_as_writer() {
    const std::size_t dice = world_.random.below(100);
    if (dice < 35) return any_client().post();
    if (dice < 80) return any_client().vote();
    if (dice < 95) return any_client().edit();
    storm();
}

void Scenario::act_as_reader() {
    constexpr std::size_t things = 14;
    switch (world_.random.below(things)) {
        case 0: return any_client().reconnect(false);
        case 1: return any_client().reconnect(true);
        case 2: return any_client().resubscribe();
        case 3: return any_client().resume_without_epoch();
        case 4:
        case 5: return any_client().load_more();
        case 6: return any_client().load_replies();
        case 7: return any_client().load_around();
        case 8: return any_client().ping();
        case 9:
            return any_client().take_slowly(
                1 + world_.random.below(400),
                world_.random.between(Duration{1'000}, Duration{40'000}));
        case 10:
            if (world_.random.chance(0.5)) {
                world_.fired(Fault::reader_stalled);
                return any_client().take_slowly(1, milliseconds(500));
            }
            return any_client().take_quickly();
        case 11: return any_client().take_quickly();
        case 12: return any_client().ask_for_nothing();
        default:
            if (world_.random.chance(0.5)) return any_client().leave();
            for (const auto& client : clients_) client->come_back();
    }
}

void Scenario::act_on_instances() {
    constexpr std::size_t things = 5;
    const std::size_t index = house_.any_instance();
    switch (world_.random.below(things)) {
        case 0:
            return house_.instance(index).pause(
                world_.random.between(Duration{50'000}, Duration{3'000'000}));
        case 1: {
            house_.kill(index);
            const Duration down = world_.random.between(Duration{0}, Duration{1'500'000});
            return world_.time.after(down, [this, index] { house_.instance(index).start(); });
        }
        case 2: house_.weather.bus_dead = !house_.weather.bus_dead; return;
        case 3: house_.weather.sweep_fails = !house_.weather.sweep_fails; return;
        default: press_memory();
    }
}

// All that frames may take of memory is taken: whoever lags is conflated.
void Scenario::press_memory() {
    std::string large;
    large.reserve(live_frames_bytes_max);
    pressure_ = std::make_shared<const WireFrame>(std::move(large), std::string());
    world_.time.after(world_.random.between(Duration{10'000}, Duration{500'000}),
                      [this] { pressure_.reset(); });
}

void Scenario::act_on_store() {
    const std::size_t dice = world_.random.below(4);
    if (dice == 0) return house_.store.back_up();
    if (dice == 1) {
        if (!house_.store.has_backup()) return;
        world_.fired(Fault::restored);
        world_.trace([] { return std::string("the store is restored"); });
        return house_.store.restore();
    }
    // What is committed between now and then will be lost.
    house_.store.back_up();
    const Duration lost = world_.random.between(Duration{5'000}, Duration{300'000});
    world_.time.after(lost, [this] {
        world_.fired(Fault::tail_lost);
        world_.trace([] { return std::string("the store has lost its tail"); });
        house_.store.restore();
    });
}

void Scenario::command(const Command& command) {
    const std::size_t instance = house_.any_instance();
    house_.request(
        instance, [this, instance, command] { (void)house_.write(instance, command); },
        [](bool) {});
}

void Scenario::moderate() {
    using Kind = Command::Kind;
    constexpr std::array kinds{Kind::remove,  Kind::remove, Kind::remove,  Kind::restore,
                               Kind::restore, Kind::hold,   Kind::approve, Kind::approve,
                               Kind::lock,    Kind::unlock, Kind::unlock,  Kind::premoderate};
    Command one;
    one.kind = kinds[world_.random.below(kinds.size())];
    one.discussion = world_.random.below(house_.store.discussions_count());
    if (one.kind >= Kind::lock) {
        world_.fired(Fault::discussion_locked);
        return command(one);
    }
    // One that is in the state for it.
    const CommentState from = one.kind == Kind::restore   ? CommentState::removed
                              : one.kind == Kind::approve ? CommentState::pending
                                                          : CommentState::visible;
    std::vector<CommentId> ids;
    for (const Row& row : house_.store.history(one.discussion).rows) {
        if (row.state == from) ids.push_back(row.id);
    }
    if (ids.empty()) return;
    one.target = world_.random.pick(ids);
    const bool gives = one.kind == Kind::restore || one.kind == Kind::approve;
    world_.fired(gives ? Fault::text_restored : Fault::text_removed);
    command(one);
}

// Many vote at once.
void Scenario::storm() {
    const std::size_t discussion = world_.random.below(house_.store.discussions_count());
    const History& history = house_.store.history(discussion);
    if (history.order().empty()) return;
    constexpr std::size_t votes_count = 8;
    for (std::size_t i = 0; i < votes_count; ++i) {
        Command vote;
        vote.kind = Command::Kind::vote;
        vote.discussion = discussion;
        vote.account = AccountId{static_cast<std::int64_t>(1'000 + world_.random.below(50))};
        vote.target = history.rows[world_.random.pick(history.order())].id;
        vote.vote = world_.random.chance(0.7) ? 1 : -1;
        command(vote);
    }
}

// Nothing follows that could tell of the gap.
void Scenario::lose_last_message() {
    house_.weather.bus_dead = true;
    house_.weather.publish_never = 0;
    world_.fired(Fault::last_message_lost);
    if (world_.random.chance(0.5)) moderate();
    else any_client().vote();
    any_client().post();
    pass(milliseconds(20));
}

}  // namespace parley::simulation
