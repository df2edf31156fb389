#include "cli_serve.hpp"

#include "base/log.hpp"
#include "bus/redis_bus.hpp"
#include "identity/passwords.hpp"
#include "net/server.hpp"
#include "ops/monitor.hpp"
#include "store/reader_pool.hpp"
#include "store/writer.hpp"

#include <sys/resource.h>

#include <cstdint>
#include <cstdlib>
#include <utility>

namespace parley {

namespace {

// sysexits(3): what a supervisor or a script can tell apart.
constexpr int exit_ok = 0;
constexpr int exit_corrupt = 65;
constexpr int exit_unavailable = 69;
constexpr int exit_io = 74;
constexpr int exit_in_use = 75;
// The store, the log, listeners and event loops.
constexpr std::uint32_t descriptors_beside_count = 64;

int refuse_start(const Error& error) {
    log_event(LogLevel::error, "server.start_failed",
              {{"code", wire_code(error.code)}, {"reason", error.message}});
    flush_log();
    if (error.code == Errc::busy) return exit_in_use;
    return error.code == Errc::corrupt_store ? exit_corrupt : exit_unavailable;
}

// Nothing may be acknowledged any more, and what is queued cannot be saved: end at once, and let
// the supervisor start again on what is durable.
void end_process(const Error& error) {
    log_event(LogLevel::error, "store.fatal",
              {{"code", wire_code(error.code)}, {"reason", error.message}});
    flush_log();
    std::_Exit(exit_io);
}

// A stop that does not come to its end: what was not answered by now never was.
void end_overrun() {
    log_event(LogLevel::error, "server.drain_overrun");
    flush_log();
    std::_Exit(exit_unavailable);
}

// A descriptor for each connection and some for files: what the system allows is taken up to its
// hard limit, and where that is too little the operator is told before readers are turned away.
void raise_descriptor_limit(std::uint32_t connections_max) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_cur >= connections_max + descriptors_beside_count) return;
    log_event(LogLevel::warn, "server.few_descriptors",
              {{"descriptors", static_cast<std::uint64_t>(limit.rlim_cur)},
               {"connections_max", connections_max}});
}

result<std::unique_ptr<Bus>> open_bus(const Config& config) {
    if (config.bus.url == "local:") return make_local_bus();
    return make_redis_bus({config.bus.url, config.bus.secret, config.server.instance});
}

}  // namespace

int run_serve(const Config& config, std::function<result<Config>()> read_config) {
    raise_descriptor_limit(config.limits.connections_max);
    const SystemClock clock;
    auto store = open_store(config.store.url, StoreAccess::serve);
    if (store.has_error()) return refuse_start(store.error());
    auto readers = ReaderPool::open(**store, config.limits);
    if (readers.has_error()) return refuse_start(readers.error());
    Limits for_rooms = config.limits;
    for_rooms.reader_threads_count = 1;
    auto live_readers = ReaderPool::open(**store, for_rooms);
    if (live_readers.has_error()) return refuse_start(live_readers.error());
    auto bus = open_bus(config);
    if (bus.has_error()) return refuse_start(bus.error());
    const auto publish = [&bus](const std::vector<std::shared_ptr<const Changeset>>& changesets) {
        for (const auto& changeset : changesets) (*bus)->publish(changeset);
    };
    const auto tell_account_events = [&bus] { (*bus)->tell_account_events(); };
    Writer writer(**store, config.limits, clock, {publish, end_process, tell_account_events});
    PasswordPool passwords(config.limits);
    Server server({config, clock, writer, **readers, **live_readers, passwords, **bus});
    Monitor monitor({server, config, clock, writer, **readers, **live_readers, passwords, **bus,
                     PARLEY_VERSION, std::move(read_config), end_overrun});
    server.set_ops(monitor.hooks());
    if (auto listening = server.listen(); listening.has_error()) {
        return refuse_start(listening.error());
    }
    monitor.started();
    server.run();
    // What was accepted is finished before the store goes: passwords feed the writer.
    passwords.stop();
    writer.stop();
    (*readers)->stop();
    (*live_readers)->stop();
    server.settle();
    log_event(LogLevel::info, "server.stopped");
    flush_log();
    return exit_ok;
}

}  // namespace parley
