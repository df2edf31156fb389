#include "ops/health.hpp"

#include "base/limits.hpp"
#include "ops/instance_stats.hpp"
#include "protocol/json_writer.hpp"

#include <algorithm>

namespace parley {

namespace {

template <class Duration>
std::int64_t ms_of(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::string_view state_of(bool well, std::string_view otherwise = "down") {
    return well ? std::string_view("up") : otherwise;
}

// Since the store was last seen, by the loop that has waited longest.
std::chrono::milliseconds store_age(const std::vector<Server::Loop>& loops) {
    std::chrono::milliseconds age{0};
    for (const Server::Loop& loop : loops) age = std::max(age, loop.sweep_age);
    return age;
}

}  // namespace

Health judge_health(const HealthInput& input) {
    Health health;
    const bool busy_too_long =
        input.writer_busy_for && *input.writer_busy_for >= writer_busy_max_ms;
    health.writer = input.writer_takes_commands && !busy_too_long;
    for (const Server::Loop& loop : input.loops) {
        health.store = health.store && loop.store_answers;
        const auto lag = std::max(loop.lag.last, loop.lag.now);
        health.loops = health.loops && lag < loop_lag_ready_max_ms;
        health.answers = health.answers && loop.lag.now < loop_lag_alive_max_ms / 2;
        health.alive = health.alive && loop.lag.now < loop_lag_alive_max_ms;
    }
    health.ready = !input.draining && health.store && health.writer && health.loops;
    return health;
}

std::string readiness_json(const HealthInput& input, const Health& health) {
    JsonWriter out;
    std::string_view status = health.ready ? "ready" : "not ready";
    if (input.draining) status = "draining";
    out.open_object().key("status").text(status).key("parts").open_object();
    out.key("store").open_object().key("state").text(state_of(health.store));
    out.key("age_ms").number(ms_of(store_age(input.loops))).close_object();
    out.key("writer").open_object();
    out.key("state").text(state_of(health.writer, input.writer_takes_commands ? "stuck" : "down"));
    if (input.writer_busy_for) out.key("busy_ms").number(ms_of(*input.writer_busy_for));
    out.close_object();
    out.key("loops").open_object().key("state").text(state_of(health.loops, "late"));
    out.key("count").number(static_cast<std::int64_t>(input.loops.size()));
    out.key("lag_ms").number(ms_of(worst_lag(input.loops))).close_object();
    out.key("bus").open_object().key("state").text(to_string(input.bus.state));
    if (input.bus.state != Bus::State::local) {
        out.key("probe_age_ms");
        if (input.bus.probe_age) out.number(ms_of(*input.bus.probe_age));
        else out.null();
    }
    out.close_object().close_object().close_object();
    return out.take();
}

std::string liveness_json(const Health& health) {
    return health.alive ? R"({"status":"ok"})" : R"({"status":"stuck"})";
}

}  // namespace parley
