#pragma once

// Private to redis_bus*.cpp.

#include "base/log.hpp"
#include "bus/channels.hpp"
#include "bus/probe.hpp"
#include "bus/publish_queue.hpp"
#include "bus/redis_bus.hpp"
#include "bus/spent_sums.hpp"
#include "redis/link.hpp"
#include "redis/tls.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <thread>

namespace parley {

// Lets a repeated event into the log once in log_repeat_interval_ms. One thread.
class Seldom {
public:
    [[nodiscard]] bool allows(MonotonicTime now) {
        if (last_ && now - *last_ < log_repeat_interval_ms) return false;
        last_ = now;
        return true;
    }
    void forget() { last_.reset(); }

private:
    std::optional<MonotonicTime> last_;
};

class RedisBus final : public Bus, private redis::SubscribeSession::Sink {
public:
    RedisBus(const RedisBusSettings& settings, redis::Address address,
             std::optional<redis::asio::ssl::context> tls);
    ~RedisBus() override;
    RedisBus(const RedisBus&) = delete;
    RedisBus& operator=(const RedisBus&) = delete;

    void publish(std::shared_ptr<const Changeset> changeset) override;
    void tell_presence(const DiscussionId& discussion, std::size_t readers) override;
    void tell_spent(std::uint8_t kind, std::string_view key) override;
    void tell_account_events() override;
    void tell_voted(AccountId account) override;
    void subscribe(Handlers handlers) override;
    [[nodiscard]] Stats stats() const override;

private:
    // --- any thread ---
    void push(PublishQueue::Item item);
    void queue(PublishQueue::Item item);  // with queue_mutex_ held
    void queue_spent();                   // the same
    void queue_voted();                   // the same
    template <class Call>
    void hand_on(Call call);

    // --- the bus's own thread ---
    void run();
    [[nodiscard]] redis::Link::Handlers watching_handlers();
    [[nodiscard]] redis::Link::Handlers publishing_handlers();
    [[nodiscard]] redis::Link::Handlers subscription_handlers();
    [[nodiscard]] std::shared_ptr<redis::SubscribeSession> make_subscriber();
    void drain();
    void drop_queued();
    [[nodiscard]] bool may_publish() const;
    void publish_now(std::size_t channel, const BusContent& content);
    enum class End : std::uint8_t { publishing, subscription };
    void on_ready(End end, const redis::Host& host);
    void on_lost(End end, const redis::Failure& failure, bool was_ready);
    void on_subscribed() override;
    void on_message(std::string_view channel, std::string_view payload) override;
    void on_probe(std::uint64_t number);
    void take(const BusMessage& message);
    void refuse(const Error& error, std::size_t bytes);
    void set_down(std::string_view reason);
    void schedule_probe();
    void look_at_probe();
    void tell_sums();
    void begin_stop();
    void poll_stop();

    // Hears from a sentinel that the master is another server.
    struct SwitchSink final : redis::SubscribeSession::Sink {
        explicit SwitchSink(RedisBus& bus) : owner(bus) {}
        void on_subscribed() override {}
        void on_message(std::string_view channel, std::string_view payload) override;
        RedisBus& owner;
    };

    const redis::Address address_;
    const redis::Address sentinels_;  // as servers
    std::optional<redis::asio::ssl::context> tls_;
    const BusCodec codec_;
    const std::vector<std::string> channels_;
    const redis::Session::Settings login_;

    redis::asio::io_context io_{1};

    mutable std::mutex queue_mutex_;
    PublishQueue queue_;         // protected by queue_mutex_
    SpentSums spent_;            // protected by queue_mutex_
    std::set<AccountId> voted_;  // protected by queue_mutex_
    bool wake_posted_ = false;   // protected by queue_mutex_

    std::shared_mutex handlers_mutex_;
    Handlers handlers_;  // protected by handlers_mutex_

    std::atomic<std::uint64_t> published_ = 0;
    std::atomic<std::uint64_t> received_ = 0;
    std::atomic<std::uint64_t> dropped_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;
    std::atomic<std::uint64_t> connects_ = 0;
    std::atomic<bool> up_ = false;
    std::atomic<MonotonicTime> probe_back_{MonotonicTime{}};
    std::atomic<std::chrono::microseconds> probe_time_{std::chrono::microseconds{-1}};

    // The bus's thread alone:
    Probe probe_;
    std::shared_ptr<redis::PublishSession> publisher_;
    std::shared_ptr<redis::SubscribeSession> subscriber_;
    redis::Host publishes_at_;
    redis::Host subscribed_at_;
    redis::Link publishing_;
    redis::Link subscription_;
    SwitchSink switch_sink_{*this};
    std::optional<redis::Link> watching_;  // with sentinels
    redis::Timer probe_timer_;
    redis::Timer stop_timer_;
    MonotonicTime sums_told_at_{};
    MonotonicTime stop_by_{};
    bool stopping_ = false;
    Seldom says_refused_;
    Seldom says_unreachable_;
    Seldom says_dropped_;

    std::thread thread_;
};

}  // namespace parley
