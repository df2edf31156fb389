#pragma once

#include "base/config.hpp"
#include "bus/bus.hpp"
#include "net/asio.hpp"
#include "service/service.hpp"

#include <memory>

namespace parley {

// One server process: its event loop, its listeners, its live feed. The thread that calls run() is
// the shard; everything the sessions touch lives on it.
class Server {
public:
    struct Parts {
        const Config& config;
        const Clock& clock;
        Writer& writer;
        ReaderPool& readers;
        ReaderPool& live_readers;
        PasswordPool& passwords;
        Bus& bus;
    };
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
