#pragma once

#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>

namespace parley {

// A few threads, each with its own connection, behind one bounded queue: the event loop never
// waits for the database.
class ReaderPool {
public:
    // Opens the connections at once; an error where one cannot be opened.
    [[nodiscard]] static result<std::unique_ptr<ReaderPool>> open(Store& store,
                                                                  const Limits& limits);
    ~ReaderPool();  // stop()
    ReaderPool(const ReaderPool&) = delete;
    ReaderPool& operator=(const ReaderPool&) = delete;

    // Runs `read` on one of the threads. Thread-safe, never blocks; busy when the queue is full or
    // the pool has stopped, and then `read` is not run.
    [[nodiscard]] result<void> submit(std::function<void(StoreReader&)> read);

    // Finishes what is queued, joins. Idempotent.
    void stop();

    struct Stats {
        std::size_t threads = 0;
        std::size_t running = 0;  // of them, at work
        std::size_t queued = 0;
        std::uint64_t reads = 0;
        std::uint64_t refused_busy = 0;
        Histogram wait_us{};  // from submit() to the start
    };
    [[nodiscard]] Stats stats() const;  // thread-safe

private:
    struct Impl;
    explicit ReaderPool(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace parley
