#include "store/postgres/errors.hpp"

#include "base/log.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>

namespace parley::postgres {

namespace {

constexpr std::chrono::milliseconds retry_after{1'000};

// States, and classes of them (two characters); the first that fits counts.
struct Meaning {
    std::string_view begins;
    Errc code;
};
constexpr std::array meanings{
    Meaning{"40001", Errc::busy},           // serialization failure
    Meaning{"40P01", Errc::busy},           // deadlock
    Meaning{"55P03", Errc::busy},           // lock timeout
    Meaning{"57014", Errc::busy},           // statement timeout
    Meaning{"53100", Errc::storage_full},   // disk full
    Meaning{"XX001", Errc::corrupt_store},  // data corrupted
    Meaning{"XX002", Errc::corrupt_store},  // index corrupted
    Meaning{"25006", Errc::unavailable},    // read only: became a standby
    Meaning{"25P03", Errc::unavailable},    // the transaction was idle for too long
    Meaning{"0A000", Errc::unavailable},    // a prepared statement of a table that has changed
    Meaning{"26000", Errc::unavailable},    // a prepared statement that the session lost
    Meaning{"3D000", Errc::unavailable},    // no such database
    Meaning{"3F000", Errc::unavailable},    // no schema
    Meaning{"42501", Errc::unavailable},    // a right was taken away
    Meaning{"08", Errc::unavailable},       // connection
    Meaning{"28", Errc::unavailable},       // authorization
    Meaning{"53", Errc::unavailable},       // memory, connections
    Meaning{"57", Errc::unavailable},       // shutting down, starting up
    Meaning{"58", Errc::unavailable},       // the system around it
    Meaning{"22", Errc::invalid_field},     // a value that cannot be stored
    Meaning{"23", Errc::conflict},          // a row that does not fit
    Meaning{"54", Errc::conflict},          // too large
};

// What two instances may come to write at the same time, each after it has seen that nobody had.
constexpr std::array<std::string_view, 5> raced{"accounts_by_name_key", "discussions_by_slug",
                                                "idempotency_keys_pkey", "import_ids_pkey",
                                                "history_pkey"};

std::string_view field(const pg_result* failed, int code) {
    const char* text = failed == nullptr ? nullptr : PQresultErrorField(failed, code);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

Errc errc_of(std::string_view sqlstate, std::string_view constraint) noexcept {
    const bool is_race =
        sqlstate == "23505" && std::find(raced.begin(), raced.end(), constraint) != raced.end();
    if (is_race) return Errc::busy;
    const auto* found = std::find_if(
        meanings.begin(), meanings.end(),
        [sqlstate](const Meaning& meaning) { return sqlstate.starts_with(meaning.begins); });
    return found == meanings.end() ? Errc::internal : found->code;
}

std::string_view sqlstate_of(const pg_result* failed) noexcept {
    return field(failed, PG_DIAG_SQLSTATE);
}

Error error_of(const pg_result* failed) {
    const std::string_view state = sqlstate_of(failed);
    const Errc code = errc_of(state, field(failed, PG_DIAG_CONSTRAINT_NAME));
    log_event(code == Errc::busy ? LogLevel::info : LogLevel::error, "store.postgres_error",
              {{"sqlstate", state},
               {"constraint", field(failed, PG_DIAG_CONSTRAINT_NAME)},
               {"reason", field(failed, PG_DIAG_MESSAGE_PRIMARY)}});
    return code == Errc::busy ? make_retry(code, retry_after) : make_error(code);
}

}  // namespace parley::postgres
