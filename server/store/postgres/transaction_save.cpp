#include "store/postgres/save_requests.hpp"
#include "store/postgres/transaction.hpp"

namespace parley::postgres {

result<void> save_state(Connection& connection, std::vector<Request> requests, const State& state,
                        const TransactionFacts& facts) {
    std::vector<Change> changes = changes_of(state);
    if (facts.has_expired_rows) add_purges(state, changes);
    const std::size_t before = requests.size();
    for (Change& change : changes) requests.push_back(std::move(change.request));
    const auto answers = connection.run(requests);
    if (answers.has_error()) return answers.error();
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const std::optional<std::int64_t>& expected = changes[i].rows;
        if (!expected || (*answers)[before + i].changed() == *expected) continue;
        return make_error(changes[i].otherwise);
    }
    return {};
}

}  // namespace parley::postgres
