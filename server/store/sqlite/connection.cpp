#include "store/sqlite/connection.hpp"

#include "base/limits.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace parley::sqlite {

namespace {

constexpr std::size_t page_bytes = 4'096;
constexpr int copied_at_once_pages = 1'024;
constexpr std::size_t writer_cache_kib = 16'384;
constexpr std::size_t reader_cache_kib = 8'192;

std::string pragma(const char* name, std::size_t value) {
    return std::string("PRAGMA ") + name + " = " + std::to_string(value) + ";";
}

std::string writer_settings(Use use) {
    return "PRAGMA journal_mode = WAL;"
           "PRAGMA foreign_keys = ON;" +
           std::string(use == Use::write ? "PRAGMA synchronous = FULL;"
                                         : "PRAGMA synchronous = OFF;") +
           pragma("wal_autocheckpoint", store_checkpoint_bytes / page_bytes) +
           pragma("journal_size_limit", store_log_bytes_max) + "PRAGMA cache_size = -" +
           std::to_string(writer_cache_kib) + ";";
}

std::string reader_settings() {
    return "PRAGMA query_only = ON;"
           "PRAGMA wal_autocheckpoint = 0;"
           "PRAGMA cache_size = -" +
           std::to_string(reader_cache_kib) + ";";
}

std::string settings_of(Use use) {
    switch (use) {
        case Use::read: return reader_settings();
        case Use::copy: return "PRAGMA synchronous = FULL;";
        case Use::write:
        case Use::write_unguarded: break;
    }
    return writer_settings(use);
}

// The database holds hashes of passwords: nobody but the server's own user may read it. SQLite
// gives the files beside it the same rights.
result<void> create_file(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) {
        return make_error(Errc::unavailable, "The database " + file.string() +
                                                 " cannot be opened for writing: " +
                                                 std::generic_category().message(errno) + ".");
    }
    ::close(descriptor);
    return {};
}

// What an operator can act on, with the name of the file.
Error opening_error(const std::filesystem::path& file, const Error& error) {
    const std::string name = "The database " + file.string();
    switch (error.code) {
        case Errc::corrupt_store:
            return make_error(error.code,
                              name + " is damaged, or is no SQLite database. Restore a backup.");
        case Errc::storage_full:
            return make_error(error.code, name + " cannot be opened: the disk is full.");
        case Errc::busy:
            return make_error(error.code, name + " is locked by another process. Stop it first.");
        default:
            return make_error(Errc::unavailable, name +
                                                     " cannot be opened. Is it a file that this "
                                                     "user may read and write?");
    }
}

}  // namespace

void Connection::Closer::operator()(sqlite3* database) const noexcept {
    static_cast<void>(sqlite3_close_v2(database));
}

result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file, Use use) {
    if (use != Use::read) {
        if (auto created = create_file(file); created.has_error()) return created.error();
    }
    const int flags = (use == Use::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    std::unique_ptr<Connection> connection(new Connection);
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &database, flags, nullptr);
    connection->database_.reset(database);
    if (code != SQLITE_OK) return opening_error(file, error_of(database, code));
    if (auto configured = connection->configure(use); configured.has_error()) {
        return opening_error(file, configured.error());
    }
    return connection;
}

Connection::~Connection() {
    rollback();
    statements_.clear();
}

result<void> Connection::configure(Use use) {
    sqlite3* database = database_.get();
    sqlite3_busy_timeout(database, static_cast<int>(store_busy_timeout_ms.count()));
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    if (use == Use::read) {
        // Two connections that reset the log at the same instant can damage the file (SQLite
        // before 3.51.3), so only the writer ever does.
        sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    const std::string settings =
        "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;" + settings_of(use);
    const bool logs_ahead = use == Use::write || use == Use::write_unguarded;
    if (auto done = execute(settings); done.has_error() || !logs_ahead) return done;
    // Where the file system cannot share memory, SQLite silently stays in another mode.
    Query mode = query("PRAGMA journal_mode");
    const result<bool> row = mode.next();
    if (row.has_error()) return row.error();
    if (mode.bytes(0) != "wal") return make_error(Errc::unavailable);
    return {};
}

result<void> Connection::execute(const std::string& statements) {
    const int code = sqlite3_exec(database_.get(), statements.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(database_.get(), code);
    return {};
}

std::int64_t Connection::changes() const { return sqlite3_changes64(database_.get()); }

std::int64_t Connection::last_inserted() const {
    return sqlite3_last_insert_rowid(database_.get());
}

bool Connection::in_transaction() const {
    return database_ && sqlite3_get_autocommit(database_.get()) == 0;
}

result<void> Connection::copy_to(Connection& target, const CopyProgress& progress) {
    sqlite3_backup* copying =
        sqlite3_backup_init(target.database_.get(), "main", database_.get(), "main");
    if (copying == nullptr) {
        return error_of(target.database_.get(), sqlite3_errcode(target.database_.get()));
    }
    int code = SQLITE_OK;
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(copying, copied_at_once_pages);
        const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(copying));
        const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(copying));
        if (progress) progress(total - left, total);
    }
    const int ended = sqlite3_backup_finish(copying);
    if (code == SQLITE_DONE && ended == SQLITE_OK) return {};
    return error_of(target.database_.get(), code == SQLITE_DONE ? ended : code);
}

result<void> Connection::commit() {
    result<void> done = query("COMMIT").run();
    if (done.has_error() && done.error().code == Errc::unavailable) {
        // Part of the log may be on the disk: after a failed write or fsync nobody knows.
        return make_error(Errc::internal, "The disk failed while a commit was written.");
    }
    return done;
}

void Connection::rollback() noexcept {
    if (!in_transaction()) return;
    // Straight, without the cache: it must work where memory is short.
    static_cast<void>(sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr));
}

result<Snapshot> Snapshot::begin(Connection& connection) {
    if (auto begun = connection.query("BEGIN").run(); begun.has_error()) return begun.error();
    return Snapshot(connection);
}

}  // namespace parley::sqlite
