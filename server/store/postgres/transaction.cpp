#include "store/postgres/transaction.hpp"

#include "base/log.hpp"

namespace parley::postgres {

std::vector<Request> PostgresTransaction::begin() {
    std::vector<Request> requests;
    if (!std::exchange(begun_, true)) requests.push_back(Request{"BEGIN"});
    return requests;
}

result<void> PostgresTransaction::load(const Needs& needs, State& state) {
    return load_state(connection_, begin(), needs, state, facts_);
}

result<void> PostgresTransaction::save(const State& state) {
    return save_state(connection_, begin(), state, facts_);
}

// The server decides whether it took place, and ends itself where its disk fails; what we do not
// hear is unknown. Its own time limit is off: with a synchronous standby that is away it would end
// the wait and call the transaction committed. So it waits, with the locks held: whoever runs the
// batch again waits for them, and nothing is acknowledged that is on one machine only.
result<void> PostgresTransaction::commit() {
    std::vector<Request> requests = begin();
    if (facts_.waits_for_standby) {
        requests.push_back(Request{"SELECT set_config('statement_timeout', '0', true)"});
    }
    requests.push_back(Request{"COMMIT"});
    const auto done = connection_.run(requests);
    if (done.has_error()) {
        const Errc code = done.error().code;
        const bool is_known = code == Errc::busy || code == Errc::storage_full;
        return is_known ? done.error() : make_error(Errc::unavailable);
    }
    const bool committed = done->back().tag() == "COMMIT";
    if (committed && !connection_.was_warned()) return {};
    log_event(LogLevel::error, "store.commit_unproven",
              {{"reason", committed ? "the wait for a standby was cancelled"
                                    : "the transaction had failed before"}});
    return make_error(Errc::unavailable);
}

}  // namespace parley::postgres
