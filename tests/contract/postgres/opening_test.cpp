#include "contract/postgres/postgres_fixture.hpp"
#include "store/postgres/endpoint.hpp"
#include "store/postgres/errors.hpp"

#include <mutex>
#include <set>

namespace parley::test {
namespace {

using PostgresOpening = PostgresTest;

TEST_F(PostgresOpening, ManyAtOnceMigrateOnce) {
    const std::size_t log_before = server().log().size();
    std::mutex mutex;
    std::set<std::string> epochs;
    in_parallel(8, [&](int) {
        const auto store = open();
        ASSERT_TRUE(store.has_value()) << store.error().message;
        const std::lock_guard lock(mutex);
        epochs.insert((*store)->epoch().value);
    });
    EXPECT_EQ(epochs.size(), 1U);
    EXPECT_EQ(RawPostgres(url).run("SELECT version FROM parley_schema"), "3");
    // Nobody has tried to make a table that was there.
    EXPECT_EQ(server().log().find("already exists", log_before), std::string::npos);
}

TEST_F(PostgresOpening, ANewerSchemaIsRefusedAndLeftAlone) {
    { const auto made = open().value(); }
    RawPostgres raw(url);
    raw.run("UPDATE parley_schema SET version = 99");
    for (const StoreAccess access : {StoreAccess::serve, StoreAccess::read_only}) {
        const Error error = error_of(open(access));
        EXPECT_EQ(error.code, Errc::unavailable);
        EXPECT_NE(error.message.find("A newer Parley has written this database (schema 99"),
                  std::string::npos)
            << error.message;
    }
    EXPECT_EQ(raw.run("SELECT version FROM parley_schema"), "99");
}

// An instance that runs while a newer one migrates stops writing at its next connection.
TEST_F(PostgresOpening, ANewerSchemaIsNoticedWhileRunning) {
    const auto store = open().value();
    StoreWorld world(*store);
    const DiscussionId id = world.open_discussion();
    RawPostgres super(server().url_of(url.substr(url.rfind('/') + 1), "postgres"));
    super.run(
        "UPDATE parley_schema SET version = 99;"
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE usename = 'parley' AND datname = current_database()");
    const PutDiscussion put{DiscussionId{"new"}, "Title", {}, {}, {}, {}, {}};
    EXPECT_EQ(error_of(run_one(*store, TheOperator{}, put)).code, Errc::unavailable);
    EXPECT_EQ(error_of(world.reader().discussion(id)).code, Errc::unavailable);
    EXPECT_EQ(super.run("SELECT count(*) FROM discussions"), "1");
}

TEST_F(PostgresOpening, AForeignDatabaseIsRefused) {
    RawPostgres raw(url);
    raw.run("CREATE TABLE invoices (id int); CREATE VIEW open_invoices AS TABLE invoices");
    const Error error = error_of(open());
    EXPECT_EQ(error.code, Errc::corrupt_store);
    EXPECT_NE(error.message.find("tables of another program"), std::string::npos);
    EXPECT_EQ(raw.run("SELECT count(*) FROM pg_class WHERE relname = 'parley_schema'"), "0");
    // One with a table that only has the name.
    raw.run(
        "DROP VIEW open_invoices; DROP TABLE invoices;"
        "CREATE TABLE parley_schema (one int, application text, version bigint);"
        "INSERT INTO parley_schema VALUES (1, 'Parlay', 1)");
    EXPECT_EQ(error_of(open()).code, Errc::corrupt_store);
    // In a schema of its own it does not matter what else there is.
    raw.run("CREATE SCHEMA parley");
    const auto apart = open_store(url + "?options=-csearch_path%3Dparley", StoreAccess::serve);
    ASSERT_TRUE(apart.has_value()) << apart.error().message;
    EXPECT_EQ(StoreWorld(**apart).findings(), "");
}

TEST_F(PostgresOpening, ReadingNeedsADatabaseThatIsThere) {
    const Error empty = error_of(open(StoreAccess::read_only));
    EXPECT_EQ(empty.code, Errc::unavailable);
    EXPECT_NE(empty.message.find("empty"), std::string::npos);
    const auto store = open().value();
    StoreWorld world(*store);
    world.open_discussion();
    const auto second = open(StoreAccess::read_only).value();
    EXPECT_EQ(second->epoch(), store->epoch());
    EXPECT_EQ(error_of(second->begin()).code, Errc::internal);
    EXPECT_EQ(StoreWorld(*second).findings(), "");
}

// What the operator reads names what is wrong, and never the password.
TEST_F(PostgresOpening, ErrorsTellWhatToDo) {
    const std::string name = url.substr(url.rfind('/') + 1);
    const auto message_of = [](const std::string& where) {
        const Error error = error_of(open_store(where, StoreAccess::serve));
        EXPECT_EQ(error.code, Errc::unavailable);
        EXPECT_EQ(error.message.find("hunter2"), std::string::npos) << error.message;
        return error.message;
    };
    EXPECT_NE(message_of("postgresql://parley:hunter2@127.0.0.1:1/x").find("127.0.0.1:1/x"),
              std::string::npos);
    EXPECT_NE(message_of("postgresql://u:hunter2@[::1/d").find("cannot be read"),
              std::string::npos);
    EXPECT_NE(message_of(server().url_of("nowhere")).find("does not exist"), std::string::npos);
    RawPostgres super(server().url_of("postgres", "postgres"));
    super.run("CREATE ROLE stranger LOGIN PASSWORD 'hunter2'");
    EXPECT_NE(message_of(server().url_of(name, "stranger:hunter2")).find("may not create tables"),
              std::string::npos);
    super.run("DROP ROLE stranger");
    super.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    EXPECT_NE(message_of(server().url_of("latin")).find("LATIN1"), std::string::npos);
    super.run("DROP DATABASE latin WITH (FORCE)");
}

// The first host of several is away.
TEST_F(PostgresOpening, TriesTheHostsInTurn) {
    const std::size_t at = url.find('@');
    const std::size_t end = url.rfind('/');
    const std::string both =
        url.substr(0, at + 1) + "127.0.0.1:1," + url.substr(at + 1, end - at - 1) + url.substr(end);
    const auto store = open_store(both, StoreAccess::serve);
    EXPECT_TRUE(store.has_value()) << store.error().message;
}

// Over TLS, as the URL says; whoever is not who the certificate says is refused.
TEST(PostgresTls, IsUsedAndVerified) {
    PostgresServer server(PARLEY_SOURCE_DIR, {"fsync=off", "ssl=on"});
    const std::string url = server.fresh_database() + "?sslmode=verify-full&sslrootcert=";
    {
        const auto store = open_store(url + server.certificate(), StoreAccess::serve);
        ASSERT_TRUE(store.has_value()) << store.error().message;
        StoreWorld world(**store);
        const Actor ada = world.person("Ada");
        const DiscussionId id = world.open_discussion();
        // More than one record of the encryption holds.
        const std::string body(16'000, 'x');
        for (int i = 0; i < 40; ++i) world.post(ada, id, body);
        EXPECT_EQ(world.reader().window({id, SortOrder::oldest, {}, 100, {}})->comments.size(),
                  40U);
        EXPECT_EQ(RawPostgres(server.url_of("postgres", "postgres"))
                      .run("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                           " WHERE application_name = 'parley'"),
                  "t");
    }
    PostgresServer other(PARLEY_SOURCE_DIR, {"fsync=off", "ssl=on"});
    const auto refused = open_store(url + other.certificate(), StoreAccess::serve);
    ASSERT_TRUE(refused.has_error());
    EXPECT_NE(refused.error().message.find("certificate verify failed"), std::string::npos)
        << refused.error().message;
}

TEST(PostgresEndpoint, SplitsHostsAndKeepsWhatIsGiven) {
    const auto endpoint =
        postgres::parse_endpoint("postgresql://me@one:1,two:2/db?tcp_user_timeout=7").value();
    ASSERT_EQ(endpoint.size(), 2U);
    EXPECT_EQ(postgres::name_of(endpoint[0]), "one:1/db");
    EXPECT_EQ(postgres::name_of(endpoint[1]), "two:2/db");
    const auto value = [&](const std::string& name) {
        for (const auto& [key, text] : endpoint[1]) {
            if (key == name) return text;
        }
        return std::string();
    };
    EXPECT_EQ(value("tcp_user_timeout"), "7");
    EXPECT_EQ(value("application_name"), "parley");
    EXPECT_EQ(value("user"), "me");
    EXPECT_TRUE(postgres::parse_endpoint("postgresql://h:1,h:2/d?host=a,b,c").has_error());
}

TEST(PostgresErrors, AreMappedByTheirState) {
    const std::vector<std::tuple<std::string, std::string, Errc>> cases{
        {"40P01", "", Errc::busy},
        {"55P03", "", Errc::busy},
        {"57014", "", Errc::busy},
        {"57P01", "", Errc::unavailable},
        {"57P03", "", Errc::unavailable},
        {"08006", "", Errc::unavailable},
        {"53300", "", Errc::unavailable},
        {"25006", "", Errc::unavailable},
        {"53100", "", Errc::storage_full},
        {"23503", "comments_author_fkey", Errc::conflict},
        {"23505", "comments_pkey", Errc::conflict},
        {"23505", "accounts_by_name_key", Errc::busy},
        {"23505", "idempotency_keys_pkey", Errc::busy},
        {"22021", "", Errc::invalid_field},
        {"54000", "", Errc::conflict},
        {"XX001", "", Errc::corrupt_store},
        {"42P01", "", Errc::internal},
        {"", "", Errc::internal},
    };
    for (const auto& [state, constraint, code] : cases) {
        EXPECT_EQ(postgres::errc_of(state, constraint), code) << state << " " << constraint;
    }
}

}  // namespace
}  // namespace parley::test
