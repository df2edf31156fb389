#include "live/outbox.hpp"

#include <utility>

namespace parley {

Outbox::Push Outbox::push(Item item) {
    const std::size_t size = item.frame->size();
    if (!items_.empty() && bytes_ + size > bytes_max_) return Push::overflow;
    bytes_ += size;
    items_.push_back(std::move(item));
    return Push::queued;
}

std::optional<Outbox::Item> Outbox::pop() {
    if (items_.empty()) return std::nullopt;
    Item item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= item.frame->size();
    return item;
}

template <class Predicate>
void Outbox::drop_if(Predicate predicate) {
    std::erase_if(items_, [&](const Item& item) {
        if (!predicate(item)) return false;
        bytes_ -= item.frame->size();
        return true;
    });
}

void Outbox::drop_updates() {
    drop_if([](const Item& item) { return item.mark.has_value(); });
}

void Outbox::drop_slot(std::size_t slot) {
    drop_if([&](const Item& item) { return item.mark && item.mark->slot == slot; });
}

}  // namespace parley
