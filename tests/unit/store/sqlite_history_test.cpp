#include "base/limits.hpp"
#include "store/sqlite/high_water.hpp"
#include "unit/store/raw_database.hpp"
#include "unit/store/store_fixture.hpp"

namespace parley::test {
namespace {

using sqlite::HighWater;
using sqlite::HighWaterMark;

class SqliteHistory : public SqliteFileTest {
public:
    DiscussionId id{"tram-line"};

protected:
    // Opens, lets `count` comments be posted, closes. The epoch it had.
    Epoch work(int count) {
        const auto store = open().value();
        StoreWorld world(*store);
        if (!world.reader().discussion(id).value()) {
            world.open_discussion(id.value);
            (void)world.apply(TheOperator{}, ImportAccounts{"s", {{"u", "Ada"}}}).value();
        }
        for (int i = 0; i < count; ++i) {
            ImportComment comment;
            comment.id = std::to_string(world.comments(id).size());
            comment.author = "u";
            comment.body = "text";
            (void)world.apply(TheOperator{}, ImportComments{"s", id, {comment}}).value();
        }
        return store->epoch();
    }
    [[nodiscard]] std::size_t comments_count() {
        const auto store = open(StoreAccess::read_only).value();
        StoreWorld world(*store);
        return world.comments(id).size();
    }
};

TEST_F(SqliteHistory, GoesOnWithItsEpoch) {
    const Epoch epoch = work(2);
    EXPECT_EQ(work(2), epoch);
    EXPECT_EQ(work(0), epoch);
    RawDatabase raw(file);
    EXPECT_EQ(read(beside(".high-water")),
              epoch.value + " " + raw.value_of("SELECT commits FROM history") + "\n");
}

TEST_F(SqliteHistory, ARestoredCopyGetsANewEpoch) {
    const Epoch epoch = work(2);
    copy(file, folder / "backup.db");
    EXPECT_EQ(work(2), epoch);
    copy(folder / "backup.db", file);
    const Epoch restored = work(0);
    EXPECT_NE(restored, epoch);
    EXPECT_EQ(comments_count(), 2U);
    // Now this is the history, until somebody restores the same copy again.
    EXPECT_EQ(work(3), restored);
    copy(folder / "backup.db", file);
    const Epoch again = work(0);
    EXPECT_NE(again, restored);
    EXPECT_NE(again, epoch);
}

TEST_F(SqliteHistory, ALostLogGetsANewEpoch) {
    const Epoch epoch = work(2);
    {
        const auto store = open().value();
        StoreWorld world(*store);
        ImportComment comment{"lost", {}, "u", "text", {}, 0, {}, {}, {}};
        (void)world.apply(TheOperator{}, ImportComments{"s", id, {comment}}).value();
        copy(file, folder / "without-log.db");
    }
    copy(folder / "without-log.db", file);
    EXPECT_NE(work(0), epoch);
    EXPECT_EQ(comments_count(), 2U);
}

TEST_F(SqliteHistory, AMissingMarkIsMadeAgain) {
    const Epoch epoch = work(2);
    std::filesystem::remove(beside(".high-water"));
    EXPECT_EQ(work(0), epoch);
    EXPECT_TRUE(std::filesystem::exists(beside(".high-water")));
}

TEST_F(SqliteHistory, AMarkThatCannotBeReadCountsAsLoss) {
    for (const std::string mark : {"", "x", "epoch", "epoch 12", " 12\n", "epoch 1x\n"}) {
        const Epoch epoch = work(1);
        write(beside(".high-water"), mark);
        EXPECT_NE(work(0), epoch) << mark;
    }
}

TEST_F(SqliteHistory, TheMarkIsNeverAheadAndAtMostASecondBehind) {
    const auto mark_file = folder / "mark";
    const MonotonicTime start{std::chrono::hours(1)};
    const auto at = [](std::int64_t commits) { return HighWaterMark{Epoch{"e"}, commits}; };
    {
        HighWater mark(mark_file);
        EXPECT_FALSE(mark.contradicts(at(0)));
        mark.reached(at(1), start);
        EXPECT_EQ(read(mark_file), "e 1\n");
        mark.reached(at(2), start + high_water_interval_ms / 2);
        EXPECT_EQ(read(mark_file), "e 1\n");
        mark.reached(at(3), start + high_water_interval_ms);
        EXPECT_EQ(read(mark_file), "e 3\n");
        mark.reached(at(4), start + high_water_interval_ms);
    }
    EXPECT_EQ(read(mark_file), "e 4\n");
    const HighWater mark(mark_file);
    EXPECT_FALSE(mark.contradicts(at(4)));
    EXPECT_FALSE(mark.contradicts(at(5)));
    EXPECT_TRUE(mark.contradicts(at(3)));
    EXPECT_TRUE(mark.contradicts({Epoch{"f"}, 4}));
}

// So that an older copy shows even where the process ended within its first second.
TEST_F(SqliteHistory, TheFirstMarkAfterTheStartIsWrittenAtOnce) {
    const auto mark_file = folder / "mark";
    const auto at = [](std::int64_t commits) { return HighWaterMark{Epoch{"e"}, commits}; };
    HighWater mark(mark_file);
    mark.opened(at(7));
    EXPECT_EQ(read(mark_file), "e 7\n");
    mark.reached(at(8), MonotonicTime{std::chrono::hours(1)});
    EXPECT_EQ(read(mark_file), "e 8\n");
    EXPECT_TRUE(mark.contradicts(at(7)));
}

}  // namespace
}  // namespace parley::test
