#include "base/log.hpp"
#include "identity/passwords.hpp"

#include <sodium.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace parley {

namespace {

constexpr std::size_t threads_count = 2;
constexpr int niceness = 10;
// About what one place in the queue takes on a slow core.
constexpr std::chrono::milliseconds retry_after{1'000};

// Its destructor wipes the text, so that passwords do not linger in freed memory.
class Secret {
public:
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&&) = delete;
    Secret& operator=(Secret&&) = delete;
    ~Secret() { sodium_memzero(text_.data(), text_.size()); }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace

struct PasswordPool::Impl {
    explicit Impl(std::size_t queue_count_max) : queue_count_max_(queue_count_max) {
        for (std::size_t i = 0; i < threads_count; ++i) {
            threads_.emplace_back([this] { run(); });
        }
    }

    result<void> submit(std::function<void()> job) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_ || queue_.size() >= queue_count_max_) {
                return make_retry(Errc::busy, retry_after);
            }
            queue_.push_back(std::move(job));
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

    [[nodiscard]] std::size_t queued() const {
        const std::lock_guard lock(mutex_);
        return queue_.size();
    }

private:
    void run() {
        // Linux has a niceness for each thread: a storm of sign-ins takes what others leave.
        static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness));
        for (;;) {
            std::function<void()> job;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
                if (queue_.empty()) return;
                job = std::move(queue_.front());
                queue_.pop_front();
            }
            try {
                job();
            } catch (const std::exception& bug) {
                log_event(LogLevel::error, "identity.password_job_failed",
                          {{"reason", bug.what()}});
            }
        }
    }

    const std::size_t queue_count_max_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;  // protected by mutex_
    bool stopping_ = false;                    // protected by mutex_
    std::mutex join_mutex_;
    std::vector<std::thread> threads_;  // constant after construction; joined under join_mutex_
};

PasswordPool::PasswordPool(const Limits& limits)
    : impl_(std::make_unique<Impl>(limits.password_queue_count_max)) {}

PasswordPool::~PasswordPool() { stop(); }

result<void> PasswordPool::hash(std::string password,
                                std::function<void(result<std::string>)> done) {
    auto secret = std::make_shared<const Secret>(std::move(password));
    return impl_->submit([secret = std::move(secret), done = std::move(done)] {
        done(hash_password(secret->text()));
    });
}

result<void> PasswordPool::verify(std::string password, std::string phc_hash,
                                  std::function<void(bool)> done) {
    auto secret = std::make_shared<const Secret>(std::move(password));
    return impl_->submit(
        [secret = std::move(secret), phc_hash = std::move(phc_hash), done = std::move(done)] {
            done(verify_password(secret->text(), phc_hash));
        });
}

void PasswordPool::stop() { impl_->stop(); }

std::size_t PasswordPool::queued() const { return impl_->queued(); }

}  // namespace parley
