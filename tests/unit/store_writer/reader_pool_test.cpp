#include "store/reader_pool.hpp"

#include "support/failing_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <stdexcept>

namespace parley {
namespace {

using test::FailingStore;

Limits limits_of(std::uint32_t threads, std::uint32_t queued) {
    Limits limits;
    limits.reader_threads_count = threads;
    limits.reader_queue_count_max = queued;
    return limits;
}

// Occupies all threads of a pool until it is released.
class Holding {
public:
    Holding(ReaderPool& pool, std::uint32_t threads) {
        for (std::uint32_t i = 0; i < threads; ++i) {
            std::promise<void> reached;
            EXPECT_TRUE(pool.submit([&, released = released_](StoreReader& reader) {
                                readers.insert(&reader);
                                reached.set_value();
                                released.wait();
                            })
                            .has_value());
            reached.get_future().wait();
        }
    }
    void release() { release_.set_value(); }

    std::set<StoreReader*> readers;

private:
    std::promise<void> release_;
    std::shared_future<void> released_ = release_.get_future().share();
};

TEST(ReaderPool, GivesEachThreadAConnectionOfItsOwn) {
    FailingStore store;
    auto pool = ReaderPool::open(store, limits_of(3, 10)).value();
    EXPECT_EQ(store.readers_opened, 3);
    Holding holding(*pool, 3);
    EXPECT_EQ(holding.readers.size(), 3U);
    holding.release();
    pool->stop();
}

TEST(ReaderPool, SaysWhyAConnectionCannotBeOpened) {
    FailingStore store;
    store.reader_fault = [](int opened) -> std::optional<Error> {
        if (opened == 1) return make_error(Errc::corrupt_store);
        return std::nullopt;
    };
    const auto pool = ReaderPool::open(store, limits_of(2, 10));
    ASSERT_TRUE(pool.has_error());
    EXPECT_EQ(pool.error().code, Errc::corrupt_store);
}

TEST(ReaderPool, AnswersBusyWhenItsQueueIsFull) {
    FailingStore store;
    auto pool = ReaderPool::open(store, limits_of(2, 3)).value();
    Holding holding(*pool, 2);
    std::atomic<int> read = 0;
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(pool->submit([&](StoreReader&) { ++read; }).has_value());
    }
    const auto refused = pool->submit([&](StoreReader&) { read += 100; });
    const ReaderPool::Stats full = pool->stats();
    EXPECT_EQ(full.threads, 2U);
    EXPECT_EQ(full.running, 2U);
    EXPECT_EQ(full.queued, 3U);
    EXPECT_EQ(full.refused_busy, 1U);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::busy);
    EXPECT_TRUE(refused.error().retry_after);
    holding.release();
    pool->stop();
    EXPECT_EQ(read, 3);
    EXPECT_EQ(pool->stats().reads, 5U);
    EXPECT_EQ(pool->stats().running, 0U);
    EXPECT_EQ(pool->stats().wait_us.count(), 5U);
}

TEST(ReaderPool, StopFinishesWhatIsQueuedAndTakesNothingMore) {
    FailingStore store;
    auto pool = ReaderPool::open(store, limits_of(1, 1'000)).value();
    Holding holding(*pool, 1);
    std::atomic<int> read = 0;
    for (int i = 0; i < 500; ++i) {
        EXPECT_TRUE(pool->submit([&](StoreReader&) { ++read; }).has_value());
    }
    holding.release();
    pool->stop();
    EXPECT_EQ(read, 500);
    EXPECT_EQ(pool->submit([](StoreReader&) {}).error().code, Errc::busy);
    pool->stop();
}

TEST(ReaderPool, OutlivesAReadThatThrows) {
    FailingStore store;
    auto pool = ReaderPool::open(store, limits_of(1, 10)).value();
    EXPECT_TRUE(pool->submit([](StoreReader&) { throw std::runtime_error("a bug"); }).has_value());
    std::atomic<bool> read = false;
    EXPECT_TRUE(pool->submit([&](StoreReader&) { read = true; }).has_value());
    pool->stop();
    EXPECT_TRUE(read);
}

}  // namespace
}  // namespace parley
