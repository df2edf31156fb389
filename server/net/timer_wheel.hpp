#pragma once

#include "base/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace parley {

// Coarse timers for very many connections: setting, moving and dropping one costs a few
// instructions and no memory but the entry's own. A hashed timing wheel (Varghese and Lauck, 1987,
// scheme 6) with a slot for each second; an entry is called at most two seconds late, never early.
// One thread.
class TimerWheel {
public:
    // Dropped from the wheel when it is destroyed.
    class Entry {
    public:
        Entry() = default;
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        virtual ~Entry() { unlink(); }
        // The entry is out of the wheel; it may be set again, or destroyed.
        virtual void on_timer(MonotonicTime now) = 0;

    private:
        friend class TimerWheel;
        void unlink();
        Entry* next_ = nullptr;
        Entry* previous_ = nullptr;
    };

    // Longer waits are cut to this.
    static constexpr std::chrono::seconds wait_max_s{120};

    explicit TimerWheel(MonotonicTime now) : at_(now) {}
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    // Calls the entry once, after `wait`; replaces what it was set to before.
    void set(Entry& entry, std::chrono::milliseconds wait);
    // Calls all whose time has come. To be called about every second.
    void advance(MonotonicTime now);

private:
    struct Head final : Entry {
        Head() { close(); }
        void on_timer(MonotonicTime /*now*/) override {}
        void close();
        [[nodiscard]] Entry* first();
        void push(Entry& entry);
        void take_all(Head& other);
    };
    static constexpr std::size_t slots_count = static_cast<std::size_t>(wait_max_s.count()) + 2;

    std::array<Head, slots_count> slots_;
    std::size_t now_slot_ = 0;
    MonotonicTime at_;  // when now_slot_ began
};

}  // namespace parley
