#pragma once

#include "client_model.hpp"

#include <memory>
#include <vector>

namespace parley::simulation {

// One seed: some phases in which things happen and go wrong, each followed by a quiet time after
// which all must be as it should be.
class Scenario {
public:
    Scenario(std::uint64_t seed, bool traced);

    // Throws a Violation.
    void run();
    // One phase of it, of which a client trace is made; empty where that makes none.
    [[nodiscard]] std::string record(const std::string& name, const std::string& note);
    [[nodiscard]] const World& world() const { return world_; }

private:
    void fill_store();
    void make_clients();
    void play_phase();
    void set_weather();
    void begin_without_sweep();
    void act();
    void act_as_reader();
    void act_as_writer();
    void act_on_instances();
    void act_on_store();
    void moderate();
    void storm();
    void press_memory();
    void lose_last_message();
    void settle();
    void rest();
    void everybody_leaves();
    void pass(Duration time);
    [[nodiscard]] Client& any_client() { return *clients_[world_.random.below(clients_.size())]; }
    void command(const Command& command);

    enum class Phase : std::uint8_t { mixed, burst, last_lost, without_sweep, count };

    World world_;
    bool hints_;  // a bus that cannot carry everything
    House house_;
    std::vector<std::unique_ptr<Client>> clients_;
    Phase phase_ = Phase::mixed;
    Frame pressure_;
};

}  // namespace parley::simulation
