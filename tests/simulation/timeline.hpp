#pragma once

#include "base/clock.hpp"
#include "random.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace parley::simulation {

using Task = std::function<void()>;

// Virtual time: what is planned happens in the order of its time, and of its planning where that
// is the same.
class Timeline {
public:
    [[nodiscard]] MonotonicTime now() const { return now_; }
    [[nodiscard]] std::uint64_t events() const { return events_; }

    void at(MonotonicTime time, Task task) {
        planned_.push_back({std::max(time, now_), next_++, std::move(task)});
        std::push_heap(planned_.begin(), planned_.end(), is_later);
    }
    void after(Duration delay, Task task) { at(now_ + delay, std::move(task)); }

    void run_until(MonotonicTime end) {
        while (!planned_.empty() && planned_.front().time <= end) {
            std::pop_heap(planned_.begin(), planned_.end(), is_later);
            Planned one = std::move(planned_.back());
            planned_.pop_back();
            now_ = one.time;
            ++events_;
            one.task();
        }
        now_ = end;
    }

private:
    struct Planned {
        MonotonicTime time;
        std::uint64_t order = 0;
        Task task;
    };
    static bool is_later(const Planned& a, const Planned& b) {
        return a.time != b.time ? a.time > b.time : a.order > b.order;
    }

    MonotonicTime now_{std::chrono::hours(1)};
    std::uint64_t next_ = 0;
    std::uint64_t events_ = 0;
    std::vector<Planned> planned_;
};

}  // namespace parley::simulation
