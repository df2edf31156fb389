#pragma once

#include "bench/shared/histogram.hpp"
#include "bench/shared/time.hpp"

#include <poll.h>
#include <sys/prctl.h>

#include <cstdint>
#include <functional>

namespace parley::bench {

// An open-loop schedule: event number n is due at start + n / rate, whatever became of those before
// it. How late events were sent is kept, because it is the generator's fault and not the server's.
class Schedule {
public:
    // Stops early when `interrupt` (a descriptor) becomes readable. `event` gets the number.
    // Rates of 0 mean: once.
    void run(double rate_per_s, double seconds, int interrupt,
             const std::function<void(std::int64_t)>& event) {
        ::prctl(PR_SET_TIMERSLACK, 1UL);
        lateness_.clear();
        const std::int64_t start = now_ns();
        const auto total = static_cast<std::int64_t>(rate_per_s * seconds);
        const double interval_ns = rate_per_s > 0 ? static_cast<double>(ns_per_s) / rate_per_s : 0;
        for (sent_ = 0; sent_ < total; ++sent_) {
            const std::int64_t due =
                start + static_cast<std::int64_t>(static_cast<double>(sent_) * interval_ns);
            // Late events follow each other at once; what interrupts is seen now and then.
            constexpr std::int64_t look_every_count = 64;
            const bool early = now_ns() < due;
            if ((early || sent_ % look_every_count == 0) && !wait_until(due, interrupt)) break;
            lateness_.record(now_ns() - due);
            event(sent_);
        }
        took_ns_ = now_ns() - start;
    }

    [[nodiscard]] std::int64_t sent() const { return sent_; }
    [[nodiscard]] std::int64_t took_ns() const { return took_ns_; }
    [[nodiscard]] const Histogram& lateness() const { return lateness_; }

private:
    // False where the descriptor became readable first.
    static bool wait_until(std::int64_t due, int interrupt) {
        pollfd input{interrupt, POLLIN, 0};
        for (;;) {
            const std::int64_t left = due - now_ns();
            const timespec wait{left > 0 ? left / ns_per_s : 0, left > 0 ? left % ns_per_s : 0};
            if (::ppoll(&input, 1, &wait, nullptr) > 0) return false;
            if (now_ns() >= due) return true;
        }
    }

    Histogram lateness_;
    std::int64_t sent_ = 0;
    std::int64_t took_ns_ = 0;
};

}  // namespace parley::bench
