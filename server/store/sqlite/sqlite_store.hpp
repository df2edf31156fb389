#pragma once

#include "store/sqlite/file_lock.hpp"
#include "store/sqlite/transaction.hpp"

#include <optional>

namespace parley::sqlite {

// Where a database is; for a private one also what removes its folder in the end.
struct DatabaseFiles {
    std::filesystem::path database;
    std::optional<TemporaryFolder> folder;
};

// One SQLite file, or a private one that ends with the store. One process serves it; its readers
// have connections of their own.
class SqliteStore final : public Store {
public:
    [[nodiscard]] static result<std::unique_ptr<Store>> open(const std::filesystem::path& file,
                                                             StoreAccess access);
    [[nodiscard]] static result<std::unique_ptr<Store>> open_private();

    [[nodiscard]] result<std::unique_ptr<WriteTransaction>> begin() override;
    [[nodiscard]] result<std::unique_ptr<StoreReader>> open_reader() override;
    [[nodiscard]] Epoch epoch() const override { return epoch_; }

private:
    explicit SqliteStore(std::shared_ptr<const DatabaseFiles> files) : files_(std::move(files)) {}
    [[nodiscard]] result<void> open_for_writing(Use use);
    [[nodiscard]] result<void> open_for_reading();
    [[nodiscard]] result<void> check_storage();
    [[nodiscard]] result<void> settle_history();

    // Destroyed from the last to the first: the mark is written and the database closed before
    // another process may have it.
    std::shared_ptr<const DatabaseFiles> files_;
    std::optional<FileLock> lock_;
    std::unique_ptr<Connection> connection_;  // absent: read only
    std::optional<HighWater> high_water_;
    Epoch epoch_;
};

}  // namespace parley::sqlite
