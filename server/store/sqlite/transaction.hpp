#pragma once

#include "store/sqlite/connection.hpp"
#include "store/sqlite/high_water.hpp"
#include "store/store.hpp"

namespace parley::sqlite {

// Takes the write lock when it begins, so that all it loads stays true until it commits.
class SqliteTransaction final : public WriteTransaction {
public:
    [[nodiscard]] static result<std::unique_ptr<WriteTransaction>> begin(Connection& connection,
                                                                         HighWater& high_water);
    ~SqliteTransaction() override;
    SqliteTransaction(const SqliteTransaction&) = delete;
    SqliteTransaction& operator=(const SqliteTransaction&) = delete;

    [[nodiscard]] result<void> load(const Needs& needs, State& state) override;
    [[nodiscard]] result<void> save(const State& state) override;
    [[nodiscard]] result<void> commit() override;

private:
    SqliteTransaction(Connection& connection, HighWater& high_water)
        : connection_(connection), high_water_(high_water) {}

    Connection& connection_;
    HighWater& high_water_;
};

// Private to transaction*.cpp: the two halves of a transaction.
[[nodiscard]] result<void> load_state(Connection& connection, const Needs& needs, State& state);
[[nodiscard]] result<void> save_state(Connection& connection, const State& state);
// Accounts, their sessions and tickets, and what they must learn.
[[nodiscard]] result<void> save_people(Connection& connection, const State& state);
// A few of what is over, so that nothing needs a time of its own for it.
[[nodiscard]] result<void> purge(Connection& connection, WallTime now);
// The number of the last account event there is.
[[nodiscard]] result<std::int64_t> number_of_last_event(Connection& connection);
// What a mutant has left undone.
[[nodiscard]] result<void> save_late(Connection& connection);

}  // namespace parley::sqlite
