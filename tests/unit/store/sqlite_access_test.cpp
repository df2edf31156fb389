#include "unit/store/raw_database.hpp"
#include "unit/store/store_fixture.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

namespace parley::test {
namespace {

class SqliteAccess : public SqliteFileTest {};

TEST_F(SqliteAccess, RefusesASecondWriterAndSaysWho) {
    auto first = open().value();
    const auto link = folder / "another-name.db";
    std::filesystem::create_symlink(file, link);
    for (const auto& name : {file, link}) {
        const Error error = error_of(open_at(name));
        EXPECT_EQ(error.code, Errc::busy);
        EXPECT_NE(error.message.find("(pid " + std::to_string(::getpid()) + ")"),
                  std::string::npos);
        EXPECT_NE(error.message.find(file.string()), std::string::npos);
        EXPECT_NE(error.message.find("stop the server first"), std::string::npos);
    }
    first.reset();
    EXPECT_TRUE(open().has_value());
}

TEST_F(SqliteAccess, ReadsBesideAWriter) {
    const auto writer = open().value();
    StoreWorld world(*writer);
    const Actor ada = world.person("Ada");
    const DiscussionId id = world.open_discussion();
    world.post(ada, id, "before");
    const auto beside = open(StoreAccess::read_only).value();
    EXPECT_EQ(beside->epoch(), writer->epoch());
    const auto reader = beside->open_reader().value();
    EXPECT_EQ(reader->discussion(id).value()->view.comment_count, 1);
    world.post(ada, id, "after");
    EXPECT_EQ(reader->discussion(id).value()->view.comment_count, 2);
    EXPECT_TRUE(reader->check().value().empty());
    EXPECT_TRUE(beside->begin().has_error());
}

// After a kill the last commits are in the log only; whoever just reads finds them there.
TEST_F(SqliteAccess, ReadsWhatAKilledServerLeft) {
    const auto killed = folder / "killed.db";
    DiscussionId id;
    {
        const auto store = open().value();
        StoreWorld world(*store);
        id = world.open_discussion();
        world.post(world.person("Ada"), id, "in the log");
        copy(file, killed);
        copy(beside("-wal"), killed.string() + "-wal");
    }
    const auto store = open_at(killed, StoreAccess::read_only).value();
    const auto reader = store->open_reader().value();
    EXPECT_EQ(reader->discussion(id).value()->view.comment_count, 1);
}

TEST_F(SqliteAccess, AReaderOutlivesItsStore) {
    auto store = open().value();
    auto world = std::make_unique<StoreWorld>(*store);
    const DiscussionId id = world->open_discussion();
    const auto reader = store->open_reader().value();
    world.reset();
    store.reset();
    EXPECT_TRUE(reader->discussion(id).value().has_value());
    // Such a reader does not hold the file against another writer.
    EXPECT_TRUE(open().has_value());
}

TEST_F(SqliteAccess, APrivateDatabaseLeavesNothing) {
    TempFolder parent;
    const char* before = std::getenv("TMPDIR");
    const std::string kept = before == nullptr ? "" : before;
    ASSERT_EQ(::setenv("TMPDIR", parent.path().c_str(), 1), 0);
    {
        const auto store = open_store("sqlite::memory:", StoreAccess::serve).value();
        StoreWorld world(*store);
        world.open_discussion();
        EXPECT_FALSE(std::filesystem::is_empty(parent.path()));
    }
    EXPECT_TRUE(std::filesystem::is_empty(parent.path()));
    if (before == nullptr) ::unsetenv("TMPDIR");
    else ::setenv("TMPDIR", kept.c_str(), 1);
}

TEST_F(SqliteAccess, OnlyTheOwnUserMayRead) {
    const auto store = open().value();
    StoreWorld world(*store);
    world.open_discussion();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
        const auto rights = std::filesystem::status(beside(suffix)).permissions();
        EXPECT_EQ(rights & std::filesystem::perms::mask,
                  std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
            << suffix;
    }
}

TEST_F(SqliteAccess, SaysWhatIsWrongWithAPath) {
    EXPECT_EQ(error_of(open_at(folder / "none" / "parley.db")).code, Errc::unavailable);
    std::filesystem::create_directory(folder / "a-folder.db");
    EXPECT_EQ(error_of(open_at(folder / "a-folder.db")).code, Errc::unavailable);
    EXPECT_EQ(error_of(open(StoreAccess::read_only)).code, Errc::unavailable);
    EXPECT_FALSE(std::filesystem::exists(file));
    for (const char* url : {"", "sqlite:", "mysql://localhost/parley", "parley.db"}) {
        EXPECT_EQ(error_of(open_store(url, StoreAccess::serve)).code, Errc::unavailable) << url;
    }
    EXPECT_TRUE(open_store("sqlite::memory:", StoreAccess::read_only).has_error());
}

TEST_F(SqliteAccess, UsesTheSettingsThatDurabilityNeeds) {
    { const auto store = open().value(); }
    RawDatabase raw(file);
    EXPECT_EQ(raw.value_of("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(raw.value_of("PRAGMA user_version"), "3");
}

// A write beyond the limit fails with an error that is not "disk full": what was written of the
// commit is unknown, and the store says so with the one code that ends the process.
TEST_F(SqliteAccess, ACommitThatTheDiskRefusesIsFatal) {
    const auto store = open().value();
    StoreWorld world(*store);
    const Actor ada = world.person("Ada");
    const DiscussionId id = world.open_discussion();
    auto transaction = store->begin().value();
    const Command post =
        StoreWorld::command(ada, PostComment{id, {}, std::string(9'000, 'x'), {}}, "key");
    Needs needs;
    collect_needs(post, needs);
    State state;
    transaction->load(needs, state).value();
    (void)decide(state, post, world.limits).value();
    transaction->save(state).value();

    const auto former = std::signal(SIGXFSZ, SIG_IGN);
    rlimit kept{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &kept), 0);
    rlimit tight = kept;
    tight.rlim_cur = std::filesystem::file_size(beside("-wal")) + 1;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const result<void> committed = transaction->commit();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &kept), 0);
    std::signal(SIGXFSZ, former);

    EXPECT_EQ(error_of(committed).code, Errc::internal);
    transaction.reset();
    EXPECT_TRUE(world.comments(id).empty());
    EXPECT_EQ(world.findings(), "");
}

// The earlier texts of a comment: bounded, and gone with it.
TEST_F(SqliteAccess, KeepsTheNewestEarlierTexts) {
    CommentId comment{};
    CommentId deleted{};
    {
        const auto store = open().value();
        StoreWorld world(*store);
        const Actor ada = world.person("Ada");
        const DiscussionId id = world.open_discussion();
        comment = world.post(ada, id, "text 0");
        deleted = world.post(ada, id, "text");
        for (std::size_t i = 1; i <= comment_versions_count_max + 3; ++i) {
            (void)world.apply(ada, EditComment{comment, "text " + std::to_string(i)}).value();
        }
        (void)world.apply(ada, EditComment{deleted, "other text"}).value();
        (void)world.apply(ada, DeleteComment{deleted}).value();
    }
    RawDatabase raw(file);
    const std::string of = " FROM comment_versions WHERE comment = ";
    EXPECT_EQ(raw.value_of("SELECT count(*)" + of + to_string(comment)),
              std::to_string(comment_versions_count_max));
    EXPECT_EQ(
        raw.value_of("SELECT body" + of + to_string(comment) + " ORDER BY version DESC LIMIT 1"),
        "text " + std::to_string(comment_versions_count_max + 2));
    EXPECT_EQ(raw.value_of("SELECT count(*)" + of + to_string(deleted)), "0");
    EXPECT_EQ(raw.value_of("SELECT body FROM comments WHERE id = " + to_string(deleted)), "");
}

}  // namespace
}  // namespace parley::test
