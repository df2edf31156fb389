#pragma once

#include "service/service.hpp"
#include "support/failing_store.hpp"
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>

namespace parley::test {

// A store whose windows and changes a test makes, whose position a test moves, and which can be
// made to fail. Thread-safe.
class ScriptedStore final : public Store {
public:
    // What a read of a window (or of changes) does besides; may throw, and may block.
    std::function<void()> on_read;

    result<std::unique_ptr<WriteTransaction>> begin() override {
        return make_error(Errc::unavailable);
    }
    result<std::unique_ptr<StoreReader>> open_reader() override {
        return std::unique_ptr<StoreReader>(new Reader(*this));
    }
    [[nodiscard]] Epoch epoch() const override { return position_now().epoch; }

    void move_to(Position position) {
        const std::lock_guard lock(mutex_);
        position_ = std::move(position);
    }
    void fail_with(std::optional<Errc> code) {
        const std::lock_guard lock(mutex_);
        failure_ = code;
    }
    [[nodiscard]] int reads() const { return reads_; }

private:
    class Reader final : public EmptyReader {
    public:
        explicit Reader(ScriptedStore& store) : store_(store) {}
        result<Window> window(const WindowRequest&) override {
            auto position = store_.read();
            if (position.has_error()) return std::move(position.error());
            Window window;
            window.position = std::move(*position);
            return window;
        }
        result<Changeset> changes_since(const DiscussionId& id, const std::optional<Epoch>&,
                                        Seq since) override {
            auto position = store_.read();
            if (position.has_error()) return std::move(position.error());
            Changeset changes;
            changes.discussion = id;
            changes.epoch = position->epoch;
            changes.prev = since;
            changes.seq = position->seq;
            return changes;
        }
        result<std::optional<DiscussionDetail>> discussion(const DiscussionId& id) override {
            DiscussionDetail detail;
            detail.view.id = id;
            detail.view.position = store_.position_now();
            return std::optional(std::move(detail));
        }
        result<std::vector<std::pair<DiscussionId, Position>>> positions(
            std::span<const DiscussionId> ids) override {
            if (const auto failure = store_.failure_now()) return make_error(*failure);
            std::vector<std::pair<DiscussionId, Position>> found;
            for (const DiscussionId& id : ids) found.emplace_back(id, store_.position_now());
            return found;
        }

    private:
        ScriptedStore& store_;
    };

    // The position is taken first, as a database snapshot would be.
    [[nodiscard]] result<Position> read() {
        ++reads_;
        const auto failure = failure_now();
        Position position = position_now();
        if (on_read) on_read();
        if (failure) return make_error(*failure);
        return position;
    }
    [[nodiscard]] Position position_now() const {
        const std::lock_guard lock(mutex_);
        return position_;
    }
    [[nodiscard]] std::optional<Errc> failure_now() const {
        const std::lock_guard lock(mutex_);
        return failure_;
    }

    mutable std::mutex mutex_;
    Position position_{Epoch{"a"}, 1};  // protected by mutex_
    std::optional<Errc> failure_;       // protected by mutex_
    std::atomic<int> reads_ = 0;
};

// What an event loop is to a service: runs what is posted on the thread that asks it to.
class Loop {
public:
    void post(std::function<void()> work) {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(work));
        wake_.notify_one();
    }
    // Until the condition holds.
    void run_until(const std::function<bool()>& done) {
        while (!done()) next()();
    }

private:
    std::function<void()> next() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !queue_.empty(); });
        auto work = std::move(queue_.front());
        queue_.pop_front();
        return work;
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
};

// One process: a store, its readers, what the services share.
class ServiceWorld : public ::testing::Test {
protected:
    ~ServiceWorld() override {
        readers->stop();
        writer.stop();
        passwords.stop();
    }

    [[nodiscard]] Service::Parts parts(Loop& loop) {
        return {writer, *readers, *readers, passwords,
                shared, config,   clock,    [&loop](auto work) { loop.post(std::move(work)); }};
    }

    const DiscussionId tram{"tram"};
    Config config;
    ManualClock clock;
    ScriptedStore store;
    ServiceShared shared{config.limits};
    Writer writer{store, config.limits, clock, {}};
    PasswordPool passwords{config.limits};
    std::unique_ptr<ReaderPool> readers = ReaderPool::open(store, config.limits).value();
};

}  // namespace parley::test
