#pragma once

#include "protocol/frames.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace parley {

// How a connection takes its frames.
enum class FrameForm : std::uint8_t {
    plain,     // WebSocket
    deflated,  // WebSocket with permessage-deflate; a frame that has no such form goes out plain
    event,     // an event stream
};

// The frames that wait for one connection, bounded in bytes, as the bytes that go out. Data and
// control frames share it, so that everything leaves in one send. Pure; one thread. Small, and
// without memory of its own while it is empty: there is one for each connection.
class Outbox {
public:
    // What a frame brings its reader to: the subscription's slot and the seq.
    struct Mark {
        std::uint16_t slot = 0;
        Seq seq = 0;
    };
    enum class Push : std::uint8_t {
        queued,
        overflow,  // it would not fit: nothing was queued, the caller must make room
    };

    explicit Outbox(FrameForm form) : form_(form) {}

    // A frame that moves a position. An empty outbox takes one of any size: frames have a bound of
    // their own.
    [[nodiscard]] Push push_update(Frame frame, Mark mark, std::size_t bytes_max);
    // One that moves none. What is left of a frame that was sent in part does not count: it cannot
    // make room, and a reader is not to lose its connection for being in the middle of a long one.
    [[nodiscard]] Push push_notice(Frame frame, std::size_t bytes_max);
    // A control frame as it goes out. Overtakes data, though never inside a frame. Where
    // outbox_control_count_max wait already it takes the place of the last of them.
    void push_control(Frame frame);

    // Removes the updates: they will be replaced by one merged update. What else waits stays, and
    // so does the rest of a frame that was sent in part.
    void drop_updates();
    // Removes the updates of one slot, whose subscription was replaced.
    void drop_slot(std::uint16_t slot);
    // Removes all but control frames and the rest of what was sent in part.
    void drop_data();

    // The next bytes to send, in order; gives how many pieces it filled.
    [[nodiscard]] std::size_t gather(std::span<std::string_view> pieces) const;
    // So many of them were taken. Calls back for each update that is now taken whole.
    template <class Handler>
    void sent(std::size_t bytes, Handler&& on_handed);

    [[nodiscard]] bool empty() const { return head_ == items_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    // What it takes beside itself and the frames, which it shares with others.
    [[nodiscard]] std::size_t memory_bytes() const { return items_.capacity() * sizeof(Item); }
    [[nodiscard]] FrameForm form() const { return form_; }

private:
    enum class Kind : std::uint8_t { update, notice, control };
    struct Item {
        Frame frame;
        Seq seq = 0;
        std::uint16_t slot = 0;
        Kind kind = Kind::notice;
    };
    // An event is "id: ID\ndata: TEXT\n\n".
    static constexpr std::size_t item_pieces_max = 5;
    using Pieces = std::array<std::string_view, item_pieces_max>;
    std::size_t pieces_of(const Item& item, Pieces& pieces) const;
    [[nodiscard]] std::size_t size_of(const Item& item) const;
    [[nodiscard]] Push push(Item item, std::size_t bytes_max);
    void pop();
    void give_back_if_empty();
    template <class Predicate>
    void drop_if(Predicate predicate);

    std::vector<Item> items_;  // those before head_ are gone
    std::uint32_t head_ = 0;
    std::uint32_t front_sent_bytes_ = 0;
    std::uint32_t bytes_ = 0;  // of whole frames
    FrameForm form_;
};

template <class Handler>
void Outbox::sent(std::size_t bytes, Handler&& on_handed) {
    while (bytes > 0 && !empty()) {
        const Item& front = items_[head_];
        const std::size_t left = size_of(front) - front_sent_bytes_;
        if (bytes < left) {
            front_sent_bytes_ += static_cast<std::uint32_t>(bytes);
            return;
        }
        bytes -= left;
        if (front.kind == Kind::update) on_handed(Mark{front.slot, front.seq});
        pop();
    }
}

}  // namespace parley
