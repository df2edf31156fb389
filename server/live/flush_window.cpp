#include "live/flush_window.hpp"

#include <algorithm>
#include <cmath>

namespace parley {

namespace {

// The rate is measured over about this long.
constexpr double memory_s = 1.0;
// One send to one reader: 3 to 6.5 microseconds on the machines this was measured on
// (tests/bench), nearly all of it the kernel's.
constexpr double send_s = 5e-6;
// Up to this share of a core, sends are not gathered at all.
constexpr double free_share = 0.25;
// How fast the share shrinks with each doubling of the load beyond that.
constexpr double thrift = 1.0;
constexpr double only_scores_factor = 3.0;
// A loop that is late by more than this widens the window in proportion.
constexpr double lag_unit_s = 0.02;

double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

void FlushWindow::on_change(MonotonicTime now) {
    weight_ = faded(weight_, now) + 1.0;
    weighed_at_ = now;
}

double FlushWindow::faded(double weight, MonotonicTime now) const {
    return weight * std::exp(-seconds(now - weighed_at_) / memory_s);
}

double FlushWindow::changes_per_s(MonotonicTime now) const {
    // The last one has yet to be followed by the time that belongs to it.
    return faded(std::max(0.0, weight_ - 1.0), now) / memory_s;
}

std::chrono::milliseconds FlushWindow::window(const Load& load, MonotonicTime now) const {
    const double sends_s = static_cast<double>(load.readers) * send_s;
    const double unmerged_share = sends_s * changes_per_s(now);
    const double lateness = seconds(load.loop_lag) / lag_unit_s;
    if (unmerged_share <= free_share && lateness < 1.0) return std::chrono::milliseconds{0};
    const double excess = std::max(0.0, std::log2(unmerged_share / free_share));
    double window_s = sends_s * (1.0 + thrift * excess) / free_share * std::max(1.0, lateness);
    if (load.only_scores) window_s *= only_scores_factor;
    const std::chrono::milliseconds wanted(std::llround(window_s * 1000.0));
    return std::min(wanted, window_max_);
}

}  // namespace parley
