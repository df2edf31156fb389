#pragma once

#include "net/ops_hooks.hpp"
#include "net/parts.hpp"
#include "net/shard.hpp"

#include <memory>
#include <vector>

namespace parley {

// One server process: its event loops (shards), its listeners, its signals. The thread that calls
// run() is the first shard; the others, and the listener of the operators, have threads of their
// own.
class Server {
public:
    using Parts = ServerParts;
    explicit Server(Parts parts);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // What the operators' listener says and does. Before listen().
    void set_ops(OpsHooks hooks);

    // Opens the listeners; logs server.listening with the ports. unavailable where one cannot be.
    // From here on the operators are answered.
    [[nodiscard]] result<void> listen();

    // Serves until SIGTERM, SIGINT or stop(); then drains within limits.drain_deadline_ms. A second
    // signal ends the process at once.
    void run();

    // After run(), and after the threads behind the service have stopped: lets the answers that
    // they still gave reach their sessions, so that nothing is left when the server goes. Closes
    // the operators' listener.
    void settle();

    // Ends run(). Thread-safe, as all that follows.
    void stop();
    [[nodiscard]] bool is_draining() const;

    // Takes over what may be changed while it runs: site.origins, identity.signup,
    // log.slow_request_ms and the rates among the limits.
    void reload(const Config& fresh);

    // Asks each event loop for a sign of life; how long it takes is in loops().
    void probe_loops();

    struct Loop {
        Shard::Lag lag;
        std::chrono::milliseconds sweep_age{};  // since the last sweep that came back began
        bool store_answers = true;              // it came back in time
    };
    [[nodiscard]] std::vector<Loop> loops() const;  // one for each shard; cheap
    struct Stats {
        std::vector<Shard::Stats> shards;
        RequestStats requests;  // of all listeners
        Histogram delivery_us;
        Snapshots::Stats snapshots;
    };
    [[nodiscard]] Stats stats() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace parley
