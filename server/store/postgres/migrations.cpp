#include "store/postgres/migrations.hpp"

#include "base/log.hpp"

namespace parley::postgres {

namespace {

constexpr std::string_view application = "Parley";
// Of the advisory lock that one instance at a time holds while it migrates: "Parley" in ASCII.
constexpr std::int64_t migration_lock = 0x5061726C6579;

struct Schema {
    std::int64_t version = 0;
    bool is_empty = false;  // no table at all
};

Error foreign() {
    return make_error(Errc::corrupt_store,
                      "The database holds tables of another program, not Parley's. Give Parley a "
                      "database, or a schema in its search path, of its own.");
}

// Of the first schema in the search path, where new tables would go.
result<Schema> schema_of(Connection& connection) {
    const auto tables = connection.run(Request{
        "SELECT n.oid, (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid"
        " AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT EXISTS (SELECT 1 FROM pg_depend d"
        " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')),"
        " EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid"
        " AND c.relname = 'parley_schema' AND c.relkind = 'r')"
        " FROM pg_namespace n WHERE n.nspname = current_schema()"});
    if (tables.has_error()) return tables.error();
    if (tables->empty()) {
        return make_error(Errc::unavailable,
                          "There is no schema in the search path of this role. Create one.");
    }
    if (tables->front().integer(1) == 0) return Schema{0, true};
    if (!tables->front().is_true(2)) return foreign();
    const auto version =
        connection.run(Request{"SELECT application, version FROM parley_schema WHERE one = 1"});
    if (version.has_error()) return version.error();
    if (version->size() != 1 || version->front().bytes(0) != application) return foreign();
    return Schema{version->front().integer(1), false};
}

Error too_new(std::int64_t found, std::int64_t known) {
    return make_error(Errc::unavailable,
                      "A newer Parley has written this database (schema " + std::to_string(found) +
                          "; this one knows " + std::to_string(known) +
                          "). Upgrade this program; the database was not changed.");
}

// Begins a transaction that nobody else has at the same time.
result<void> lock(Connection& connection) {
    const std::string wait = std::to_string(store_migration_wait_ms.count());
    const std::array begin{
        Request{"BEGIN"},
        Request{"SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $1,"
                " true), set_config('enable_seqscan', 'on', true)",
                Arguments().add(wait)},
        Request{"SELECT pg_advisory_xact_lock($1)", Arguments().add(migration_lock)},
    };
    const auto locked = connection.run(begin, store_migration_wait_ms + store_answer_timeout_ms);
    if (locked.has_value()) return {};
    if (locked.error().code != Errc::busy) return locked.error();
    return make_error(Errc::unavailable,
                      "Another process has been migrating the database for " +
                          std::to_string(store_migration_wait_ms.count() / 1'000) +
                          " s. Start again when it is done.");
}

// What a role that does not own the schema hears.
Error explain(const Connection& connection, Error error) {
    constexpr std::string_view not_permitted = "42501";
    if (connection.last_state() != not_permitted) return error;
    return make_error(Errc::unavailable,
                      "The role may not create tables in the database. Make it the owner: ALTER "
                      "DATABASE name OWNER TO role.");
}

result<void> run_step(Connection& connection, const Migration& step, bool is_first) {
    if (is_first) {
        auto made = connection.execute(
            "CREATE TABLE parley_schema (one smallint PRIMARY KEY CHECK (one = 1),"
            " application text NOT NULL, version bigint NOT NULL)");
        if (made.has_error()) return explain(connection, std::move(made.error()));
    }
    if (auto done = connection.execute(step.sql, store_migration_wait_ms); done.has_error()) {
        return explain(connection, std::move(done.error()));
    }
    const std::array finish{
        Request{"INSERT INTO parley_schema (one, application, version) VALUES (1, $1, $2)"
                " ON CONFLICT (one) DO UPDATE SET version = excluded.version",
                Arguments().add(application).add(step.version)},
        Request{"COMMIT"},
    };
    if (auto done = connection.run(finish); done.has_error()) return done.error();
    log_event(LogLevel::info, "store.migrated", {{"schema", step.version}});
    return {};
}

// True where there was a step to carry out.
result<bool> run_next_step(Connection& connection, std::span<const Migration> steps) {
    if (auto locked = lock(connection); locked.has_error()) return locked.error();
    const result<Schema> schema = schema_of(connection);
    if (schema.has_error()) return schema.error();
    if (schema->version > steps.back().version) {
        return too_new(schema->version, steps.back().version);
    }
    for (const Migration& step : steps) {
        if (step.version <= schema->version) continue;
        auto done = run_step(connection, step, schema->is_empty);
        return done.has_error() ? result<bool>(std::move(done.error())) : result<bool>(true);
    }
    return false;
}

}  // namespace

result<void> migrate(Connection& connection, std::span<const Migration> steps) {
    for (;;) {
        const result<bool> more = run_next_step(connection, steps);
        connection.rollback();
        if (more.has_error()) return more.error();
        if (!*more) return {};
    }
}

result<void> require_schema(Connection& connection, std::span<const Migration> steps) {
    const result<Schema> schema = schema_of(connection);
    if (schema.has_error()) return schema.error();
    const std::int64_t known = steps.back().version;
    if (schema->is_empty) {
        return make_error(Errc::unavailable, "The database is empty. Start the server once first.");
    }
    if (schema->version > known) return too_new(schema->version, known);
    if (schema->version < known) {
        return make_error(Errc::unavailable,
                          "An older Parley has written this database. Start the server once to "
                          "bring it up to date.");
    }
    return {};
}

}  // namespace parley::postgres
