#include "store/writer_queue.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::milliseconds;
using Lane = Writer::Lane;

constexpr MonotonicTime start{std::chrono::hours{1'000}};

WaitingCommand waiting(std::string name, std::size_t weight = 1, MonotonicTime at = start) {
    WaitingCommand made;
    made.command.key = std::move(name);
    made.submitted = at;
    made.weight = weight;
    return made;
}

bool push(WriterQueue& queue, Lane lane, WaitingCommand command) {
    return queue.push(lane, command);
}

std::string names(const std::vector<WaitingCommand>& commands) {
    std::string joined;
    for (const WaitingCommand& one : commands) joined += one.command.key + " ";
    return joined;
}

Limits limits_of(std::uint32_t queued, std::uint32_t batch) {
    Limits limits;
    limits.writer_queue_count_max = queued;
    limits.writer_batch_count_max = batch;
    return limits;
}

TEST(WriterQueue, KeepsTheOrderAndTakesModeratorsFirst) {
    WriterQueue queue(limits_of(10, 10));
    EXPECT_TRUE(push(queue, Lane::everybody, waiting("a")));
    EXPECT_TRUE(push(queue, Lane::everybody, waiting("b")));
    EXPECT_TRUE(push(queue, Lane::moderators, waiting("m")));
    EXPECT_TRUE(push(queue, Lane::moderators, waiting("n")));
    EXPECT_EQ(queue.size(), 4U);
    const auto batch = queue.take(start);
    EXPECT_EQ(names(batch.commands), "m n a b ");
    EXPECT_TRUE(batch.late.empty());
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_TRUE(queue.take(start).commands.empty());
}

TEST(WriterQueue, HasAQuarterMoreRoomForModerators) {
    WriterQueue queue(limits_of(8, 10));
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(push(queue, Lane::everybody, waiting("a")));
    WaitingCommand refused = waiting("refused");
    EXPECT_FALSE(queue.push(Lane::everybody, refused));
    EXPECT_EQ(refused.command.key, "refused") << "was taken all the same";
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(push(queue, Lane::moderators, waiting("m")));
    EXPECT_FALSE(push(queue, Lane::moderators, waiting("m")));
    EXPECT_EQ(queue.size(), 10U);

    WriterQueue smallest(limits_of(1, 1));
    EXPECT_TRUE(push(smallest, Lane::everybody, waiting("a")));
    EXPECT_TRUE(push(smallest, Lane::moderators, waiting("m")));
}

TEST(WriterQueue, BoundsABatchByCount) {
    WriterQueue queue(limits_of(10, 2));
    for (const char* name : {"a", "b", "c"}) push(queue, Lane::everybody, waiting(name));
    EXPECT_EQ(names(queue.take(start).commands), "a b ");
    EXPECT_EQ(names(queue.take(start).commands), "c ");
}

TEST(WriterQueue, BoundsABatchByWhatItMayChange) {
    WriterQueue queue(limits_of(10, 10));
    push(queue, Lane::everybody, waiting("a", changeset_comments_max - 1));
    push(queue, Lane::everybody, waiting("b", 1));
    push(queue, Lane::everybody, waiting("c", 1));
    push(queue, Lane::everybody, waiting("d", changeset_comments_max));
    push(queue, Lane::everybody, waiting("e", changeset_comments_max + 1));
    push(queue, Lane::everybody, waiting("f", 0));
    EXPECT_EQ(names(queue.take(start).commands), "a b ");
    // d does not fit beside c, and nothing overtakes it.
    EXPECT_EQ(names(queue.take(start).commands), "c ");
    EXPECT_EQ(names(queue.take(start).commands), "d ");
    EXPECT_EQ(names(queue.take(start).commands), "e ") << "too big, but must not stay for ever";
    EXPECT_EQ(names(queue.take(start).commands), "f ");
}

TEST(WriterQueue, PutsAsideWhatWaitedTooLong) {
    Limits limits = limits_of(10, 1);
    limits.command_deadline_ms = 5'000;
    WriterQueue queue(limits);
    push(queue, Lane::everybody, waiting("old"));
    push(queue, Lane::everybody, waiting("older", changeset_comments_max));
    push(queue, Lane::everybody, waiting("just in time", 1, start + milliseconds{1}));
    const auto batch = queue.take(start + milliseconds{5'001});
    EXPECT_EQ(names(batch.commands), "just in time ");
    EXPECT_EQ(names(batch.late), "old older ");
}

TEST(WriterQueue, GivesUpEverythingAtOnce) {
    WriterQueue queue(limits_of(10, 1));
    push(queue, Lane::everybody, waiting("a"));
    push(queue, Lane::moderators, waiting("m"));
    EXPECT_EQ(names(queue.take_all()), "m a ");
    EXPECT_EQ(queue.size(), 0U);
}

}  // namespace
}  // namespace parley
