#include "store/writer.hpp"

#include "base/log.hpp"
#include "store/writer_batch.hpp"
#include "store/writer_queue.hpp"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace parley {

namespace {

constexpr std::chrono::milliseconds retry_after{1'000};

Error busy() { return make_retry(Errc::busy, retry_after); }

void complete(WaitingCommand& waiting, result<Outcome> answer) noexcept {
    try {
        waiting.completion(std::move(answer));
    } catch (const std::exception& bug) {
        log_event(LogLevel::error, "store.completion_failed", {{"reason", bug.what()}});
    }
}

}  // namespace

struct Writer::Impl {
    Impl(Store& store, const Limits& limits, const Clock& clock, Hooks hooks)
        : store_(store),
          limits_(limits),
          clock_(clock),
          hooks_(std::move(hooks)),
          queue_(limits),
          thread_([this] { run(); }) {}

    result<void> submit(Command command, Lane lane, Completion completion) {
        const std::size_t comments = weight(command);
        WaitingCommand waiting{std::move(command), std::move(completion), clock_.monotonic_now(),
                               comments};
        {
            const std::lock_guard lock(mutex_);
            if (stopping_ || !queue_.push(lane, waiting)) {
                ++stats_.refused_busy;
                return busy();
            }
        }
        wake_.notify_one();
        return {};
    }

    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        // From a hook or a completion: the thread ends by itself, and whoever destroys us joins it.
        if (std::this_thread::get_id() == thread_.get_id()) return;
        const std::lock_guard lock(join_mutex_);
        if (thread_.joinable()) thread_.join();
    }

    [[nodiscard]] Stats stats() const {
        const std::lock_guard lock(mutex_);
        Stats stats = stats_;
        stats.queued = queue_.size();
        stats.queued_moderators = queue_.size_of_moderators();
        stats.takes_commands = !stopping_;
        if (busy_since_) {
            stats.busy_for = std::chrono::duration_cast<std::chrono::milliseconds>(
                clock_.monotonic_now() - *busy_since_);
        }
        return stats;
    }

    void set_slow_commit(std::chrono::milliseconds slow_commit) {
        slow_commit_ms_ = slow_commit.count();
    }

private:
    // Until stop() was called and the queue is empty.
    void run() {
        for (;;) {
            WriterQueue::Batch batch;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return stopping_ || queue_.size() > 0; });
                if (queue_.size() == 0) return;
                batch = queue_.take(clock_.monotonic_now());
                stats_.refused_busy += batch.late.size();
                if (!batch.commands.empty()) busy_since_ = clock_.monotonic_now();
            }
            for (WaitingCommand& late : batch.late) complete(late, busy());
            if (!batch.commands.empty()) process(batch.commands);
        }
    }

    void process(std::vector<WaitingCommand>& batch) {
        BatchResult result = run_and_count(batch);
        if (result.fatal) take_nothing_more(*result.fatal);
        if (result.has_account_events && hooks_.account_events) hooks_.account_events();
        for (std::size_t i = 0; i < batch.size(); ++i) {
            complete(batch[i], std::move(result.answers[i]));
        }
        if (result.fatal) {
            for (WaitingCommand& waiting : take_all()) {
                complete(waiting, make_retry(Errc::unavailable, retry_after));
            }
        }
    }

    [[nodiscard]] BatchResult run_and_count(std::vector<WaitingCommand>& batch) {
        BatchResult result;
        try {
            std::vector<Command> commands;
            commands.reserve(batch.size());
            for (WaitingCommand& waiting : batch) commands.push_back(std::move(waiting.command));
            result = run_batch(store_, commands, limits_, clock_, hooks_.committed,
                               std::chrono::milliseconds(slow_commit_ms_));
        } catch (const std::exception& bug) {
            log_event(LogLevel::error, "store.writer_threw", {{"reason", bug.what()}});
            result.answers.assign(batch.size(), make_error(Errc::internal));
        }
        const std::lock_guard lock(mutex_);
        busy_since_.reset();
        stats_.commands += batch.size();
        stats_.commits += result.commits;
        for (const BatchResult::Commit& commit : result.measured) {
            stats_.commit_us.add(commit.took);
            stats_.transaction_us.add(commit.transaction);
            stats_.batch_commands.add(std::uint64_t{commit.commands});
        }
        return result;
    }

    void take_nothing_more(const Error& error) {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        if (hooks_.fatal) hooks_.fatal(error);
    }

    [[nodiscard]] std::vector<WaitingCommand> take_all() {
        const std::lock_guard lock(mutex_);
        return queue_.take_all();
    }

    // Constant after construction. The store is used by the thread alone.
    Store& store_;
    const Limits limits_;
    const Clock& clock_;
    const Hooks hooks_;

    // Protected by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    WriterQueue queue_;
    bool stopping_ = false;
    std::optional<MonotonicTime> busy_since_;
    Stats stats_;  // but for what stats() fills in

    std::atomic<std::int64_t> slow_commit_ms_{slow_commit_default_ms.count()};

    std::mutex join_mutex_;
    std::thread thread_;  // the last member: it uses the others; joined under join_mutex_
};

Writer::Writer(Store& store, const Limits& limits, const Clock& clock, Hooks hooks)
    : impl_(std::make_unique<Impl>(store, limits, clock, std::move(hooks))) {}

Writer::~Writer() { stop(); }

result<void> Writer::submit(Command command, Lane lane, Completion completion) {
    return impl_->submit(std::move(command), lane, std::move(completion));
}

void Writer::stop() { impl_->stop(); }

void Writer::set_slow_commit(std::chrono::milliseconds slow_commit) {
    impl_->set_slow_commit(slow_commit);
}

Writer::Stats Writer::stats() const { return impl_->stats(); }

}  // namespace parley
