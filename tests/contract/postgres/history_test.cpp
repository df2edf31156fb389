#include "store/postgres/history.hpp"

#include "contract/postgres/postgres_fixture.hpp"

#include <mutex>
#include <set>

namespace parley::test {
namespace {

using PostgresHistory = PostgresTest;
using postgres::HistoryMarks;

TEST_F(PostgresHistory, ARestartKeepsTheEpoch) {
    const Epoch epoch = open().value()->epoch();
    server().command("restart");
    EXPECT_EQ(open().value()->epoch(), epoch);
}

// As after a restore on another machine, or the promotion of a standby.
TEST_F(PostgresHistory, AnotherServerOrTimelineIsAnotherHistory) {
    Epoch epoch = open().value()->epoch();
    RawPostgres raw(url);
    for (const char* change : {"system_identifier = '1'", "timeline = 77", "place = '1.2'"}) {
        raw.run(std::string("UPDATE history SET ") + change);
        const Epoch next = open().value()->epoch();
        EXPECT_NE(next, epoch) << change;
        EXPECT_EQ(open().value()->epoch(), next) << change;
        epoch = next;
    }
}

// Everybody who comes back at the same time learns the same new name.
TEST_F(PostgresHistory, ManyAgreeOnOneNewEpoch) {
    const Epoch before = open().value()->epoch();
    RawPostgres(url).run("UPDATE history SET timeline = 77");
    std::mutex mutex;
    std::set<std::string> epochs;
    in_parallel(8, [&](int) {
        const auto store = open();
        ASSERT_TRUE(store.has_value()) << store.error().message;
        const std::lock_guard lock(mutex);
        epochs.insert((*store)->epoch().value);
    });
    EXPECT_EQ(epochs.size(), 1U);
    EXPECT_FALSE(epochs.contains(before.value));
}

// A running instance notices at its next connection, its readers too.
TEST_F(PostgresHistory, IsLookedAtWithEachConnection) {
    const auto store = open().value();
    StoreWorld world(*store);
    const DiscussionId id = world.open_discussion();
    const Epoch before = store->epoch();
    RawPostgres super(server().url_of(url.substr(url.rfind('/') + 1), "postgres"));
    super.run(
        "UPDATE history SET system_identifier = '1';"
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE usename = 'parley' AND datname = current_database()");
    const auto position = world.reader().positions({&id, 1}).value().front().second;
    EXPECT_NE(position.epoch, before);
    EXPECT_EQ(store->epoch(), position.epoch);
    EXPECT_EQ(world.load({}).epoch, position.epoch);
}

// A copy is a history of its own: what is written there, the original does not have.
TEST_F(PostgresHistory, ACopyOfADatabaseIsAnotherHistory) {
    const Epoch epoch = open().value()->epoch();
    const std::string copy = server().fresh_database(url.substr(url.rfind('/') + 1));
    EXPECT_NE(open_store(copy, StoreAccess::serve).value()->epoch(), epoch);
    EXPECT_EQ(open().value()->epoch(), epoch);
    server().drop(copy);
}

// Reading alone changes nothing, whatever it finds.
TEST_F(PostgresHistory, ReadersOfAnotherProcessLeaveItAlone) {
    const Epoch epoch = open().value()->epoch();
    RawPostgres raw(url);
    raw.run("UPDATE history SET timeline = 77");
    EXPECT_EQ(open(StoreAccess::read_only).value()->epoch(), epoch);
    EXPECT_EQ(raw.run("SELECT timeline FROM history"), "77");
}

// Where the role may not ask for the server's name, the rest is compared.
TEST_F(PostgresHistory, WorksWithoutTheRightToAsk) {
    const std::string name = url.substr(url.rfind('/') + 1);
    RawPostgres super(server().url_of(name, "postgres"));
    super.run("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
    Epoch epoch = open().value()->epoch();
    EXPECT_EQ(super.run("SELECT system_identifier IS NULL FROM history"), "t");
    EXPECT_EQ(open().value()->epoch(), epoch);
    super.run("UPDATE history SET timeline = 77");
    EXPECT_NE(open().value()->epoch(), epoch);
    epoch = open().value()->epoch();
    // The right comes later: that alone is no other history.
    super.run("GRANT EXECUTE ON FUNCTION pg_control_system() TO parley");
    EXPECT_EQ(open().value()->epoch(), epoch);
    EXPECT_EQ(super.run("SELECT system_identifier IS NULL FROM history"), "f");
}

TEST(PostgresHistoryMarks, ConcludeNothingFromWhatIsNotKnown) {
    const HistoryMarks all{"1", 1, "1.2"};
    EXPECT_FALSE(is_another_history(all, all));
    EXPECT_FALSE(is_another_history(all, {std::nullopt, std::nullopt, "1.2"}));
    EXPECT_FALSE(is_another_history({std::nullopt, std::nullopt, "1.2"}, all));
    EXPECT_TRUE(is_another_history(all, {"2", 1, "1.2"}));
    EXPECT_TRUE(is_another_history(all, {"1", 2, "1.2"}));
    EXPECT_TRUE(is_another_history(all, {"1", 1, "1.3"}));
    EXPECT_EQ(merged(all, {std::nullopt, 2, "1.3"}), (HistoryMarks{"1", 2, "1.3"}));
}

}  // namespace
}  // namespace parley::test
