#pragma once

#include "net/parts.hpp"

#include <memory>

namespace parley {

// One server process: its event loops (shards), its listeners, its signals. The thread that calls
// run() is the first shard, the others have threads of their own.
class Server {
public:
    using Parts = ServerParts;
    explicit Server(Parts parts);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Opens the listeners; logs server.listening with the ports. unavailable where one cannot be.
    [[nodiscard]] result<void> listen();

    // Serves until SIGTERM, SIGINT or stop(); then drains within limits.drain_deadline_ms.
    void run();

    // After run(), and after the threads behind the service have stopped: lets the answers that
    // they still gave reach their sessions, so that nothing is left when the server goes.
    void settle();

    // Ends run(). Thread-safe.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace parley
