#include "bus/redis_bus_impl.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace parley {

// What runs on the bus's own thread: its two connections, the probe that proves them, the end.

namespace {

// How often a bus that stops looks whether all has left.
constexpr std::chrono::milliseconds stop_poll_ms{2};
// The probe is looked at so often: what is due is done so much later at most.
constexpr std::chrono::milliseconds probe_poll_ms{100};

MonotonicTime now() { return std::chrono::steady_clock::now(); }

void on_link_end(const std::exception_ptr& problem) {
    if (!problem) return;
    try {
        std::rethrow_exception(problem);
    } catch (const std::exception& bug) {
        log_event(LogLevel::error, "bus.link_failed", {{"reason", bug.what()}});
    }
}

}  // namespace

void RedisBus::run() {
    redis::asio::co_spawn(io_, publishing_.run(), on_link_end);
    redis::asio::co_spawn(io_, subscription_.run(), on_link_end);
    if (watching_) redis::asio::co_spawn(io_, watching_->run(), on_link_end);
    schedule_probe();
    io_.run();
}

// --- publishing ----------------------------------------------------------------------------------

bool RedisBus::may_publish() const { return publisher_ && publisher_->may_publish(); }

void RedisBus::drain() {
    if (!publisher_ || !publisher_->is_ready()) return drop_queued();
    while (may_publish()) {
        std::optional<PublishQueue::Item> item;
        {
            const std::lock_guard lock(queue_mutex_);
            item = queue_.pop();
        }
        if (!item) return;
        ++published_;
        publish_now(item->channel, item->content);
    }
}

// Whoever watches has found out by the sweep before this could be of use.
void RedisBus::drop_queued() {
    const std::lock_guard lock(queue_mutex_);
    dropped_ += queue_.clear();
}

void RedisBus::publish_now(std::size_t channel, const BusContent& content) {
    const std::string& name = channels_[channel];
    publisher_->publish(name, codec_.encode(name, content), now());
    publishing_.kick();
}

// --- the connections -----------------------------------------------------------------------------

void RedisBus::on_ready(End end, const redis::Host& host) {
    log_event(LogLevel::debug, "bus.connection_ready", {{"host", to_string(host)}});
    (end == End::publishing ? publishes_at_ : subscribed_at_) = host;
    const bool both =
        publisher_ && publisher_->is_ready() && subscriber_ && subscriber_->is_ready();
    if (!both) return;
    // After a failover the two may be at different servers: the one that came first is left behind.
    if (publishes_at_ != subscribed_at_) {
        redis::Link& other = end == End::publishing ? subscription_ : publishing_;
        return other.restart("the master is another server");
    }
    probe_.start(now());
    look_at_probe();
}

void RedisBus::on_lost(End end, const redis::Failure& failure, bool was_ready) {
    const bool publishing = end == End::publishing;
    const std::string reason = (publishing ? "publishing: " : "subscription: ") + failure.reason;
    probe_.stop();
    if (publishing) drop_queued();
    // Whoever is subscribed there hears only what others publish there.
    if (publishing && failure.fault == redis::Fault::role) subscription_.restart(failure.reason);
    if (up_) return set_down(reason);
    if (was_ready || !says_unreachable_.allows(now())) return;
    log_event(LogLevel::warn, "bus.unreachable",
              {{"fault", to_string(failure.fault)}, {"reason", reason}});
}

void RedisBus::SwitchSink::on_message(std::string_view /*channel*/, std::string_view payload) {
    const auto host = redis::new_master(payload, owner.address_.master);
    if (!host) return;
    log_event(LogLevel::info, "bus.master_switched", {{"host", to_string(*host)}});
    const bool found_already =
        owner.probe_.is_proven() && owner.publishes_at_ == *host && owner.subscribed_at_ == *host;
    if (found_already) return;
    owner.publishing_.move_to(*host, "a sentinel named another master");
    owner.subscription_.move_to(*host, "a sentinel named another master");
}

void RedisBus::set_down(std::string_view reason) {
    if (!up_.exchange(false)) return;
    log_event(LogLevel::warn, "bus.lost", {{"reason", reason}});
    says_unreachable_.forget();
}

// --- the probe -----------------------------------------------------------------------------------

void RedisBus::on_probe(std::uint64_t number) {
    if (!probe_.come_back(number, now())) return;
    probe_back_ = now();
    probe_time_ = *probe_.last_time();
    if (!probe_.is_proven() || up_.exchange(true)) return;
    log_event(LogLevel::info, "bus.connected",
              {{"probe_us", probe_.last_time()->count()}, {"connects", connects_.load()}});
}

void RedisBus::schedule_probe() {
    probe_timer_.expires_after(probe_poll_ms);
    probe_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error || stopping_) return;
        look_at_probe();
        tell_sums();
        schedule_probe();
    });
}

void RedisBus::tell_sums() {
    if (now() - sums_told_at_ < rates_tell_interval_ms) return;
    sums_told_at_ = now();
    const std::lock_guard lock(queue_mutex_);
    if (!spent_.empty()) queue_spent();
    if (!voted_.empty()) queue_voted();
}

void RedisBus::look_at_probe() {
    if (probe_.is_lost(now())) {
        set_down("a probe did not come back");
        probe_.stop();
        publishing_.restart("a probe did not come back");
        subscription_.restart("a probe did not come back");
        return;
    }
    if (!probe_.is_due(now()) || !may_publish()) return;
    // Each time through another channel: every one of them must work.
    const std::uint64_t number = probe_.send(now());
    publish_now(number % bus_channels_count, BusProbe{number});
}

// --- the end -------------------------------------------------------------------------------------

void RedisBus::begin_stop() {
    stopping_ = true;
    probe_timer_.cancel();
    stop_by_ = now() + bus_stop_timeout_ms;
    sums_told_at_ = {};
    tell_sums();
    drain();
    poll_stop();
}

void RedisBus::poll_stop() {
    std::size_t queued = 0;
    {
        const std::lock_guard lock(queue_mutex_);
        queued = queue_.size();
    }
    const bool busy =
        publisher_ && publisher_->is_ready() && (queued > 0 || publisher_->unanswered_count() > 0);
    if (!busy || now() >= stop_by_) {
        publishing_.stop();
        subscription_.stop();
        if (watching_) watching_->stop();
        return;
    }
    stop_timer_.expires_after(stop_poll_ms);
    stop_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) poll_stop();
    });
}

}  // namespace parley
