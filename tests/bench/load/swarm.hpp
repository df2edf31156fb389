#pragma once

#include "bench/load/message.hpp"
#include "bench/load/reader.hpp"
#include "bench/load/websocket.hpp"

#include <functional>
#include <string>
#include <vector>

namespace parley::bench {

// Many readers on one thread. Level-triggered epoll, one buffer for all of them.
class Swarm {
public:
    Swarm();
    ~Swarm();
    Swarm(const Swarm&) = delete;
    Swarm& operator=(const Swarm&) = delete;

    // Connects so many readers in place of those before, at most `in_flight` at a time, and waits
    // until all are up.
    void connect(const Target& target, std::size_t count, std::size_t in_flight);
    // All of them again, each from its position; `goal` is the seq that makes one up.
    void reconnect(std::size_t in_flight, std::int64_t goal);
    void drop_all();

    // Handles what comes until then, or until `done` says so (asked after each round).
    void pump(std::int64_t until_ns, const std::function<bool()>& done);

    // The first readers stop reading, or go on.
    void pause(std::size_t count, bool paused);

    // What a merged score tells of the votes in it: they were sent this far apart, so many at once.
    void set_step(std::int64_t interval_ns, std::uint64_t changes) {
        step_interval_ns_ = interval_ns;
        step_changes_ = changes;
    }

    [[nodiscard]] Counts& counts() { return counts_; }
    [[nodiscard]] const std::vector<Reader>& readers() const { return readers_; }
    [[nodiscard]] const Histogram& time_to_up() const { return time_to_up_; }
    [[nodiscard]] const Target& target() const { return target_; }

private:
    void open_waiting(std::size_t in_flight);
    void start(Reader& reader);
    void watch(Reader& reader, std::uint32_t events);
    void on_event(Reader& reader, std::uint32_t events);
    void on_connected(Reader& reader);
    void on_bytes(Reader& reader, std::string_view bytes);
    [[nodiscard]] std::size_t on_answer(Reader& reader, std::string_view bytes);
    void on_frame(Reader& reader, const WireFrame& frame);
    void on_message(Reader& reader, const Message& message);
    void on_socketio(Reader& reader, const WireFrame& frame);
    void on_update(Reader& reader, const Message& message);
    void on_timed(Reader& reader, const Message& message);
    void record_latency(const Message& message);
    void subscribe(Reader& reader, bool from_position);
    void send(Reader& reader, std::string_view bytes);
    void be_up(Reader& reader);
    void close(Reader& reader);

    int epoll_;
    Target target_;
    std::string request_;
    std::vector<Reader> readers_;
    std::vector<std::size_t> waiting_;  // to be opened, the next one last
    std::size_t opening_ = 0;           // between start() and up
    MessageCache cache_;
    std::string buffer_;
    Counts counts_;
    Histogram time_to_up_;
    std::int64_t received_ns_ = 0;
    std::int64_t step_interval_ns_ = 0;
    std::uint64_t step_changes_ = 1;
};

}  // namespace parley::bench
