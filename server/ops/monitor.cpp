#include "ops/monitor.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "ops/metrics.hpp"
#include "ops/reload.hpp"
#include "ops/stats_line.hpp"
#include "protocol/wire_frame.hpp"

#include <utility>

namespace parley {

namespace {

// More than looking after it costs by itself.
constexpr double working_cpu_seconds = 0.1;

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        if (!text.empty()) text += ' ';
        text += name;
    }
    return text;
}

}  // namespace

Monitor::Monitor(Parts parts)
    : parts_(std::move(parts)), notifier_(Notifier::from_environment()), running_(parts_.config) {
    parts_.writer.set_slow_commit(std::chrono::milliseconds(running_.log.slow_commit_ms));
}

OpsHooks Monitor::hooks() {
    OpsHooks hooks;
    hooks.metrics = [this] { return render_metrics(collect(), judge_health(health_input())); };
    hooks.readiness = [this] {
        const HealthInput input = health_input();
        const Health health = judge_health(input);
        return OpsHooks::Answer{health.ready, readiness_json(input, health)};
    };
    hooks.liveness = [this] {
        const Health health = judge_health(health_input());
        return OpsHooks::Answer{health.alive, liveness_json(health)};
    };
    hooks.tick = [this] { tick(); };
    hooks.hang_up = [this] { reload(); };
    hooks.stopping = [this] { stopping(); };
    return hooks;
}

void Monitor::started() {
    if (!notifier_.ready()) log_event(LogLevel::warn, "ops.notify_failed");
}

HealthInput Monitor::health_input() const {
    const Writer::Stats writer = parts_.writer.stats();
    return {parts_.server.is_draining(), parts_.server.loops(), writer.takes_commands,
            writer.busy_for, parts_.bus.stats()};
}

InstanceStats Monitor::collect() const {
    InstanceStats stats;
    stats.at = parts_.clock.monotonic_now();
    stats.version = parts_.version;
    stats.draining = parts_.server.is_draining();
    stats.server = parts_.server.stats();
    stats.loops = parts_.server.loops();
    stats.writer = parts_.writer.stats();
    stats.readers = parts_.readers.stats();
    stats.live_readers = parts_.live_readers.stats();
    stats.passwords_queued = parts_.passwords.queued();
    stats.frames_bytes = FrameEncoder::alive_bytes();
    stats.bus = parts_.bus.stats();
    stats.log = log_stats();
    stats.process = read_process_stats();
    return stats;
}

void Monitor::tick() {
    tell_log_repeats();
    parts_.server.probe_loops();
    pet_watchdog();
    if (stopping_) watch_stop();
    else tell_stats();
}

// One that works on, however slowly, is left to its end: a starved machine is no reason to lose it.
// One that only waits, for a database that is gone say, would wait for ever.
void Monitor::watch_stop() {
    const MonotonicTime now = parts_.clock.monotonic_now();
    const double cpu_seconds = read_process_stats().cpu_seconds;
    if (now < stopping_->may_take_until ||
        cpu_seconds - stopping_->cpu_seconds >= working_cpu_seconds) {
        stopping_->cpu_seconds = cpu_seconds;
        stopping_->worked_at = now;
    }
    if (now - stopping_->worked_at > drain_overrun_ms) parts_.overrun();
}

void Monitor::tell_stats() {
    const std::chrono::milliseconds interval(running_.ops.stats_interval_ms);
    if (interval.count() == 0) return;
    const MonotonicTime now = parts_.clock.monotonic_now();
    // A tick that comes a little early would make every line late by one.
    constexpr std::chrono::milliseconds slack{100};
    if (told_ && now - told_->at + slack < interval) return;
    InstanceStats stats = collect();
    if (told_) {
        log_stats_line(stats_between(*told_, stats), stats, judge_health(health_input()));
    }
    told_ = std::move(stats);
}

// A server whose loops hang is to be restarted: its supervisor hears nothing then.
void Monitor::pet_watchdog() const {
    if (!notifier_.watchdog()) return;
    const HealthInput input = health_input();
    if (!input.draining && !judge_health(input).answers) return;
    if (!notifier_.alive()) log_event(LogLevel::warn, "ops.notify_failed");
}

// An error anywhere in the new configuration changes nothing.
void Monitor::reload() {
    static_cast<void>(notifier_.reloading());
    const result<Config> fresh = parts_.read_config();
    if (fresh.has_error()) {
        log_event(LogLevel::error, "config.reload_failed", {{"reason", fresh.error().message}});
        static_cast<void>(notifier_.ready());
        return;
    }
    const ConfigChanges changes = changes_between(running_, *fresh);
    running_ = merged_for_reload(running_, *fresh);
    change_log(running_.log.level, running_.log.format);
    parts_.writer.set_slow_commit(std::chrono::milliseconds(running_.log.slow_commit_ms));
    parts_.server.reload(running_);
    log_event(LogLevel::info, "config.reloaded", {{"changed", joined(changes.applied)}});
    if (!changes.waiting.empty()) {
        log_event(LogLevel::warn, "config.needs_restart", {{"keys", joined(changes.waiting)}});
    }
    static_cast<void>(notifier_.ready());
}

void Monitor::stopping() {
    const MonotonicTime now = parts_.clock.monotonic_now();
    const std::chrono::milliseconds may_take(running_.limits.drain_deadline_ms);
    stopping_ = Stopping{now + may_take, now, 0};
    if (!notifier_.stopping()) log_event(LogLevel::warn, "ops.notify_failed");
}

}  // namespace parley
