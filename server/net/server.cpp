#include "net/server.hpp"

#include "base/log.hpp"
#include "net/listener.hpp"
#include "net/metrics.hpp"
#include "net/shard.hpp"

#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

namespace parley {

struct Server::Impl {
    explicit Impl(Parts with) : parts(with), shared(with.config.limits) {
        const auto count = static_cast<ShardIndex>(std::max(1U, parts.config.server.threads));
        const Shard::Links links{
            [this](ShardIndex shard, LiveFeed::Mail mail) { send_mail(shard, std::move(mail)); },
            [this] { return is_ready(); }, [this] { return metrics(); }};
        for (ShardIndex i = 0; i < count; ++i) {
            shards.push_back(std::make_unique<Shard>(parts, shared, i, count, links));
        }
        signals.emplace(shards.front()->executor(), SIGTERM, SIGINT);
        if (parts.config.bus.url != "local:") {
            shared.share_rates(parts.config.bus.secret,
                               [&bus = parts.bus](RateLimiter::Kind kind, std::string_view key) {
                                   bus.tell_spent(static_cast<std::uint8_t>(kind), key);
                               });
        }
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
                if (one.kind > static_cast<std::uint8_t>(RateLimiter::Kind::sign_up)) continue;
                shared.on_spent(static_cast<RateLimiter::Kind>(one.kind), one.key, one.count, now);
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

    bool is_ready() {
        return std::all_of(shards.begin(), shards.end(),
                           [](const auto& shard) { return shard->feed().is_healthy(); });
    }

    std::string metrics() {
        std::vector<Shard::Stats> stats;
        stats.reserve(shards.size());
        for (const auto& shard : shards) stats.push_back(shard->stats());
        return render_metrics(stats, parts.writer.stats(), shared.snapshot_stats());
    }

    // On the first shard's thread.
    void begin_drain() {
        if (shards.front()->is_draining()) return;
        std::size_t connections = 0;
        for (const auto& shard : shards) connections += shard->stats().connections;
        log_event(LogLevel::info, "server.draining", {{"connections", connections}});
        const MonotonicTime deadline =
            parts.clock.monotonic_now() +
            std::chrono::milliseconds(parts.config.limits.drain_deadline_ms);
        for (std::size_t i = 1; i < shards.size(); ++i) {
            Shard& shard = *shards[i];
            shard.post([&shard, deadline] { shard.drain(deadline); });
        }
        shards.front()->drain(deadline);
        boost::system::error_code ignored;
        signals->cancel(ignored);
    }

    Parts parts;
    ServiceShared shared;
    std::vector<std::unique_ptr<Shard>> shards;
    std::optional<asio::basic_signal_set<Executor>> signals;
};

Server::Server(Parts parts) : impl_(std::make_unique<Impl>(parts)) {}
Server::~Server() = default;

result<void> Server::listen() {
    const Config& config = impl_->parts.config;
    auto& shards = impl_->shards;
    Shard& first = *shards.front();
    auto alone = open_listener(first.executor(), config.server.host, config.server.port);
    if (alone.has_error()) return std::move(alone.error());
    auto ops = open_listener(first.executor(), config.ops.host, config.ops.port);
    if (ops.has_error()) return std::move(ops.error());
    const std::uint16_t port = alone->local_endpoint().port();
    const std::uint16_t ops_port = ops->local_endpoint().port();
    first.accept_ops(std::move(*ops));
    if (shards.size() == 1) {
        set_inherited_options(*alone, config.limits);
        first.accept_public(std::move(*alone));
    } else {
        // Nobody else listens there; now the kernel spreads connections over a socket for each.
        alone->close();
        for (const auto& shard : shards) {
            auto shared =
                open_listener(shard->executor(), config.server.host, port, Listening::shared);
            if (shared.has_error()) return std::move(shared.error());
            set_inherited_options(*shared, config.limits);
            shard->accept_public(std::move(*shared));
        }
    }
    log_event(LogLevel::info, "server.listening",
              {{"port", port}, {"host", config.server.host}, {"ops_port", ops_port}});
    return {};
}

void Server::run() {
    Shard& first = *impl_->shards.front();
    first.service().resume_removals();
    impl_->signals->async_wait([this](const boost::system::error_code& error, int number) {
        if (error) return;
        log_event(LogLevel::info, "server.signal", {{"signal", number}});
        impl_->begin_drain();
    });
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
}

void Server::stop() {
    impl_->shards.front()->post([this] { impl_->begin_drain(); });
}

}  // namespace parley
