#include "store/backup.hpp"

#include "store/postgres/backup.hpp"
#include "store/sqlite/backup.hpp"

namespace parley {

namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

bool is_postgres(std::string_view url) {
    return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

// The path of a SQLite file.
result<std::filesystem::path> file_of(std::string_view url) {
    if (!url.starts_with(sqlite_scheme)) {
        return make_error(Errc::unavailable, "Backups are made of sqlite:PATH and postgresql://….",
                          "store.url");
    }
    const std::string_view path = url.substr(sqlite_scheme.size());
    if (path.empty() || path == ":memory:") {
        return make_error(Errc::unavailable,
                          "sqlite::memory: ends with its process: there is nothing to copy.",
                          "store.url");
    }
    return std::filesystem::path(path);
}

}  // namespace

result<BackupReport> back_up_store(std::string_view url, const std::filesystem::path& output,
                                   const BackupProgressHandler& progress) {
    if (is_postgres(url)) return postgres::back_up(url, output, progress);
    const auto file = file_of(url);
    if (file.has_error()) return file.error();
    return sqlite::back_up(*file, output, progress);
}

result<BackupReport> restore_store(std::string_view url, const std::filesystem::path& input,
                                   Overwrite overwrite, const BackupProgressHandler& progress) {
    if (is_postgres(url)) return postgres::restore(url, input, overwrite, progress);
    const auto file = file_of(url);
    if (file.has_error()) return file.error();
    return sqlite::restore(*file, input, overwrite, progress);
}

}  // namespace parley
