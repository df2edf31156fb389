#pragma once

#include "protocol/bus_message.hpp"

#include <deque>
#include <optional>
#include <utility>

namespace parley {

// What waits to be published, in order. Bounded in bytes and count: what is over it drops the
// oldest, which whoever watches finds out by the sweep soonest. One thread at a time.
class PublishQueue {
public:
    struct Item {
        std::size_t channel = 0;
        BusContent content;
        std::size_t bytes = 0;  // about
    };
    struct Bounds {
        std::size_t bytes_max = 0;
        std::size_t count_max = 0;
    };

    explicit PublishQueue(Bounds bounds) : bounds_(bounds) {}

    // How many were dropped: the new one too where it is too large alone.
    [[nodiscard]] std::size_t push(Item item) {
        bytes_ += item.bytes;
        items_.push_back(std::move(item));
        std::size_t dropped = 0;
        for (; bytes_ > bounds_.bytes_max || items_.size() > bounds_.count_max; ++dropped) {
            static_cast<void>(pop());
        }
        return dropped;
    }
    [[nodiscard]] std::optional<Item> pop() {
        if (items_.empty()) return std::nullopt;
        Item item = std::move(items_.front());
        items_.pop_front();
        bytes_ -= item.bytes;
        return item;
    }
    // How many there were.
    [[nodiscard]] std::size_t clear() {
        bytes_ = 0;
        return std::exchange(items_, {}).size();
    }

    [[nodiscard]] std::size_t size() const { return items_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    Bounds bounds_;
    std::deque<Item> items_;
    std::size_t bytes_ = 0;
};

}  // namespace parley
