#include "store/sqlite/sqlite_store.hpp"

#include "base/log.hpp"
#include "base/mutants.hpp"
#include "store/epoch.hpp"
#include "store/rows.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/reader.hpp"

namespace parley::sqlite {

namespace {

std::filesystem::path beside(const std::filesystem::path& file, const char* suffix) {
    std::filesystem::path path = file;
    path += suffix;
    return path;
}

// Makes the first row of a new database; leaves that of another one as it is.
result<void> begin_history(Connection& connection, const Epoch& epoch) {
    Query query = connection.query(
        "INSERT INTO history (one, epoch, commits) VALUES (1, ?1, 0) ON CONFLICT DO NOTHING");
    query.bind(epoch.value);
    return query.run();
}

result<HighWaterMark> read_mark(Connection& connection) {
    Query query = connection.query("SELECT epoch, commits FROM history");
    const result<bool> row = query.next();
    if (row.has_error()) return row.error();
    if (!*row) return corrupt_row("history", 1);
    return HighWaterMark{Epoch{query.text(0)}, query.integer(1)};
}

// Compare-and-set: only where the epoch is still the one that was found.
result<HighWaterMark> replace_epoch(Connection& connection, const HighWaterMark& found,
                                    const Epoch& fresh) {
    {
        Query query = connection.query(
            "UPDATE history SET epoch = ?2, commits = commits + 1 WHERE epoch = ?1");
        query.bind(found.epoch.value).bind(fresh.value);
        if (auto done = query.run(); done.has_error()) return done.error();
    }
    log_event(LogLevel::warn, "store.new_epoch",
              {{"reason",
                "the database is older than the high-water file beside it: it was restored, "
                "or has lost its last transactions"},
               {"before", found.epoch.value},
               {"commits", found.commits}});
    return read_mark(connection);
}

// Adds the file's name where the reason is one for the operator.
Error name_file(const std::filesystem::path& file, Error error) {
    if (error.code == Errc::corrupt_store && error == make_error(Errc::corrupt_store)) {
        error.message =
            "The database " + file.string() + " is damaged, or is none. Restore a backup.";
    } else {
        error.message = file.string() + ": " + error.message;
    }
    return error;
}

}  // namespace

result<std::unique_ptr<Store>> SqliteStore::open(const std::filesystem::path& file,
                                                 StoreAccess access) {
    // Two names of one file must find the same lock.
    std::error_code failed;
    std::filesystem::path whole =
        std::filesystem::weakly_canonical(std::filesystem::absolute(file, failed), failed);
    if (failed) {
        return make_error(Errc::unavailable, "The path " + file.string() +
                                                 " cannot be followed: " + failed.message() + ".");
    }
    auto files = std::make_shared<DatabaseFiles>();
    files->database = std::move(whole);
    std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(files)));
    const result<void> opened = access == StoreAccess::serve ? store->open_for_writing(Use::write)
                                                             : store->open_for_reading();
    if (opened.has_error()) return opened.error();
    return std::unique_ptr<Store>(std::move(store));
}

result<std::unique_ptr<Store>> SqliteStore::open_private() {
    auto folder = TemporaryFolder::create();
    if (folder.has_error()) return folder.error();
    auto files = std::make_shared<DatabaseFiles>();
    files->database = folder->path() / "parley.db";
    files->folder.emplace(std::move(*folder));
    std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(files)));
    const result<void> opened = store->open_for_writing(Use::write_unguarded);
    if (opened.has_error()) return opened.error();
    return std::unique_ptr<Store>(std::move(store));
}

result<void> SqliteStore::open_for_writing(Use use) {
    const std::filesystem::path& file = files_->database;
    std::error_code failed;
    if (!std::filesystem::is_directory(file.parent_path(), failed)) {
        return make_error(Errc::unavailable, "The folder " + file.parent_path().string() +
                                                 " for the database is not there. Create it.");
    }
    result<FileLock> lock = FileLock::acquire(beside(file, ".lock"), file);
    if (lock.has_error()) return lock.error();
    lock_.emplace(std::move(*lock));
    auto connection = Connection::open(file, use);
    if (connection.has_error()) return connection.error();
    connection_ = std::move(*connection);
    if (auto checked = check_storage(); checked.has_error()) return checked;
    if (auto migrated = migrate(*connection_, migrations()); migrated.has_error()) {
        return name_file(file, migrated.error());
    }
    if (auto settled = settle_history(); settled.has_error()) {
        return name_file(file, settled.error());
    }
    return {};
}

// A damaged file would be served for as long as nobody reads the damaged place.
result<void> SqliteStore::check_storage() {
    Query query = connection_->query("PRAGMA quick_check(1)");
    const result<bool> row = query.next();
    if (row.has_error()) return name_file(files_->database, row.error());
    const std::string verdict = query.text(0);
    if (verdict == "ok") return {};
    log_event(LogLevel::error, "store.damaged", {{"finding", verdict}});
    return name_file(files_->database, make_error(Errc::corrupt_store));
}

result<void> SqliteStore::settle_history() {
    const result<Epoch> fresh = random_epoch();
    if (fresh.has_error()) return fresh.error();
    if (auto begun = begin_history(*connection_, *fresh); begun.has_error()) return begun;
    result<HighWaterMark> mark = read_mark(*connection_);
    if (mark.has_error()) return mark.error();
    high_water_.emplace(beside(files_->database, ".high-water"));
    if (is_mutated(Mutant::seq_reused)) {
        auto back = connection_->execute("UPDATE discussion_seqs SET seq = seq - 1 WHERE seq > 1");
        if (back.has_error()) return back;
    }
    if (high_water_->contradicts(*mark) && !is_mutated(Mutant::restore_keeps_epoch)) {
        mark = replace_epoch(*connection_, *mark, *fresh);
        if (mark.has_error()) return mark.error();
    }
    high_water_->opened(*mark);
    epoch_ = mark->epoch;
    return {};
}

result<void> SqliteStore::open_for_reading() {
    const std::filesystem::path& file = files_->database;
    std::error_code failed;
    if (!std::filesystem::exists(file, failed)) {
        return make_error(Errc::unavailable, "There is no database " + file.string() +
                                                 ". The server makes one when it starts.");
    }
    auto connection = Connection::open(file, Use::read);
    if (connection.has_error()) return connection.error();
    if (auto fits = require_schema(**connection, migrations()); fits.has_error()) {
        return name_file(file, fits.error());
    }
    const result<Epoch> epoch = read_epoch(**connection);
    if (epoch.has_error()) return name_file(file, epoch.error());
    epoch_ = *epoch;
    return {};
}

result<std::unique_ptr<WriteTransaction>> SqliteStore::begin() {
    if (!connection_) return make_error(Errc::internal, "The store was opened for reading only.");
    return SqliteTransaction::begin(*connection_, *high_water_);
}

result<std::unique_ptr<StoreReader>> SqliteStore::open_reader() {
    auto connection = Connection::open(files_->database, Use::read);
    if (connection.has_error()) return connection.error();
    return std::unique_ptr<StoreReader>(
        std::make_unique<SqliteReader>(std::move(*connection), files_));
}

}  // namespace parley::sqlite
