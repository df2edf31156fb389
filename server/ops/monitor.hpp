#pragma once

#include "ops/health.hpp"
#include "ops/instance_stats.hpp"
#include "ops/notify.hpp"

#include <functional>
#include <optional>
#include <string>

namespace parley {

// What whoever is on call gets from a running server: figures, health, a line of both in the log,
// word to systemd, and a configuration that is read anew on SIGHUP. Outlives the server's run().
class Monitor {
public:
    struct Parts {
        Server& server;
        const Config& config;
        const Clock& clock;
        Writer& writer;
        ReaderPool& readers;
        ReaderPool& live_readers;
        PasswordPool& passwords;
        Bus& bus;
        std::string version;
        std::function<result<Config>()> read_config;  // once more, from where it came
        std::function<void()> overrun;  // a stop takes much longer than it may: ends the process
    };
    explicit Monitor(Parts parts);
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    // For Server::set_ops(). They refer to this object.
    [[nodiscard]] OpsHooks hooks();

    // The listeners are open: tells systemd, which may start what comes after.
    void started();

private:
    [[nodiscard]] InstanceStats collect() const;
    [[nodiscard]] HealthInput health_input() const;
    // On the thread of the operators' listener:
    void tick();
    void tell_stats();
    void pet_watchdog() const;
    void reload();
    void stopping();
    void watch_stop();

    Parts parts_;
    Notifier notifier_;
    // Of the operators' thread:
    Config running_;
    std::optional<InstanceStats> told_;  // by the last line of figures
    struct Stopping {
        MonotonicTime may_take_until;
        MonotonicTime worked_at;  // when it was last seen to do something
        double cpu_seconds = 0;   // used until then
    };
    std::optional<Stopping> stopping_;
};

}  // namespace parley
