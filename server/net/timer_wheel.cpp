#include "net/timer_wheel.hpp"

#include <algorithm>

namespace parley {

void TimerWheel::Entry::unlink() {
    if (next_ == nullptr) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = nullptr;
    previous_ = nullptr;
}

// A slot is a ring through its head.
void TimerWheel::Head::close() {
    next_ = this;
    previous_ = this;
}

TimerWheel::Entry* TimerWheel::Head::first() { return next_ == this ? nullptr : next_; }

void TimerWheel::Head::push(Entry& entry) {
    entry.next_ = this;
    entry.previous_ = previous_;
    previous_->next_ = &entry;
    previous_ = &entry;
}

void TimerWheel::Head::take_all(Head& other) {
    if (other.first() == nullptr) return;
    next_ = other.next_;
    previous_ = other.previous_;
    next_->previous_ = this;
    previous_->next_ = this;
    other.close();
}

TimerWheel::~TimerWheel() {
    for (Head& slot : slots_) {
        while (Entry* entry = slot.first()) entry->unlink();
    }
}

void TimerWheel::set(Entry& entry, std::chrono::milliseconds wait) {
    entry.unlink();
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
    const auto ahead = std::clamp(seconds, std::chrono::seconds{0}, wait_max_s).count() + 1;
    slots_[(now_slot_ + static_cast<std::size_t>(ahead)) % slots_count].push(entry);
}

void TimerWheel::advance(MonotonicTime now) {
    // After a long pause of the process every slot is due once.
    for (std::size_t i = 0; i < slots_count && now - at_ >= std::chrono::seconds{1}; ++i) {
        at_ += std::chrono::seconds{1};
        now_slot_ = (now_slot_ + 1) % slots_count;
        // What an entry sets while it is called goes into later slots.
        Head due;
        due.take_all(slots_[now_slot_]);
        while (Entry* entry = due.first()) {
            entry->unlink();
            entry->on_timer(now);
        }
    }
    if (now - at_ >= std::chrono::seconds{1}) at_ = now;
}

}  // namespace parley
