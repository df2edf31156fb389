#include "store/sqlite/transaction.hpp"

#include "base/mutants.hpp"
#include "store/rows.hpp"

namespace parley::sqlite {

result<std::unique_ptr<WriteTransaction>> SqliteTransaction::begin(Connection& connection,
                                                                   HighWater& high_water) {
    if (auto late = save_late(connection); late.has_error()) return late.error();
    if (auto begun = connection.query("BEGIN IMMEDIATE").run(); begun.has_error()) {
        return begun.error();
    }
    return std::unique_ptr<WriteTransaction>(new SqliteTransaction(connection, high_water));
}

SqliteTransaction::~SqliteTransaction() {
    if (!is_mutated(Mutant::ack_before_commit)) connection_.rollback();
}

result<void> SqliteTransaction::load(const Needs& needs, State& state) {
    return load_state(connection_, needs, state);
}

result<void> SqliteTransaction::save(const State& state) { return save_state(connection_, state); }

result<void> SqliteTransaction::commit() {
    HighWaterMark mark;
    {
        Query count =
            connection_.query("UPDATE history SET commits = commits + 1 RETURNING epoch, commits");
        const result<bool> row = count.next();
        if (row.has_error()) return row.error();
        if (!*row) return corrupt_row("history", 1);
        mark = {Epoch{count.text(0)}, count.integer(1)};
    }
    if (is_mutated(Mutant::ack_before_commit)) return {};
    if (auto done = connection_.commit(); done.has_error()) return done;
    high_water_.reached(mark, std::chrono::steady_clock::now());
    return {};
}

}  // namespace parley::sqlite
