#include "net/server.hpp"

#include "base/log.hpp"
#include "net/http/headers.hpp"
#include "net/listener.hpp"
#include "net/ops_loop.hpp"
#include "net/shard.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

namespace parley {

struct Server::Impl {
    explicit Impl(Parts with)
        : parts(with),
          shared(with.config.limits),
          addresses(with.config.limits.connections_per_address_max,
                    [&proxies = with.config.server.trusted_proxies](const auto& address) {
                        return !proxies.empty() && is_trusted_proxy(address.to_string(), proxies);
                    }),
          ops(parts, shared, hooks,
              {[this](int number) { on_signal(number); }, [this] { on_tick(); }}) {
        const auto count = static_cast<ShardIndex>(std::max(1U, parts.config.server.threads));
        const Shard::Links links{
            [this](ShardIndex shard, LiveFeed::Mail mail) { send_mail(shard, std::move(mail)); },
            hooks, addresses};
        for (ShardIndex i = 0; i < count; ++i) {
            shards.push_back(std::make_unique<Shard>(parts, shared, i, count, links));
        }
        if (parts.config.bus.url != "local:") {
            shared.share_rates(parts.config.bus.secret,
                               [&bus = parts.bus](RateLimiter::Kind kind, std::string_view key) {
                                   bus.tell_spent(static_cast<std::uint8_t>(kind), key);
                               });
        }
        shared.set_voted_hook([&bus = parts.bus](AccountId account) { bus.tell_voted(account); });
        parts.bus.subscribe(handlers());
    }
    ~Impl() { parts.bus.subscribe({}); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // What the bus brings, each to the shard that it is for.
    Bus::Handlers handlers() {
        const auto count = static_cast<ShardIndex>(shards.size());
        Bus::Handlers to;
        to.changeset = [this, count](const std::shared_ptr<const Changeset>& changeset) {
            shared.on_changeset(*changeset);
            Shard& home = *shards[home_of(changeset->discussion, count)];
            // An empty turn of the loop is enough: each takes what has come.
            if (home.feed().inbox().put(changeset, parts.clock.monotonic_now())) home.post([] {});
        };
        to.hint = [this, count](const DiscussionId& discussion, const Position& position) {
            shared.on_hint(discussion, position);
            Shard& home = *shards[home_of(discussion, count)];
            home.post([&home, discussion, position] { home.feed().on_hint(discussion, position); });
        };
        to.presence = [this, count](const std::string& instance, const DiscussionId& discussion,
                                    std::size_t readers) {
            Shard& home = *shards[home_of(discussion, count)];
            home.post([&home, instance, discussion, readers] {
                home.feed().on_presence(instance, discussion, static_cast<std::uint32_t>(readers));
            });
        };
        to.spent = [this](const std::vector<Bus::Spent>& buckets) {
            const MonotonicTime now = parts.clock.monotonic_now();
            for (const Bus::Spent& one : buckets) {
                if (one.kind > static_cast<std::uint8_t>(RateLimiter::Kind::ticket)) continue;
                shared.on_spent(static_cast<RateLimiter::Kind>(one.kind), one.key, one.count, now);
            }
        };
        to.account_events = [this] {
            for (const auto& shard : shards) {
                LiveFeed& feed = shard->feed();
                if (feed.viewer_sockets().size() > 0)
                    shard->post([&feed] { feed.viewer_sockets().look(); });
            }
        };
        to.voted = [this](const std::vector<AccountId>& accounts) {
            for (const auto& shard : shards) {
                LiveFeed& feed = shard->feed();
                if (feed.viewer_sockets().size() == 0) continue;
                shard->post([&feed, accounts] {
                    for (const AccountId account : accounts)
                        feed.viewer_sockets().on_voted(account);
                });
            }
        };
        to.gap = [this] {
            for (const auto& shard : shards) {
                shard->post([feed = &shard->feed()] { feed->sweep_now(); });
            }
        };
        return to;
    }

    void send_mail(ShardIndex to, LiveFeed::Mail mail) {
        Shard& shard = *shards[to];
        shard.post([&shard, mail = std::make_shared<LiveFeed::Mail>(std::move(mail))] {
            shard.feed().on_mail(std::move(*mail));
        });
    }

    // On the operators' thread, each second.
    void on_tick() {
        if (hooks.tick) hooks.tick();
        if (++ticks % erasings_resumed_interval_s.count() != 0 || draining) return;
        shards.front()->post([&service = shards.front()->service()] { service.resume_erasings(); });
    }

    // On the operators' thread, as begin_drain().
    void on_signal(int number) {
        log_event(LogLevel::info, "server.signal", {{"signal", number}});
        if (number == SIGHUP) {
            if (hooks.hang_up) hooks.hang_up();
        } else if (draining) {
            // Whoever asks twice does not want to wait. What was acknowledged is durable.
            log_event(LogLevel::warn, "server.stopped_at_once");
            flush_log();
            std::signal(number, SIG_DFL);
            std::raise(number);
        } else {
            begin_drain();
        }
    }

    void begin_drain() {
        // From here on readiness fails, before anything is closed.
        if (draining.exchange(true)) return;
        if (hooks.stopping) hooks.stopping();
        std::size_t connections = 0;
        for (const auto& shard : shards) connections += shard->stats().connections;
        log_event(LogLevel::info, "server.draining", {{"connections", connections}});
        const MonotonicTime deadline =
            parts.clock.monotonic_now() +
            std::chrono::milliseconds(parts.config.limits.drain_deadline_ms);
        for (const auto& shard : shards) {
            shard->post([&shard = *shard, deadline] { shard.drain(deadline); });
        }
    }

    Parts parts;
    OpsHooks hooks;
    ServiceShared shared;
    AddressCounts addresses;
    std::vector<std::unique_ptr<Shard>> shards;
    std::int64_t ticks = 0;  // the operators' thread's own
    std::atomic<bool> draining = false;
    OpsLoop ops;  // the last: its thread uses the others
};

Server::Server(Parts parts) : impl_(std::make_unique<Impl>(parts)) {}
Server::~Server() = default;

result<void> Server::listen() {
    const Config& config = impl_->parts.config;
    auto& shards = impl_->shards;
    Shard& first = *shards.front();
    // With several the kernel spreads connections over a socket for each.
    auto front = open_listener(first.executor(), config.server.host, config.server.port,
                               shards.size() == 1 ? Listening::alone : Listening::first);
    if (front.has_error()) return std::move(front.error());
    auto ops = open_listener(impl_->ops.executor(), config.ops.host, config.ops.port);
    if (ops.has_error()) return std::move(ops.error());
    const std::uint16_t port = front->local_endpoint().port();
    const std::uint16_t ops_port = ops->local_endpoint().port();
    set_inherited_options(*front);
    first.accept(std::move(*front));
    for (std::size_t i = 1; i < shards.size(); ++i) {
        auto joining =
            open_listener(shards[i]->executor(), config.server.host, port, Listening::joining);
        if (joining.has_error()) return std::move(joining.error());
        set_inherited_options(*joining);
        shards[i]->accept(std::move(*joining));
    }
    impl_->ops.start(std::move(*ops));
    log_event(LogLevel::info, "server.listening",
              {{"port", port}, {"host", config.server.host}, {"ops_port", ops_port}});
    return {};
}

void Server::run() {
    Shard& first = *impl_->shards.front();
    first.service().resume_removals();
    first.service().resume_erasings();
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < impl_->shards.size(); ++i) {
        others.emplace_back([shard = impl_->shards[i].get()] { shard->run(); });
    }
    first.run();
    for (std::thread& other : others) other.join();
    // Nobody reads any more; what others publish must not keep the loops busy.
    impl_->parts.bus.subscribe({});
}

void Server::settle() {
    for (const auto& shard : impl_->shards) shard->settle();
    impl_->ops.stop();
}

void Server::set_ops(OpsHooks hooks) { impl_->hooks = std::move(hooks); }

void Server::stop() {
    impl_->ops.post([this] { impl_->begin_drain(); });
}

bool Server::is_draining() const { return impl_->draining; }

void Server::reload(const Config& fresh) {
    impl_->shared.change_rates(fresh.limits);
    for (const auto& shard : impl_->shards) shard->reload(fresh);
}

void Server::probe_loops() {
    for (const auto& shard : impl_->shards) shard->probe();
}

std::vector<Server::Loop> Server::loops() const {
    std::vector<Loop> loops;
    for (const auto& shard : impl_->shards) {
        loops.push_back({shard->lag(), shard->feed().sweep_age(), shard->feed().is_healthy()});
    }
    return loops;
}

Server::Stats Server::stats() const {
    Stats stats;
    stats.requests = impl_->ops.requests();
    for (const auto& shard : impl_->shards) {
        stats.shards.push_back(shard->stats());
        stats.requests.merge(shard->requests());
        stats.delivery_us.merge(shard->feed().delivery_us());
    }
    stats.snapshots = impl_->shared.snapshot_stats();
    return stats;
}

}  // namespace parley
