#include "store/postgres/backup.hpp"

#include "store/new_file.hpp"
#include "store/postgres/history.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/postgres/program.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace parley::postgres {

namespace {

// So that one who looks at the server's sessions does not take it for an instance.
constexpr const char* our_name = "parley_backup";

struct OptionsDeleter {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

std::string value_of(const Parameters& parameters, std::string_view name) {
    for (const auto& [keyword, value] : parameters) {
        if (keyword == name) return value;
    }
    return {};
}

// What stands in the address, in the variables that libpq reads it from. Several hosts are one list
// again.
std::map<std::string, std::string> environment_of(const std::vector<Parameters>& endpoint) {
    const std::unique_ptr<PQconninfoOption, OptionsDeleter> known(PQconndefaults());
    std::map<std::string, std::string> environment;
    for (const PQconninfoOption* one = known.get(); one != nullptr && one->keyword != nullptr;
         ++one) {
        if (one->envvar == nullptr) continue;
        const std::string_view name = one->keyword;
        const bool is_list = name == "host" || name == "hostaddr" || name == "port";
        std::string value = value_of(endpoint.front(), name);
        for (std::size_t i = 1; is_list && i < endpoint.size(); ++i) {
            value += ',' + value_of(endpoint[i], name);
        }
        const bool is_given = value.find_first_not_of(',') != std::string::npos;
        if (is_given) environment[one->envvar] = value;
    }
    environment["PGAPPNAME"] = our_name;
    return environment;
}

struct Target {
    std::vector<Parameters> endpoint;
    std::unique_ptr<Connection> connection;
};
result<Target> connect(std::string_view url) {
    auto endpoint = parse_endpoint(url);
    if (endpoint.has_error()) return endpoint.error();
    for (Parameters& one : *endpoint) {
        for (auto& [name, value] : one) {
            if (name == "application_name") value = our_name;
        }
    }
    auto connection = Connection::open(*endpoint);
    if (connection.has_error()) return connection.error();
    return Target{std::move(*endpoint), std::move(*connection)};
}

// Whether what is there may be replaced.
result<void> require_free(Connection& connection, Overwrite overwrite) {
    const auto found = connection.run(Request{
        "SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')),"
        " (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = current_schema() AND c.relname = 'parley_schema'),"
        " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'parley')"});
    if (found.has_error()) return found.error();
    const Row row = found->front();
    if (row.integer(0) > 0 && row.integer(1) == 0) {
        return make_error(Errc::corrupt_store,
                          "The database holds tables of another program, not Parley's.");
    }
    if (row.integer(2) > 0) {
        return make_error(Errc::busy,
                          "Instances of Parley are connected to the database; stop "
                          "them first.");
    }
    if (row.integer(0) > 0 && overwrite == Overwrite::never) {
        return make_error(Errc::conflict, "There is a store already; --force overwrites it.");
    }
    return {};
}

// A copy that pg_restore can read to its end.
result<void> check_copy(const std::filesystem::path& file) {
    const auto listed =
        run_program({{"pg_restore", "--file=/dev/null", file.string()}, {}, true}, {});
    if (listed.has_value()) return {};
    return make_error(Errc::corrupt_store,
                      file.string() + ": It is damaged, or no copy that backup has made.");
}

}  // namespace

result<BackupReport> back_up(std::string_view url, const std::filesystem::path& output,
                             const BackupProgressHandler& progress) {
    auto target = connect(url);
    if (target.has_error()) return target.error();
    const result<Epoch> epoch = read_epoch(*target->connection);
    if (epoch.has_error()) return epoch.error();
    target->connection.reset();
    auto fresh = NewFile::beside(output);
    if (fresh.has_error()) return fresh.error();
    const Program dump{{"pg_dump", "--format=custom", "--no-owner", "--no-privileges",
                        "--file=" + fresh->name().string()},
                       environment_of(target->endpoint)};
    const auto tell = [&] {
        if (progress) progress({fresh->bytes(), 0});
    };
    if (auto done = run_program(dump, tell); done.has_error()) return done.error();
    if (auto sound = check_copy(fresh->name()); sound.has_error()) return sound.error();
    const std::uint64_t bytes = fresh->bytes();
    if (auto done = fresh->publish(output); done.has_error()) return done.error();
    return BackupReport{bytes, *epoch};
}

result<BackupReport> restore(std::string_view url, const std::filesystem::path& input,
                             Overwrite overwrite, const BackupProgressHandler& progress) {
    std::error_code failed;
    const std::uintmax_t bytes = std::filesystem::file_size(input, failed);
    if (failed) return make_error(Errc::unavailable, "There is no file " + input.string() + ".");
    if (auto sound = check_copy(input); sound.has_error()) return sound.error();
    auto target = connect(url);
    if (target.has_error()) return target.error();
    if (auto free = require_free(*target->connection, overwrite); free.has_error()) {
        return free.error();
    }
    const Program load{{"pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges",
                        "--exit-on-error", "--single-transaction",
                        "--dbname=" + value_of(target->endpoint.front(), "dbname"), input.string()},
                       environment_of(target->endpoint)};
    const auto tell = [&] {
        if (progress) progress({0, 0});
    };
    if (auto done = run_program(load, tell); done.has_error()) return done.error();
    // Opening it finds that this is not where the history was written, and gives it a new name.
    const auto store = PostgresStore::open(url, StoreAccess::serve);
    if (store.has_error()) return store.error();
    return BackupReport{bytes, (*store)->epoch()};
}

}  // namespace parley::postgres
