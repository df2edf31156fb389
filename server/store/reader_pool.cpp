#include "store/reader_pool.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace parley {

namespace {

constexpr std::chrono::milliseconds retry_after{500};

}  // namespace

struct ReaderPool::Impl {
    Impl(std::vector<std::unique_ptr<StoreReader>> readers, std::size_t queue_count_max)
        : queue_count_max_(queue_count_max), readers_(std::move(readers)) {
        threads_.reserve(readers_.size());
        for (const auto& reader : readers_) {
            threads_.emplace_back([this, &reader = *reader] { run(reader); });
        }
    }

    result<void> submit(std::function<void(StoreReader&)> read) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_ || queue_.size() >= queue_count_max_) {
                ++stats_.refused_busy;
                return make_retry(Errc::busy, retry_after);
            }
            queue_.push_back({std::move(read), std::chrono::steady_clock::now()});
        }
        wake_.notify_one();
        return {};
    }

    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        const std::lock_guard lock(join_mutex_);
        for (std::thread& thread : threads_) {
            if (thread.joinable()) thread.join();
        }
    }

    [[nodiscard]] Stats stats() const {
        const std::lock_guard lock(mutex_);
        Stats stats = stats_;
        stats.threads = readers_.size();
        stats.queued = queue_.size();
        return stats;
    }

private:
    struct Waiting {
        std::function<void(StoreReader&)> read;
        MonotonicTime submitted;
    };

    // Until stop() was called and the queue is empty.
    void run(StoreReader& reader) {
        for (;;) {
            std::function<void(StoreReader&)> read;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
                if (queue_.empty()) return;
                read = std::move(queue_.front().read);
                stats_.wait_us.add(std::chrono::steady_clock::now() - queue_.front().submitted);
                ++stats_.running;
                queue_.pop_front();
            }
            try {
                read(reader);
            } catch (const std::exception& bug) {
                log_event(LogLevel::error, "store.read_threw", {{"reason", bug.what()}});
            }
            const std::lock_guard lock(mutex_);
            --stats_.running;
            ++stats_.reads;
        }
    }

    const std::size_t queue_count_max_;
    // Constant after construction; each is used by its own thread alone.
    std::vector<std::unique_ptr<StoreReader>> readers_;

    // Protected by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Waiting> queue_;
    bool stopping_ = false;
    Stats stats_;  // but for what stats() fills in

    std::mutex join_mutex_;
    std::vector<std::thread> threads_;  // constant after construction; joined under join_mutex_
};

ReaderPool::ReaderPool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

result<std::unique_ptr<ReaderPool>> ReaderPool::open(Store& store, const Limits& limits) {
    const std::size_t count = std::max<std::size_t>(limits.reader_threads_count, 1);
    std::vector<std::unique_ptr<StoreReader>> readers;
    readers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto reader = store.open_reader();
        if (reader.has_error()) return std::move(reader.error());
        readers.push_back(std::move(*reader));
    }
    auto impl = std::make_unique<Impl>(std::move(readers), limits.reader_queue_count_max);
    return std::unique_ptr<ReaderPool>(new ReaderPool(std::move(impl)));
}

ReaderPool::~ReaderPool() { stop(); }

result<void> ReaderPool::submit(std::function<void(StoreReader&)> read) {
    return impl_->submit(std::move(read));
}

void ReaderPool::stop() { impl_->stop(); }

ReaderPool::Stats ReaderPool::stats() const { return impl_->stats(); }

}  // namespace parley
