#pragma once

#include "bench/shared/histogram.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace parley::bench {

// Whom the readers talk to, and how.
enum class Flavour {
    parley,    // parley.v1: subscribe to a topic, positions
    plain,     // a WebSocket that sends everybody "@TIME #NUMBER …"
    socketio,  // the same in Socket.IO's envelope
    tcp,       // connects and no more
};

struct Target {
    Flavour flavour = Flavour::parley;
    int port = 0;
    std::string path = "/";
    std::string topic;
    bool deflate = false;
    bool with_state = false;  // readers keep the scores, to be compared
    std::int64_t since = -1;  // where they start; -1: from now on
    std::string epoch;
    // The first readers take no more than this ahead; 0: the kernel's choice for all.
    int receive_buffer_bytes = 0;
    std::size_t small_buffers_count = 0;
};

enum class Phase : std::uint8_t { closed, connecting, upgrading, subscribing, up };

// One connection.
struct Reader {
    int descriptor = -1;
    Phase phase = Phase::closed;
    bool positioned = false;  // seq means something
    bool reloaded = false;    // was told to read again, so its state is not whole
    bool paused = false;
    std::int64_t seq = 0;
    std::int64_t goal = 0;  // it is up once it has got there
    std::int64_t started_ns = 0;
    std::string unparsed;  // the beginning of a frame
    std::uint64_t digest = 0;
    std::vector<std::uint64_t> state;  // by comment id
};

// What was seen since the last clear().
struct Counts {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    std::uint64_t changes = 0;  // that frames carried
    std::uint64_t steps = 0;    // of seq, merged ones included; of messages elsewhere
    std::uint64_t lost = 0;     // steps of seq that never came
    std::uint64_t repeated = 0;
    std::uint64_t reloads = 0;
    std::uint64_t closed = 0;
    std::uint64_t pings = 0;
    Histogram latency;

    void clear() { *this = Counts(); }
};

}  // namespace parley::bench
