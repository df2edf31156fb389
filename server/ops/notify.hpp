#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

// Tells systemd how the service is (sd_notify(3)), by hand: one datagram for each word. Where
// nobody asked to be told, nothing is done. Thread-safe.
class Notifier {
public:
    // What systemd put into the environment; `process` is this process's id.
    struct Environment {
        std::string socket;         // NOTIFY_SOCKET: a path, or @name in the abstract namespace
        std::string watchdog_us;    // WATCHDOG_USEC
        std::string watchdog_pid;   // WATCHDOG_PID; empty or ours
        std::string process = "0";  // our id, to compare
    };
    // Reads the environment, and takes it away, so that no child speaks in our name.
    [[nodiscard]] static Notifier from_environment();
    explicit Notifier(const Environment& environment);

    // False where somebody should be told and could not be.
    bool ready() const { return send("READY=1"); }
    bool stopping() const { return send("STOPPING=1"); }
    bool alive() const { return send("WATCHDOG=1"); }
    bool reloading() const;  // ready() follows
    bool status(std::string_view one_line) const;

    // How often somebody wants to hear alive(); absent where nobody does.
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

private:
    bool send(std::string_view message) const;

    std::string socket_;
    std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace parley
