#pragma once

#include "bench/load/reader.hpp"
#include "bench/shared/schedule.hpp"

#include <string>
#include <thread>

namespace parley::bench {

// Sends messages to a peer over a WebSocket of its own, on an open-loop schedule, from a thread of
// its own: "@TIME #NUMBER" and so many bytes in all.
class Publisher {
public:
    // Connects; fails where the peer does not answer as it should.
    Publisher(const Target& target, const std::string& path);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    void start(double rate_per_s, double seconds, int bytes);
    // Ends the schedule where it is and waits for the thread.
    void stop();

    [[nodiscard]] const Schedule& schedule() const { return schedule_; }  // after stop()

private:
    void send_message(int bytes);
    void send_all(const std::string& bytes) const;
    std::string receive_some() const;

    Flavour flavour_;
    int socket_;
    int stop_event_;
    std::int64_t number_ = 0;
    Schedule schedule_;
    std::string problem_;  // of the thread; read after it has ended
    std::thread thread_;
};

}  // namespace parley::bench
