#pragma once

#include "store/postgres/connection.hpp"
#include "store/store.hpp"

namespace parley::postgres {

// What loading has seen besides the rows; without loading, what is always right.
struct TransactionFacts {
    bool has_expired_rows = true;   // there is something to purge
    bool waits_for_standby = true;  // a commit may wait for longer than a statement may
};

// One transaction in READ COMMITTED. It locks the discussions of the batch first, in the order of
// their ids, and reads what it needs after that, each statement in a snapshot of its own: so all
// that it loads of them stays true until it commits. load() takes one round trip or two, save() and
// commit() one each, however many commands the batch has.
class PostgresTransaction final : public WriteTransaction {
public:
    explicit PostgresTransaction(Connection& connection) : connection_(connection) {}
    ~PostgresTransaction() override { connection_.rollback(); }
    PostgresTransaction(const PostgresTransaction&) = delete;
    PostgresTransaction& operator=(const PostgresTransaction&) = delete;

    [[nodiscard]] result<void> load(const Needs& needs, State& state) override;
    [[nodiscard]] result<void> save(const State& state) override;
    [[nodiscard]] result<void> commit() override;

private:
    // BEGIN goes along with what comes first.
    [[nodiscard]] std::vector<Request> begin();

    Connection& connection_;
    bool begun_ = false;
    TransactionFacts facts_;
};

// Private to transaction*.cpp: the two halves of a transaction. `requests` are sent first.
[[nodiscard]] result<void> load_state(Connection& connection, std::vector<Request> requests,
                                      const Needs& needs, State& state, TransactionFacts& facts);
[[nodiscard]] result<void> save_state(Connection& connection, std::vector<Request> requests,
                                      const State& state, const TransactionFacts& facts);

}  // namespace parley::postgres
