#include "scenario.hpp"

#include <algorithm>
#include <array>

namespace parley::simulation {

namespace {

// What is behind a reader after this long of quiet is a failure.
constexpr Duration quiet{2'000'000};
constexpr std::array<std::uint32_t, 4> outbox_bytes{1'500, 4'000, 20'000, 256 * 1'024};
constexpr std::array<std::size_t, 3> catch_up_rows{15, 40, 300};

template <class Array>
auto pick(Random& random, const Array& from) {
    return from[random.below(from.size())];
}

}  // namespace

Scenario::Scenario(std::uint64_t seed, bool traced)
    : world_(seed),
      hints_(seed % 4 == 0),
      house_(world_, 1 + world_.random.below(2), 2 + world_.random.below(2),
             pick(world_.random, outbox_bytes)) {
    world_.traced = traced;
    house_.store.catch_up_rows_max = pick(world_.random, catch_up_rows);
}

void Scenario::run() {
    fill_store();
    make_clients();
    for (const auto& client : clients_) client->start();
    constexpr std::size_t phases_count = 4;
    constexpr std::uint64_t events_min = 500;
    for (std::size_t i = 0; i < phases_count || world_.time.events() < events_min; ++i) {
        play_phase();
        settle();
        if (world_.random.chance(0.15)) rest();
        if (world_.random.chance(0.1)) everybody_leaves();
    }
    house_.count_stats();
}

std::string Scenario::record(const std::string& name, const std::string& note) {
    fill_store();
    make_clients();
    TraceRecorder recorder(world_.now());
    Client& client = *clients_.front();
    client.record(recorder);
    for (const auto& one : clients_) one->start();
    play_phase();
    settle();
    client.expect_recorded();
    return recorder.is_rich() ? recorder.text(name, note, client.viewer()) : std::string();
}

void Scenario::make_clients() {
    const std::size_t clients_count = 3 + world_.random.below(4);
    for (std::size_t i = 0; i < clients_count; ++i) {
        const std::size_t pages = 1 + world_.random.below(house_.store.discussions_count());
        clients_.push_back(std::make_unique<Client>(house_, i, pages));
    }
}

// What was there before anybody looked.
void Scenario::fill_store() {
    const std::size_t count = world_.random.below(40);
    for (std::size_t i = 0; i < count; ++i) {
        Command post;
        post.discussion = world_.random.below(house_.store.discussions_count());
        post.account = AccountId{100};
        post.key = "old-" + std::to_string(i);
        const History& history = house_.store.history(post.discussion);
        if (!history.rows.empty() && world_.random.chance(0.5)) {
            const Row& row = history.rows[world_.random.below(history.rows.size())];
            if (row.key.size() < 3) post.target = row.id;
        }
        (void)house_.store.perform(post);
    }
}

void Scenario::play_phase() {
    phase_ = static_cast<Phase>(world_.random.below(static_cast<std::size_t>(Phase::count)));
    world_.trace([&] { return "phase of kind " + std::to_string(static_cast<int>(phase_)); });
    set_weather();
    if (phase_ == Phase::without_sweep) begin_without_sweep();
    std::size_t actions = 25 + world_.random.below(40);
    Duration gap_max = phase_ == Phase::burst ? Duration{4'000} : Duration{60'000};
    if (phase_ == Phase::without_sweep && world_.random.chance(0.5)) {
        // Little, and while rooms open: what gets lost there is told by nothing that follows.
        actions = 1 + world_.random.below(4);
        gap_max = Duration{150'000};
        pass(world_.random.between(Duration{0}, gap_max));
    }
    for (std::size_t i = 0; i < actions; ++i) {
        act();
        pass(world_.random.between(Duration{0}, gap_max));
    }
    if (phase_ == Phase::last_lost) lose_last_message();
}

void Scenario::set_weather() {
    Random& random = world_.random;
    Weather weather;
    const auto sometimes = [&](double chance, double most) {
        return random.chance(chance) ? most * static_cast<double>(random.below(100)) / 100.0 : 0.0;
    };
    weather.bus_duplicate = sometimes(0.5, 0.3);
    weather.bus_delay = sometimes(0.5, 0.5);
    weather.answer_loss = sometimes(0.4, 0.3);
    weather.stale_window = sometimes(0.5, 0.6);
    weather.publish_delay = sometimes(0.3, 0.4);
    if (random.chance(0.2)) weather.mailbox_max = milliseconds(30);
    if (random.chance(0.3)) weather.read_max = milliseconds(250);
    if (phase_ == Phase::burst || random.chance(0.2)) weather.crowd = 10'000;
    if (phase_ == Phase::without_sweep) {
        // The bus keeps its promises here, so it must be enough.
        weather.sweep_fails = true;
        weather.read_max = milliseconds(250);
    } else {
        weather.bus_loss = sometimes(0.5, 0.6);
        weather.read_failure = sometimes(0.3, 0.4);
        weather.publish_never = sometimes(0.2, 0.05);
    }
    weather.bus_hints = hints_;
    house_.weather = weather;
}

// An instance that has just started opens its rooms while things happen.
void Scenario::begin_without_sweep() {
    const std::size_t index = house_.any_instance();
    house_.kill(index);
    house_.instance(index).start();
}

// No more faults, except that the bus and the sweep stay as they are.
void Scenario::settle() {
    Weather calm;
    calm.bus_dead = house_.weather.bus_dead;
    calm.bus_loss = house_.weather.bus_loss;
    calm.sweep_fails = phase_ == Phase::without_sweep;
    calm.crowd = house_.weather.crowd;
    house_.weather = calm;
    pressure_.reset();
    house_.mend();
    for (const auto& client : clients_) {
        client->take_quickly();
        client->come_back();
    }
    world_.trace([] { return std::string("quiet"); });
    world_.time.run_until(world_.now() + quiet);
    for (const auto& client : clients_) {
        client->check_claims();
        client->check_settled();
    }
    house_.weather.bus_dead = false;
    house_.weather.sweep_fails = false;
}

// So long a quiet that rooms say that nothing is new.
void Scenario::rest() {
    // An answer that comes so late that nobody waits for it any more.
    house_.weather.answer_delay = std::chrono::seconds(6);
    any_client().post();
    any_client().post();
    pass(milliseconds(50));
    house_.weather.answer_delay = Duration{0};
    constexpr int rest_s = 19;
    for (int i = 0; i < rest_s; ++i) {
        pass(std::chrono::seconds(1));
        if (world_.random.chance(0.1)) storm();
    }
    settle();
}

void Scenario::everybody_leaves() {
    for (const auto& client : clients_) client->leave();
    pass(milliseconds(11'000 + static_cast<int>(world_.random.below(2'000))));
    house_.check_nobody_is_served();
    for (const auto& client : clients_) client->come_back();
}

void Scenario::pass(Duration time) {
    world_.time.run_until(world_.now() + time);
    if (!world_.random.chance(0.2)) return;
    for (const auto& client : clients_) client->check_claims();
}

}  // namespace parley::simulation
