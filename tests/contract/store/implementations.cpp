#include "contract/store/store_contract.hpp"
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

const StoreKind sqlite_file{"SqliteFile", [] { return std::make_unique<SqliteFile>(); }};
const StoreKind sqlite_memory{"SqliteMemory", [] { return std::make_unique<SqliteMemory>(); }};

std::string name_of(const testing::TestParamInfo<StoreKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Every, StoreContract, testing::Values(sqlite_file, sqlite_memory),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Every, DurableStoreContract, testing::Values(sqlite_file), name_of);

}  // namespace
}  // namespace parley::test
