#include "store/store.hpp"

#include "store/postgres/postgres_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace parley {

result<std::unique_ptr<Store>> open_store(std::string_view url, StoreAccess access) {
    for (const std::string_view network : {"postgresql://", "postgres://"}) {
        if (url.starts_with(network)) return postgres::PostgresStore::open(url, access);
    }
    constexpr std::string_view scheme = "sqlite:";
    if (!url.starts_with(scheme) || url.size() == scheme.size()) {
        return make_error(Errc::unavailable,
                          "A store is sqlite:PATH, sqlite::memory: or postgresql://….",
                          "store.url");
    }
    const std::string_view path = url.substr(scheme.size());
    if (path != ":memory:") return sqlite::SqliteStore::open(path, access);
    if (access == StoreAccess::read_only) {
        return make_error(Errc::unavailable,
                          "sqlite::memory: ends with its process: there is nothing to read.",
                          "store.url");
    }
    return sqlite::SqliteStore::open_private();
}

}  // namespace parley
