#include "contract/postgres/postgres_fixture.hpp"

namespace parley::test {

PostgresServer& PostgresTest::server() {
    static PostgresServer server(PARLEY_SOURCE_DIR, {"fsync=off", "full_page_writes=off"});
    return server;
}

}  // namespace parley::test
