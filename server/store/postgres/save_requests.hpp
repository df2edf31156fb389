#pragma once

#include "discussion/state.hpp"
#include "store/postgres/connection.hpp"

#include <optional>

namespace parley::postgres {

// Private to transaction_save.cpp and save_*.cpp: the statements that write what the rules marked,
// in an order in which a row finds those it refers to. One for each kind of change, whatever the
// number of rows.
struct Change {
    Request request;
    // How many rows it must change; absent: nobody counts them. Where it changes another number:
    // conflict, a row refers to one that is not there; corrupt_store, one that was loaded is gone.
    std::optional<std::int64_t> rows{};
    Errc otherwise = Errc::corrupt_store;
};
[[nodiscard]] std::vector<Change> changes_of(const State& state);

// The parts of it; each appends what there is to do.
void add_people(const State& state, std::vector<Change>& changes);
void add_discussions(const State& state, std::vector<Change>& changes);
void add_comments(const State& state, std::vector<Change>& changes);
void add_versions(const State& state, std::vector<Change>& changes);
void add_votes(const State& state, std::vector<Change>& changes);
void add_keys(const State& state, std::vector<Change>& changes);
void add_imports(const State& state, std::vector<Change>& changes);
void add_account_events(const State& state, std::vector<Change>& changes);
// A few of what is over, so that nothing needs a time of its own for it.
void add_purges(const State& state, std::vector<Change>& changes);

}  // namespace parley::postgres
