#pragma once

#include "store_model.hpp"

#include <set>

namespace parley::simulation {

// Gathers what one commit touches and makes the new versions and the changeset of it.
class Transaction {
public:
    explicit Transaction(History& history) : history_(history) {}

    void touch_content(std::size_t row) { contents_.insert(row); }
    void touch_tally(std::size_t row) { tallies_.insert(row); }
    void touch_state() { touches_state_ = true; }
    void pad(std::size_t bytes) { padding_ = bytes; }

    [[nodiscard]] ChangesetPtr commit(MonotonicTime now, WallTime wall);

private:
    void write_content(std::size_t index, WallTime wall, Changeset& out);
    void publish(std::size_t index);
    void add_old_content(const Row& row, Changeset& out) const;

    History& history_;
    std::set<std::size_t> contents_;
    std::set<std::size_t> tallies_;
    bool touches_state_ = false;
    std::size_t padding_ = 0;
    std::int64_t appeared_ = 0;
};

}  // namespace parley::simulation
