#include "store/sqlite/backup.hpp"

#include "store/epoch.hpp"
#include "store/new_file.hpp"
#include "store/sqlite/file_lock.hpp"
#include "store/sqlite/high_water.hpp"
#include "store/sqlite/migrations.hpp"

#include <utility>

namespace parley::sqlite {

namespace {

using std::filesystem::path;

path with_suffix(const path& file, const char* suffix) {
    path longer = file;
    longer += suffix;
    return longer;
}

// Names the file where the sentence is the general one of its code.
Error named(const path& file, Error error, const char* sentence) {
    if (error == make_error(error.code)) error.message = sentence;
    error.message = file.string() + ": " + error.message;
    return error;
}

result<void> check_pages(Connection& connection) {
    Query query = connection.query("PRAGMA quick_check(1)");
    const result<bool> row = query.next();
    if (row.has_error()) return row.error();
    if (query.bytes(0) == "ok") return {};
    return make_error(Errc::corrupt_store, "It is damaged: " + query.text(0) + ".");
}

result<HighWaterMark> read_history(Connection& connection) {
    Query query = connection.query("SELECT epoch, commits FROM history");
    const result<bool> row = query.next();
    if (row.has_error()) return row.error();
    if (!*row) return make_error(Errc::corrupt_store, "It has no history.");
    return HighWaterMark{Epoch{query.text(0)}, query.integer(1)};
}

result<std::unique_ptr<Connection>> open_source(const path& file) {
    std::error_code failed;
    if (!std::filesystem::exists(file, failed)) {
        return make_error(Errc::unavailable, "There is no file " + file.string() + ".");
    }
    auto source = Connection::open(file, Use::read);
    if (source.has_error()) return source;
    if (auto known = require_known_schema(**source, migrations()); known.has_error()) {
        return named(file, known.error(), "It is damaged, or no database of Parley.");
    }
    return source;
}

// A copy of the whole, in one file without a log beside it; and what of the history is in it.
struct Copied {
    std::unique_ptr<Connection> connection;
    HighWaterMark history;
};
result<Copied> copy(Connection& source, const path& target, const BackupProgressHandler& progress) {
    const auto snapshot = sqlite::Snapshot::begin(source);
    if (snapshot.has_error()) return snapshot.error();
    // The first read decides what the snapshot holds.
    const auto history = read_history(source);
    if (history.has_error()) return history.error();
    auto connection = Connection::open(target, Use::copy);
    if (connection.has_error()) return connection.error();
    const auto tell = [&progress](std::uint64_t done, std::uint64_t total) {
        if (progress) progress({done, total});
    };
    if (auto done = source.copy_to(**connection, tell); done.has_error()) return done.error();
    if (auto done = (*connection)->execute("PRAGMA journal_mode = DELETE;"); done.has_error()) {
        return done.error();
    }
    return Copied{std::move(*connection), *history};
}

result<void> begin_new_history(Connection& connection, HighWaterMark& mark) {
    const result<Epoch> fresh = random_epoch();
    if (fresh.has_error()) return fresh.error();
    Query query = connection.query("UPDATE history SET epoch = ?1, commits = commits + 1");
    query.bind(fresh->value);
    if (auto done = query.run(); done.has_error()) return done;
    mark.epoch = *fresh;
    ++mark.commits;
    return {};
}

// What lies beside the database that is replaced would be taken for a part of the new one. What it
// holds goes into its own file first: until the new one has the name, the old one is whole.
void settle_old(const path& file) {
    {
        auto old = Connection::open(file, Use::write);
        if (old.has_value()) {
            static_cast<void>((*old)->execute("PRAGMA wal_checkpoint(TRUNCATE);"));
        }
    }
    std::error_code ignored;
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
        std::filesystem::remove(with_suffix(file, suffix), ignored);
    }
}

}  // namespace

result<BackupReport> back_up(const path& file, const path& output,
                             const BackupProgressHandler& progress) {
    if (is_same_file(file, output)) {
        return make_error(Errc::invalid_field, "The copy would overwrite the database itself.");
    }
    auto source = open_source(file);
    if (source.has_error()) return source.error();
    auto fresh = NewFile::beside(output);
    if (fresh.has_error()) return fresh.error();
    auto copied = copy(**source, fresh->name(), progress);
    if (copied.has_error()) return named(file, copied.error(), "It cannot be copied.");
    if (auto sound = check_pages(*copied->connection); sound.has_error()) {
        return named(file, sound.error(), "It cannot be checked.");
    }
    copied->connection.reset();
    const std::uint64_t bytes = fresh->bytes();
    if (auto done = fresh->publish(output); done.has_error()) return done.error();
    return BackupReport{bytes, copied->history.epoch};
}

result<BackupReport> restore(const path& file, const path& input, Overwrite overwrite,
                             const BackupProgressHandler& progress) {
    std::error_code failed;
    const path whole = std::filesystem::weakly_canonical(std::filesystem::absolute(file), failed);
    if (failed || !std::filesystem::is_directory(whole.parent_path(), failed)) {
        return make_error(Errc::unavailable, "The folder of " + file.string() + " is not there.");
    }
    if (is_same_file(whole, input)) {
        return make_error(Errc::invalid_field, "The copy is the database itself.");
    }
    auto source = open_source(input);
    if (source.has_error()) return source.error();
    if (auto sound = check_pages(**source); sound.has_error()) {
        return named(input, sound.error(), "It cannot be checked.");
    }
    const result<FileLock> lock = FileLock::acquire(with_suffix(whole, ".lock"), whole);
    if (lock.has_error()) return lock.error();
    const bool replaces = std::filesystem::exists(whole, failed);
    if (replaces && overwrite == Overwrite::never) {
        return make_error(Errc::conflict,
                          whole.string() + " is there already; --force overwrites it.");
    }
    auto fresh = NewFile::beside(whole);
    if (fresh.has_error()) return fresh.error();
    auto copied = copy(**source, fresh->name(), progress);
    if (copied.has_error()) return named(input, copied.error(), "It cannot be copied.");
    HighWaterMark mark = copied->history;
    if (auto done = begin_new_history(*copied->connection, mark); done.has_error()) {
        return named(input, done.error(), "Its history cannot be renamed.");
    }
    copied->connection.reset();
    const std::uint64_t bytes = fresh->bytes();
    if (replaces) settle_old(whole);
    if (auto done = fresh->publish(whole); done.has_error()) return done.error();
    // Were it lost now, the next start would find the old mark and give the history one more name.
    HighWater(with_suffix(whole, ".high-water")).reached(mark, std::chrono::steady_clock::now());
    return BackupReport{bytes, mark.epoch};
}

}  // namespace parley::sqlite
