#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"

#include <deque>
#include <optional>

namespace parley {

// Messages to oneself through the whole bus. A connection that is there and a server that answers
// prove nothing about delivery; one of these that came back does. Pure.
class Probe {
public:
    // The connections are there: from now on probes are sent, one at once.
    void start(MonotonicTime now) {
        started_at_ = now;
        next_at_ = now;
        under_way_.clear();
    }
    void stop() {
        started_at_.reset();
        under_way_.clear();
    }

    [[nodiscard]] bool is_due(MonotonicTime now) const { return started_at_ && now >= next_at_; }
    // The number of the next probe, which is now under way.
    [[nodiscard]] std::uint64_t send(MonotonicTime now) {
        next_at_ = now + bus_probe_interval_ms;
        under_way_.push_back({++last_number_, now});
        return last_number_;
    }
    // It came back. False for one that is not under way (any more).
    bool come_back(std::uint64_t number, MonotonicTime now) {
        for (auto one = under_way_.begin(); one != under_way_.end(); ++one) {
            if (one->number != number) continue;
            last_time_ = std::chrono::duration_cast<std::chrono::microseconds>(now - one->sent_at);
            last_back_ = now;
            under_way_.erase(one);
            return true;
        }
        return false;
    }

    // One has been under way for too long, or none came back for as long: nothing may be believed
    // about the connections.
    [[nodiscard]] bool is_lost(MonotonicTime now) const {
        if (!started_at_) return false;
        const MonotonicTime quiet_since =
            last_back_ ? std::max(*last_back_, *started_at_) : *started_at_;
        const bool late =
            !under_way_.empty() && now - under_way_.front().sent_at >= bus_probe_age_max_ms;
        return late || now - quiet_since >= bus_probe_age_max_ms;
    }
    // One has come back on the present connections.
    [[nodiscard]] bool is_proven() const {
        return started_at_ && last_back_ && *last_back_ >= *started_at_;
    }

    [[nodiscard]] const std::optional<MonotonicTime>& last_back() const { return last_back_; }
    [[nodiscard]] const std::optional<std::chrono::microseconds>& last_time() const {
        return last_time_;
    }

private:
    struct UnderWay {
        std::uint64_t number;
        MonotonicTime sent_at;
    };
    std::optional<MonotonicTime> started_at_;
    MonotonicTime next_at_{};
    std::deque<UnderWay> under_way_;  // a few: one that is late ends the connections
    std::uint64_t last_number_ = 0;
    std::optional<MonotonicTime> last_back_;
    std::optional<std::chrono::microseconds> last_time_;
};

}  // namespace parley
