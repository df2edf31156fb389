#pragma once

#include "base/clock.hpp"

#include <cstddef>

namespace parley {

// How long a busy room gathers changes before it sends them as one frame. Pure; one thread.
//
// A send to one reader costs some microseconds whatever is in it, so gathering is what makes a busy
// room cheap, and it is the only thing that delays a change. The rule: as long as sending every
// change at once would take less than a quarter of a core, nothing is gathered; beyond that the
// window is what holds the sends to a share of a core that shrinks slowly as the load grows. At the
// border the window is just the time between two changes, so nothing jumps there.
class FlushWindow {
public:
    explicit FlushWindow(std::chrono::milliseconds window_max) : window_max_(window_max) {}

    // A changeset came.
    void on_change(MonotonicTime now);

    struct Load {
        std::size_t readers = 0;   // of the shard that has most of them
        bool only_scores = false;  // what waits holds no text: it may wait three times as long
        std::chrono::microseconds loop_lag{0};  // how late the event loop is
    };
    // From one flush to the next; zero where the room is quiet. At most window_max.
    [[nodiscard]] std::chrono::milliseconds window(const Load& load, MonotonicTime now) const;

private:
    [[nodiscard]] double faded(double weight, MonotonicTime now) const;
    [[nodiscard]] double changes_per_s(MonotonicTime now) const;

    std::chrono::milliseconds window_max_;
    double weight_ = 0;  // changes, each fading with the time since
    MonotonicTime weighed_at_{};
};

}  // namespace parley
