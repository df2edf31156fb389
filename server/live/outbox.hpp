#pragma once

#include "protocol/frames.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace parley {

// The frames that wait for one connection, bounded in bytes. Pure; one thread.
class Outbox {
public:
    // What a frame brings its reader to: the subscription's slot and the seq, or nothing for
    // frames that move no position.
    struct Mark {
        std::size_t slot = 0;
        Seq seq = 0;
    };
    struct Item {
        Frame frame;
        std::optional<Mark> mark;
    };
    enum class Push : std::uint8_t {
        queued,
        overflow,  // it would not fit: nothing was queued, the caller must empty the outbox
    };

    explicit Outbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // An empty outbox takes a frame of any size: frames have a bound of their own.
    [[nodiscard]] Push push(Item item);
    // Takes the oldest.
    [[nodiscard]] std::optional<Item> pop();
    // Removes the frames that move a position: they will be replaced by one merged update. What
    // else waits (an error, say) stays.
    void drop_updates();
    // Removes the frames of one slot, whose subscription was replaced.
    void drop_slot(std::size_t slot);

    [[nodiscard]] bool empty() const { return items_.empty(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    template <class Predicate>
    void drop_if(Predicate predicate);

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::deque<Item> items_;
};

}  // namespace parley
