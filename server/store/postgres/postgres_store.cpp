#include "store/postgres/postgres_store.hpp"

#include "store/postgres/reader.hpp"
#include "store/postgres/transaction.hpp"

namespace parley::postgres {

result<std::unique_ptr<Store>> PostgresStore::open(std::string_view url, StoreAccess access) {
    auto endpoint = parse_endpoint(url);
    if (endpoint.has_error()) return endpoint.error();
    auto shared = std::make_shared<Shared>();
    shared->endpoint = std::move(*endpoint);
    shared->use = access == StoreAccess::serve ? Use::write : Use::read;
    std::unique_ptr<PostgresStore> store(new PostgresStore(std::move(shared)));
    if (auto opened = store->writer_.open(); opened.has_error()) return opened.error();
    return std::unique_ptr<Store>(std::move(store));
}

result<std::unique_ptr<WriteTransaction>> PostgresStore::begin() {
    if (shared_->use == Use::read) {
        return make_error(Errc::internal, "The store was opened for reading only.");
    }
    const result<Connection*> connection = writer_.get();
    if (connection.has_error()) return connection.error();
    return std::unique_ptr<WriteTransaction>(std::make_unique<PostgresTransaction>(**connection));
}

result<std::unique_ptr<StoreReader>> PostgresStore::open_reader() {
    Link link(shared_);
    if (auto connected = link.get(); connected.has_error()) return connected.error();
    return std::unique_ptr<StoreReader>(std::make_unique<PostgresReader>(std::move(link)));
}

}  // namespace parley::postgres
