#pragma once

#include <algorithm>
#include <chrono>

namespace parley::redis {

// How long to wait before the next attempt to connect: anything up to a bound that doubles (full
// jitter), so that many who lost the same server do not come back together. Pure.
class Backoff {
public:
    using Milliseconds = std::chrono::milliseconds;

    Backoff(Milliseconds least, Milliseconds most) : least_(least), most_(most), bound_(least) {}

    // `random` is from 0 up to but not including 1.
    [[nodiscard]] Milliseconds next(double random) {
        const auto bound = static_cast<double>(bound_.count());
        bound_ = std::min(most_, 2 * bound_);
        return Milliseconds{1 + static_cast<Milliseconds::rep>(bound * random)};
    }
    // The last connection was a good one.
    void reset() { bound_ = least_; }

private:
    Milliseconds least_;
    Milliseconds most_;
    Milliseconds bound_;
};

}  // namespace parley::redis
