#pragma once

#include "store/postgres/link.hpp"
#include "store/store.hpp"

namespace parley::postgres {

// A database on a PostgreSQL server, which several instances may share. The writer and each reader
// have a connection of their own; each is made again when it was lost.
class PostgresStore final : public Store {
public:
    // Tells the operator in its error what to do. Never shows the URL, which may hold a password.
    [[nodiscard]] static result<std::unique_ptr<Store>> open(std::string_view url,
                                                             StoreAccess access);

    [[nodiscard]] result<std::unique_ptr<WriteTransaction>> begin() override;
    [[nodiscard]] result<std::unique_ptr<StoreReader>> open_reader() override;
    // As a connection of this process has last seen it.
    [[nodiscard]] Epoch epoch() const override { return shared_->epoch.get(); }

private:
    explicit PostgresStore(std::shared_ptr<Shared> shared)
        : shared_(shared), writer_(std::move(shared)) {}

    std::shared_ptr<Shared> shared_;
    Link writer_;
};

}  // namespace parley::postgres
