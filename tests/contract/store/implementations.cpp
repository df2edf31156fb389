#include "contract/store/store_contract.hpp"
#include "support/postgres_server.hpp"
#include "support/temp_folder.hpp"

namespace parley::test {
namespace {

class SqliteFile final : public StorePlace {
public:
    result<std::unique_ptr<Store>> open() override {
        return open_store("sqlite:" + (folder_ / "parley.db").string(), StoreAccess::serve);
    }

private:
    TempFolder folder_;
};

class SqliteMemory final : public StorePlace {
public:
    result<std::unique_ptr<Store>> open() override {
        return open_store("sqlite::memory:", StoreAccess::serve);
    }
};

// One server for all tests, without fsync: whether it is durable is not what they ask.
PostgresServer& shared_server() {
    static PostgresServer server(PARLEY_SOURCE_DIR, {"fsync=off", "full_page_writes=off"});
    return server;
}

class PostgresDatabase final : public StorePlace {
public:
    ~PostgresDatabase() override { shared_server().drop(url_); }
    result<std::unique_ptr<Store>> open() override { return open_store(url_, StoreAccess::serve); }

private:
    std::string url_ = shared_server().fresh_database();
};

const StoreKind sqlite_file{"SqliteFile", [] { return std::make_unique<SqliteFile>(); }};
const StoreKind sqlite_memory{"SqliteMemory", [] { return std::make_unique<SqliteMemory>(); }};
const StoreKind postgres{"Postgres", [] { return std::make_unique<PostgresDatabase>(); }};

std::string name_of(const testing::TestParamInfo<StoreKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Every, StoreContract,
                         testing::Values(sqlite_file, sqlite_memory, postgres), name_of);
INSTANTIATE_TEST_SUITE_P(Every, WaitingStoreContract,
                         testing::Values(sqlite_file, sqlite_memory, postgres), name_of);
INSTANTIATE_TEST_SUITE_P(Every, DurableStoreContract, testing::Values(sqlite_file, postgres),
                         name_of);

}  // namespace
}  // namespace parley::test
