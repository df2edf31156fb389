#include "store/sqlite/migrations.hpp"
#include "unit/store/raw_database.hpp"
#include "unit/store/store_fixture.hpp"

#include <array>

namespace parley::test {
namespace {

using sqlite::Connection;
using sqlite::Migration;
using sqlite::Query;
using sqlite::Use;

class SqliteSchema : public SqliteFileTest {
protected:
    [[nodiscard]] std::unique_ptr<Connection> connect(Use use = Use::write) const {
        return Connection::open(file, use).value();
    }
};

constexpr Migration first{1, "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);"};
constexpr Migration second{2, "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;"};
constexpr Migration broken{2, "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO none VALUES (1);"};

TEST_F(SqliteSchema, RunsWhatIsMissingOnce) {
    const std::array old_steps{first};
    const std::array steps{first, second};
    EXPECT_TRUE(migrate(*connect(), old_steps).has_value());
    EXPECT_TRUE(require_schema(*connect(Use::read), old_steps).has_value());
    EXPECT_EQ(error_of(require_schema(*connect(Use::read), steps)).code, Errc::unavailable);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(migrate(*connect(), steps).has_value());
    RawDatabase raw(file);
    EXPECT_EQ(raw.value_of("SELECT sum(y) FROM a"), "2");
    EXPECT_EQ(raw.value_of("PRAGMA user_version"), "2");
}

TEST_F(SqliteSchema, AStepThatFailsLeavesTheOneBefore) {
    const std::array steps{first, broken};
    EXPECT_TRUE(migrate(*connect(), steps).has_error());
    RawDatabase raw(file);
    EXPECT_EQ(raw.value_of("PRAGMA user_version"), "1");
    EXPECT_EQ(raw.value_of("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), "0");
}

TEST_F(SqliteSchema, RefusesANewerOne) {
    { const auto store = open().value(); }
    RawDatabase(file).run("PRAGMA user_version = 99");
    for (const StoreAccess access : {StoreAccess::serve, StoreAccess::read_only}) {
        const Error error = error_of(open(access));
        EXPECT_EQ(error.code, Errc::unavailable);
        EXPECT_NE(error.message.find("Upgrade this program"), std::string::npos);
    }
    EXPECT_EQ(RawDatabase(file).value_of("PRAGMA user_version"), "99");
}

TEST_F(SqliteSchema, RefusesADatabaseOfAnotherProgram) {
    RawDatabase(file).run("CREATE TABLE articles (x); INSERT INTO articles VALUES ('mine')");
    EXPECT_EQ(error_of(open()).code, Errc::corrupt_store);
    EXPECT_EQ(RawDatabase(file).value_of("SELECT x FROM articles"), "mine");
    EXPECT_EQ(RawDatabase(file).value_of("SELECT count(*) FROM sqlite_schema"), "1");
}

TEST_F(SqliteSchema, RefusesWhatIsNoDatabase) {
    write(file, std::string(5'000, 'x'));
    const Error error = error_of(open());
    EXPECT_EQ(error.code, Errc::corrupt_store);
    EXPECT_NE(error.message.find(file.string()), std::string::npos);
    EXPECT_EQ(error_of(open(StoreAccess::read_only)).code, Errc::corrupt_store);
}

// --- statements ---------------------------------------------------------------------------------

TEST_F(SqliteSchema, OneStatementMayBeUsedTwiceAtATime) {
    const auto connection = connect();
    constexpr Sql numbers = "SELECT value FROM json_each('[1,2]')";
    Query outer = connection->query(numbers);
    ASSERT_TRUE(outer.next().value());
    {
        Query inner = connection->query(numbers);
        ASSERT_TRUE(inner.next().value());
        EXPECT_EQ(inner.integer(0), 1);
    }
    ASSERT_TRUE(outer.next().value());
    EXPECT_EQ(outer.integer(0), 2);
    EXPECT_FALSE(outer.next().value());
}

TEST_F(SqliteSchema, ValuesComeBackAsTheyWereBound) {
    const auto connection = connect();
    const std::string odd("a\0b\xFF", 4);
    Query query = connection->query("SELECT ?1, ?2, ?3, ?4, typeof(?4), ?5");
    query.bind(std::int64_t{-7}).bind(std::string_view()).bind_blob(odd).bind_blob("");
    query.bind(std::optional<CommentId>());
    ASSERT_TRUE(query.next().value());
    EXPECT_EQ(query.integer(0), -7);
    EXPECT_FALSE(query.is_null(1));
    EXPECT_EQ(query.bytes(2), odd);
    EXPECT_FALSE(query.is_null(3));
    EXPECT_EQ(query.text(4), "blob");
    EXPECT_EQ(query.optional_id<CommentId>(5), std::nullopt);
}

TEST_F(SqliteSchema, ErrorsAreTold) {
    const auto connection = connect();
    EXPECT_EQ(error_of(connection->query("SELECT x FROM none").run()).code, Errc::internal);
    EXPECT_TRUE(connection->execute("CREATE TABLE a (x TEXT UNIQUE) STRICT").has_value());
    Query insert = connection->query("INSERT INTO a VALUES (?1)");
    insert.bind("twice");
    EXPECT_TRUE(insert.run().has_value());
    Query again = connection->query("INSERT INTO a VALUES (?1)");
    again.bind("twice");
    EXPECT_EQ(error_of(again.run()).code, Errc::conflict);
    EXPECT_EQ(error_of(connect(Use::read)->query("DELETE FROM a").run()).code, Errc::unavailable);
}

TEST_F(SqliteSchema, AFullDiskHealsByItself) {
    const auto connection = connect();
    EXPECT_TRUE(connection->execute("CREATE TABLE a (x BLOB) STRICT").has_value());
    EXPECT_TRUE(connection->execute("PRAGMA max_page_count = 10").has_value());
    const auto insert = [&] {
        return connection->query("INSERT INTO a VALUES (zeroblob(100000))").run();
    };
    EXPECT_EQ(error_of(insert()).code, Errc::storage_full);
    connection->rollback();
    EXPECT_FALSE(connection->in_transaction());
    EXPECT_TRUE(connection->execute("PRAGMA max_page_count = 1000").has_value());
    EXPECT_TRUE(insert().has_value());
}

TEST_F(SqliteSchema, AWriterThatMustWaitIsToldSo) {
    const auto one = connect();
    const auto other = connect();
    EXPECT_TRUE(other->execute("PRAGMA busy_timeout = 1").has_value());
    EXPECT_TRUE(one->execute("BEGIN IMMEDIATE").has_value());
    const Error error = error_of(other->query("BEGIN IMMEDIATE").run());
    EXPECT_EQ(error.code, Errc::busy);
    EXPECT_TRUE(error.retry_after.has_value());
}

}  // namespace
}  // namespace parley::test
