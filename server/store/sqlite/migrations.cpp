#include "store/sqlite/migrations.hpp"

#include "base/log.hpp"
#include "discussion/state.hpp"

namespace parley::sqlite {

namespace {

// In the header of the file, so that Parley knows its own databases: "Prly".
constexpr std::int64_t application_id = 0x50726C79;

// Times are milliseconds since 1970 in UTC; enumerations are the numbers of their C++ values.
//
// comments: `path` is the ids of the ancestors, 8 bytes each, big endian, root first. `oldest_key`
// and `newest_key` are order_key() of the ordinals (which are the parts of `oldest_key`), NULL
// until the comment is first public. The indexes of shown comments hold visible ones only, so that
// a window costs what it shows, however many removed comments lie between.
//
// tallies, discussion_seqs: what changes often is narrow and apart, so that a vote never rewrites a
// text.
constexpr const char* first_schema = R"sql(
CREATE TABLE history (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    commits INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 2),
    password_hash TEXT NOT NULL,
    banned INTEGER NOT NULL CHECK (banned IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX accounts_by_name_key ON accounts (name_key) WHERE name_key <> '';

CREATE TABLE sessions (
    token BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE discussions (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    channels TEXT NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    created_at INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    article TEXT NOT NULL
) STRICT;

CREATE TABLE discussion_seqs (
    discussion INTEGER PRIMARY KEY REFERENCES discussions (id),
    seq INTEGER NOT NULL,
    comment_count INTEGER NOT NULL,
    roots_numbered INTEGER NOT NULL,
    last_comment_at INTEGER,
    active_at INTEGER NOT NULL
) STRICT;
CREATE INDEX discussions_by_activity ON discussion_seqs (active_at);

CREATE TABLE comments (
    id INTEGER PRIMARY KEY,
    discussion INTEGER NOT NULL REFERENCES discussions (id),
    parent INTEGER REFERENCES comments (id),
    path BLOB NOT NULL,
    oldest_key BLOB,
    newest_key BLOB,
    in_reply_to INTEGER REFERENCES comments (id),
    author INTEGER NOT NULL REFERENCES accounts (id),
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    stamp INTEGER NOT NULL,
    quote_comment INTEGER REFERENCES comments (id),
    quote_author TEXT,
    quote_text TEXT,
    quote_verified INTEGER,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX comments_shown_oldest ON comments (discussion, oldest_key) WHERE state = 0;
CREATE INDEX comments_shown_newest ON comments (discussion, newest_key) WHERE state = 0;
CREATE INDEX comments_shown_children ON comments (parent, oldest_key)
    WHERE state = 0 AND parent IS NOT NULL;
CREATE INDEX comments_by_stamp ON comments (discussion, stamp);
CREATE INDEX comments_by_author ON comments (author, discussion);
CREATE INDEX comments_quoting ON comments (quote_comment) WHERE quote_verified = 1;

CREATE TABLE tallies (
    comment INTEGER PRIMARY KEY REFERENCES comments (id),
    discussion INTEGER NOT NULL,
    up INTEGER NOT NULL,
    down INTEGER NOT NULL,
    base INTEGER NOT NULL,
    replies INTEGER NOT NULL,
    children_numbered INTEGER NOT NULL,
    stamp INTEGER NOT NULL
) STRICT;
CREATE INDEX tallies_by_stamp ON tallies (discussion, stamp) WHERE stamp > 0;

CREATE TABLE votes (
    comment INTEGER NOT NULL REFERENCES comments (id),
    account INTEGER NOT NULL REFERENCES accounts (id),
    discussion INTEGER NOT NULL,
    value INTEGER NOT NULL CHECK (value IN (-1, 1)),
    PRIMARY KEY (comment, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX votes_by_account ON votes (account, discussion);

CREATE TABLE comment_versions (
    comment INTEGER NOT NULL REFERENCES comments (id),
    version INTEGER NOT NULL,
    until INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (comment, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
    account INTEGER NOT NULL REFERENCES accounts (id),
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    comment INTEGER REFERENCES comments (id),
    discussion INTEGER REFERENCES discussions (id),
    created INTEGER NOT NULL CHECK (created IN (0, 1)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_end ON idempotency_keys (expires_at)
    WHERE expires_at IS NOT NULL;

CREATE TABLE import_ids (
    kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
    source TEXT NOT NULL,
    discussion TEXT NOT NULL,
    id TEXT NOT NULL,
    target INTEGER NOT NULL,
    PRIMARY KEY (kind, source, discussion, id)
) STRICT, WITHOUT ROWID;
)sql";

// account_events: what live sockets must learn, numbered as it was committed. The last one stays,
// so that its number tells whoever comes later where the numbers are.
constexpr const char* signed_in_sockets = R"sql(
CREATE TABLE tickets (
    ticket BLOB PRIMARY KEY,
    session BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_by_end ON tickets (expires_at);

CREATE TABLE account_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
    account INTEGER NOT NULL,
    session BLOB,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_events_by_age ON account_events (created_at);

CREATE INDEX comments_pending ON comments (id) WHERE state = 1;
)sql";

// accounts: how far each is erased. comments_quoting: what is_telling(); until then those that hold
// the words of another comment, now also those that name its author.
constexpr const char* erased_accounts = R"sql(
ALTER TABLE accounts ADD COLUMN erasure INTEGER NOT NULL DEFAULT 0 CHECK (erasure BETWEEN 0 AND 2);
CREATE INDEX accounts_being_erased ON accounts (id) WHERE erasure = 1;

DROP INDEX comments_quoting;
CREATE INDEX comments_quoting ON comments (quote_comment)
    WHERE quote_verified = 1 OR quote_author <> '';
)sql";

constexpr std::array all_migrations{Migration{1, first_schema}, Migration{2, signed_in_sockets},
                                    Migration{3, erased_accounts}};

// The schema stores these numbers.
static_assert(static_cast<int>(Role::member) == 0 && static_cast<int>(Role::admin) == 2);
static_assert(static_cast<int>(DiscussionState::open) == 0 &&
              static_cast<int>(DiscussionState::premoderated) == 1 &&
              static_cast<int>(DiscussionState::locked) == 2);
static_assert(static_cast<int>(CommentState::visible) == 0 &&
              static_cast<int>(CommentState::pending) == 1 &&
              static_cast<int>(CommentState::removed) == 2 &&
              static_cast<int>(CommentState::deleted) == 3);
static_assert(static_cast<int>(Erasure::none) == 0 && static_cast<int>(Erasure::under_way) == 1 &&
              static_cast<int>(Erasure::done) == 2);
static_assert(static_cast<int>(AccountEvent::Kind::session_ended) == 0 &&
              static_cast<int>(AccountEvent::Kind::pending_changed) == 2);

result<std::int64_t> number_of(Connection& connection, Sql sql) {
    Query query = connection.query(sql);
    const result<bool> row = query.next();
    if (row.has_error()) return row.error();
    return *row ? query.integer(0) : 0;
}

struct Schema {
    std::int64_t version = 0;
    bool is_empty = false;  // no table at all
};

result<Schema> schema_of(Connection& connection) {
    const auto version = number_of(connection, "PRAGMA user_version");
    if (version.has_error()) return version.error();
    const auto owner = number_of(connection, "PRAGMA application_id");
    if (owner.has_error()) return owner.error();
    const auto tables = number_of(connection, "SELECT count(*) FROM sqlite_schema");
    if (tables.has_error()) return tables.error();
    if (*tables == 0 && *version == 0) return Schema{0, true};
    if (*owner != application_id) {
        return make_error(Errc::corrupt_store,
                          "The file is a database of another program, not Parley's.");
    }
    return Schema{*version, false};
}

Error too_new(std::int64_t found, std::int64_t known) {
    return make_error(Errc::unavailable,
                      "A newer Parley has written this database (schema " + std::to_string(found) +
                          "; this one knows " + std::to_string(known) +
                          "). Upgrade this program; the database was not changed.");
}

result<void> run_step(Connection& connection, const Migration& step) {
    const std::string sql = std::string("BEGIN IMMEDIATE;") + step.sql +
                            "PRAGMA application_id = " + std::to_string(application_id) + ";" +
                            "PRAGMA user_version = " + std::to_string(step.version) + ";";
    if (auto done = connection.execute(sql); done.has_error()) {
        connection.rollback();
        return done;
    }
    if (auto done = connection.commit(); done.has_error()) {
        connection.rollback();
        return done;
    }
    log_event(LogLevel::info, "store.migrated", {{"schema", step.version}});
    return {};
}

}  // namespace

std::span<const Migration> migrations() { return all_migrations; }

result<void> migrate(Connection& connection, std::span<const Migration> steps) {
    const result<Schema> schema = schema_of(connection);
    if (schema.has_error()) return schema.error();
    if (schema->version > steps.back().version) {
        return too_new(schema->version, steps.back().version);
    }
    for (const Migration& step : steps) {
        if (step.version <= schema->version) continue;
        if (auto done = run_step(connection, step); done.has_error()) return done;
    }
    return {};
}

result<void> require_known_schema(Connection& connection, std::span<const Migration> steps) {
    const result<Schema> schema = schema_of(connection);
    if (schema.has_error()) return schema.error();
    if (schema->is_empty) return make_error(Errc::corrupt_store, "It is an empty database.");
    const std::int64_t known = steps.back().version;
    if (schema->version > known) return too_new(schema->version, known);
    return {};
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

}  // namespace parley::sqlite
