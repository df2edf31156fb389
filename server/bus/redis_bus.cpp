#include "bus/redis_bus.hpp"

#include "bus/redis_bus_impl.hpp"
#include "protocol/wire.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <random>
#include <utility>

namespace parley {

namespace {

constexpr std::size_t message_overhead_bytes = 512;
constexpr std::size_t bucket_bytes = 100;
constexpr std::size_t voted_bytes = 20;

std::size_t size_of(const Changeset& changeset) {
    return message_overhead_bytes + expected_bytes(changeset.comments) +
           tally_frame_bytes * changeset.scores.size();
}

redis::Address as_servers(redis::Address sentinels) {
    sentinels.master.clear();
    return sentinels;
}

// Told apart from every other life of the same instance.
std::string sender_name(const std::string& instance) {
    std::random_device random;
    std::string name = instance.empty() ? "instance" : instance;
    name += '.';
    constexpr std::string_view digits = "0123456789abcdef";
    for (int i = 0; i < 4; ++i) {
        for (unsigned bits = random(), k = 0; k < 4; ++k, bits >>= 4U) name += digits[bits & 15U];
    }
    return name;
}

std::string client_name(const std::string& instance) {
    return instance.empty() ? "parley" : "parley-" + instance;
}

}  // namespace

result<std::unique_ptr<Bus>> make_redis_bus(const RedisBusSettings& settings) {
    auto address = redis::parse_address(settings.url);
    if (address.has_error()) return address.error();
    std::optional<redis::asio::ssl::context> tls;
    if (address->tls) {
        auto context = redis::make_tls_context(*address);
        if (context.has_error()) return context.error();
        tls.emplace(std::move(*context));
    }
    return std::make_unique<RedisBus>(settings, std::move(*address), std::move(tls));
}

RedisBus::RedisBus(const RedisBusSettings& settings, redis::Address address,
                   std::optional<redis::asio::ssl::context> tls)
    : address_(std::move(address)),
      sentinels_(as_servers(address_)),
      tls_(std::move(tls)),
      codec_(settings.secret, installation_of(settings.secret), sender_name(settings.instance)),
      channels_(channel_names(address_.prefix, installation_of(settings.secret))),
      login_{address_.user, address_.password, client_name(settings.instance),
             address_.has_sentinels(), true},
      queue_({bus_publish_bytes_max, bus_publish_count_max}),
      publishing_(io_.get_executor(), address_, tls_ ? &*tls_ : nullptr, publishing_handlers()),
      subscription_(io_.get_executor(), address_, tls_ ? &*tls_ : nullptr, subscription_handlers()),
      probe_timer_(io_.get_executor()),
      stop_timer_(io_.get_executor()) {
    if (address_.has_sentinels()) {
        watching_.emplace(io_.get_executor(), sentinels_, tls_ ? &*tls_ : nullptr,
                          watching_handlers());
    }
    thread_ = std::thread([this] { run(); });
}

RedisBus::~RedisBus() {
    subscribe({});
    boost::asio::post(io_, [this] { begin_stop(); });
    thread_.join();
}

// --- any thread ----------------------------------------------------------------------------------

// What goes wrong in a handler must reach neither a publisher, who has committed already, nor the
// connections.
template <class Call>
void RedisBus::hand_on(Call call) {
    // Shared: callers do not wait for each other, only for a change of the handlers.
    const std::shared_lock lock(handlers_mutex_);
    try {
        call(handlers_);
    } catch (const std::exception& bug) {
        log_event(LogLevel::error, "bus.handler_failed", {{"reason", bug.what()}});
    }
}

void RedisBus::publish(std::shared_ptr<const Changeset> changeset) {
    if (!changeset) return;
    hand_on([&](const Handlers& to) {
        if (to.changeset) to.changeset(changeset);
    });
    const std::size_t channel = partition_of(changeset->discussion);
    const std::size_t bytes = size_of(*changeset);
    push({channel, std::move(changeset), bytes});
}

void RedisBus::tell_presence(const DiscussionId& discussion, std::size_t readers) {
    push({partition_of(discussion), BusPresence{discussion, readers}, message_overhead_bytes});
}

void RedisBus::tell_spent(std::uint8_t kind, std::string_view key) {
    const std::lock_guard lock(queue_mutex_);
    if (spent_.add(kind, key)) queue_spent();
}

void RedisBus::tell_account_events() {
    hand_on([](const Handlers& to) {
        if (to.account_events) to.account_events();
    });
    push({bus_control_channel, BusAccountEvents{}, message_overhead_bytes});
}

void RedisBus::tell_voted(AccountId account) {
    hand_on([&](const Handlers& to) {
        if (to.voted) to.voted({account});
    });
    const std::lock_guard lock(queue_mutex_);
    voted_.insert(account);
    if (voted_.size() >= bus_voted_count_max) queue_voted();
}

void RedisBus::queue_voted() {
    BusVoted voted{{voted_.begin(), voted_.end()}};
    voted_.clear();
    const std::size_t bytes = message_overhead_bytes + voted_bytes * voted.accounts.size();
    queue({bus_control_channel, std::move(voted), bytes});
}

void RedisBus::queue_spent() {
    BusSpent spent = spent_.take();
    const std::size_t bytes = message_overhead_bytes + bucket_bytes * spent.buckets.size();
    queue({bus_control_channel, std::move(spent), bytes});
}

void RedisBus::push(PublishQueue::Item item) {
    const std::lock_guard lock(queue_mutex_);
    queue(std::move(item));
}

void RedisBus::queue(PublishQueue::Item item) {
    dropped_ += queue_.push(std::move(item));
    if (std::exchange(wake_posted_, true)) return;
    boost::asio::post(io_, [this] {
        {
            const std::lock_guard wake_lock(queue_mutex_);
            wake_posted_ = false;
        }
        drain();
    });
}

void RedisBus::subscribe(Handlers handlers) {
    const std::unique_lock lock(handlers_mutex_);
    handlers_ = std::move(handlers);
}

Bus::Stats RedisBus::stats() const {
    Stats stats;
    const MonotonicTime back = probe_back_;
    const std::chrono::microseconds time = probe_time_;
    if (time.count() >= 0) {
        stats.probe_age = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - back);
        stats.probe_time = time;
    }
    const bool fresh = stats.probe_age && *stats.probe_age < bus_probe_age_max_ms;
    stats.state = up_ && fresh ? State::up : State::down;
    stats.published = published_;
    stats.received = received_;
    stats.dropped = dropped_;
    stats.refused = refused_;
    stats.connects = connects_;
    const std::lock_guard lock(queue_mutex_);
    stats.queued_bytes = queue_.bytes();
    return stats;
}

// --- what comes in: the bus's own thread ---------------------------------------------------------

redis::Link::Handlers RedisBus::publishing_handlers() {
    return {[this] { return publisher_ = std::make_shared<redis::PublishSession>(login_); },
            [this](const redis::Host& host) { on_ready(End::publishing, host); },
            [this] { drain(); },
            [this](const redis::Failure& failure, bool was_ready) {
                publisher_.reset();
                on_lost(End::publishing, failure, was_ready);
            }};
}

redis::Link::Handlers RedisBus::subscription_handlers() {
    return {[this] { return subscriber_ = make_subscriber(); },
            [this](const redis::Host& host) { on_ready(End::subscription, host); }, [] {},
            [this](const redis::Failure& failure, bool was_ready) {
                subscriber_.reset();
                on_lost(End::subscription, failure, was_ready);
            }};
}

redis::Link::Handlers RedisBus::watching_handlers() {
    const redis::Session::Settings login{address_.sentinel_user, address_.sentinel_password,
                                         login_.client_name, false, false};
    // Whether one of them is there is told by those who ask them.
    return {[this, login] {
                redis::SubscribeSession::Sink& sink = switch_sink_;
                return std::make_shared<redis::SubscribeSession>(
                    login, std::set<std::string>{std::string(redis::switch_channel)}, sink);
            },
            [](const redis::Host&) {}, [] {}, [](const redis::Failure&, bool) {}};
}

std::shared_ptr<redis::SubscribeSession> RedisBus::make_subscriber() {
    Sink& sink = *this;
    std::set<std::string> channels(channels_.begin(), channels_.end());
    return std::make_shared<redis::SubscribeSession>(login_, std::move(channels), sink);
}

void RedisBus::on_subscribed() {
    ++connects_;
    hand_on([](const Handlers& to) {
        if (to.gap) to.gap();
    });
}

void RedisBus::on_message(std::string_view channel, std::string_view payload) {
    const auto message = codec_.decode(channel, payload);
    if (message.has_error()) return refuse(message.error(), payload.size());
    if (message->sender != codec_.sender()) return take(*message);
    // All that we publish comes back; it was handed on before.
    if (const auto* probe = std::get_if<BusProbe>(&message->content)) on_probe(probe->number);
}

void RedisBus::take(const BusMessage& message) {
    const auto hand = [&](const Handlers& to) {
        if (const auto* changeset =
                std::get_if<std::shared_ptr<const Changeset>>(&message.content)) {
            if (to.changeset) to.changeset(*changeset);
        } else if (const auto* hint = std::get_if<BusHint>(&message.content)) {
            if (to.hint) to.hint(hint->discussion, hint->position);
        } else if (const auto* presence = std::get_if<BusPresence>(&message.content)) {
            if (to.presence) to.presence(message.sender, presence->discussion, presence->readers);
        } else if (const auto* spent = std::get_if<BusSpent>(&message.content)) {
            std::vector<Spent> buckets;
            for (const BusSpent::Bucket& one : spent->buckets) {
                buckets.push_back({one.kind, one.key, one.count});
            }
            if (to.spent) to.spent(buckets);
        } else if (std::holds_alternative<BusAccountEvents>(message.content)) {
            if (to.account_events) to.account_events();
        } else if (const auto* voted = std::get_if<BusVoted>(&message.content)) {
            if (to.voted) to.voted(voted->accounts);
        }
    };
    if (std::holds_alternative<BusProbe>(message.content)) return;
    ++received_;
    hand_on(hand);
}

void RedisBus::refuse(const Error& error, std::size_t bytes) {
    const std::uint64_t count = ++refused_;
    if (!says_refused_.allows(std::chrono::steady_clock::now())) return;
    log_event(LogLevel::warn, "bus.refused",
              {{"code", wire_code(error.code)}, {"bytes", bytes}, {"refused", count}});
}

}  // namespace parley
