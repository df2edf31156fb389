#include "live/outbox.hpp"

#include "base/limits.hpp"
#include "base/mutants.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

// What an item takes beside its frame.
constexpr std::size_t item_overhead_bytes = 32;
// An empty outbox keeps room for so many frames; a quiet reader never has more.
constexpr std::size_t kept_items_count = 2;
// Sent items are moved out of the way once there are so many.
constexpr std::size_t compact_items_count = 64;

}  // namespace

Outbox::Push Outbox::push_update(Frame frame, Mark mark, std::size_t bytes_max) {
    return push({std::move(frame), mark.seq, mark.slot, Kind::update}, bytes_max);
}

Outbox::Push Outbox::push_notice(Frame frame, std::size_t bytes_max) {
    const std::size_t unfinished =
        front_sent_bytes_ > 0 ? size_of(items_[head_]) + item_overhead_bytes : 0;
    return push({std::move(frame), 0, 0, Kind::notice}, bytes_max + unfinished);
}

Outbox::Push Outbox::push(Item item, std::size_t bytes_max) {
    const std::size_t size = size_of(item) + item_overhead_bytes;
    if (!empty() && bytes_ + size > bytes_max) return Push::overflow;
    bytes_ += static_cast<std::uint32_t>(size);
    items_.push_back(std::move(item));
    return Push::queued;
}

void Outbox::push_control(Frame frame) {
    Item item{std::move(frame), 0, 0, Kind::control};
    auto place = items_.begin() + head_;
    if (front_sent_bytes_ > 0) ++place;
    const auto first = place;
    while (place != items_.end() && place->kind == Kind::control) ++place;
    if (static_cast<std::size_t>(place - first) >= outbox_control_count_max) {
        --place;
        bytes_ -= static_cast<std::uint32_t>(size_of(*place) + item_overhead_bytes);
        *place = std::move(item);
        bytes_ += static_cast<std::uint32_t>(size_of(*place) + item_overhead_bytes);
        return;
    }
    bytes_ += static_cast<std::uint32_t>(size_of(item) + item_overhead_bytes);
    items_.insert(place, std::move(item));
}

template <class Predicate>
void Outbox::drop_if(Predicate predicate) {
    if (is_mutated(Mutant::partial_frame_dropped)) front_sent_bytes_ = 0;
    auto first = items_.begin() + head_;
    if (first != items_.end() && front_sent_bytes_ > 0) {
        // Its beginning is on the way, so its end must follow. It tells the reader no more than
        // what the caller is about to replace, so nobody counts on it any more.
        if (predicate(*first)) first->kind = Kind::notice;
        ++first;
    }
    const auto kept = std::remove_if(first, items_.end(), [&](const Item& item) {
        if (!predicate(item)) return false;
        bytes_ -= static_cast<std::uint32_t>(size_of(item) + item_overhead_bytes);
        return true;
    });
    items_.erase(kept, items_.end());
    give_back_if_empty();
}

void Outbox::drop_updates() {
    // One that was sent in part still counts when its end is taken: it is the reader's position.
    const bool front_counts = !empty() && front_sent_bytes_ > 0 &&
                              items_[head_].kind == Kind::update &&
                              !is_mutated(Mutant::partial_frame_dropped);
    drop_if([](const Item& item) { return item.kind == Kind::update; });
    if (front_counts) items_[head_].kind = Kind::update;
}

void Outbox::drop_slot(std::uint16_t slot) {
    drop_if([&](const Item& item) { return item.kind == Kind::update && item.slot == slot; });
}

void Outbox::drop_data() {
    drop_if([](const Item& item) { return item.kind != Kind::control; });
}

std::size_t Outbox::pieces_of(const Item& item, Pieces& pieces) const {
    const WireFrame& frame = *item.frame;
    if (item.kind == Kind::control || form_ == FrameForm::plain) {
        pieces[0] = frame.plain;
        return 1;
    }
    if (form_ == FrameForm::deflated) {
        pieces[0] = frame.deflated.empty() ? frame.plain : frame.deflated;
        return 1;
    }
    std::size_t count = 0;
    if (!frame.event_id.empty()) {
        pieces[count++] = "id: ";
        pieces[count++] = frame.event_id;
    }
    pieces[count++] = frame.event_id.empty() ? "data: " : "\ndata: ";
    pieces[count++] = frame.payload();
    pieces[count++] = "\n\n";
    return count;
}

std::size_t Outbox::size_of(const Item& item) const {
    Pieces pieces;
    const std::size_t count = pieces_of(item, pieces);
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) size += pieces[i].size();
    return size;
}

std::size_t Outbox::gather(std::span<std::string_view> pieces) const {
    std::size_t filled = 0;
    std::size_t skip = front_sent_bytes_;
    for (std::size_t at = head_; at < items_.size(); ++at) {
        Pieces of_item;
        const std::size_t count = pieces_of(items_[at], of_item);
        if (filled + count > pieces.size()) break;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t skipped = std::min(skip, of_item[i].size());
            skip -= skipped;
            of_item[i].remove_prefix(skipped);
            if (!of_item[i].empty()) pieces[filled++] = of_item[i];
        }
    }
    return filled;
}

void Outbox::pop() {
    bytes_ -= static_cast<std::uint32_t>(size_of(items_[head_]) + item_overhead_bytes);
    front_sent_bytes_ = 0;
    items_[head_].frame.reset();
    ++head_;
    give_back_if_empty();
    if (head_ >= compact_items_count) {
        items_.erase(items_.begin(), items_.begin() + head_);
        head_ = 0;
    }
}

void Outbox::give_back_if_empty() {
    if (!empty()) return;
    head_ = 0;
    items_.clear();
    // Assigning {} would keep the memory.
    if (items_.capacity() > kept_items_count) std::vector<Item>().swap(items_);
}

}  // namespace parley
