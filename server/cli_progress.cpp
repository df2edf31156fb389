#include "cli_progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

namespace parley {

namespace {

constexpr std::chrono::milliseconds redraw_ms{100};
constexpr std::chrono::milliseconds plain_line_ms{5'000};
constexpr std::size_t bar_width_chars = 30;
constexpr std::string_view clear_line = "\r\x1b[K";

std::string in_minutes(double seconds) {
    const auto whole = std::lround(seconds);
    if (whole < 60) return std::to_string(whole) + " s";
    return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
}

}  // namespace

ProgressBar::ProgressBar(const Clock& clock)
    : clock_(clock),
      on_terminal_(::isatty(STDERR_FILENO) == 1),
      started_(clock.monotonic_now()),
      drawn_at_(started_) {}

double ProgressBar::seconds() const {
    const std::chrono::duration<double> passed = clock_.monotonic_now() - started_;
    return std::max(passed.count(), 0.001);
}

std::string ProgressBar::render(std::uint64_t part, std::uint64_t whole,
                                std::string_view rate) const {
    std::string line = label_;
    if (whole != 0) {
        const double share = std::min(static_cast<double>(part) / static_cast<double>(whole), 1.0);
        if (on_terminal_) {
            const auto filled = static_cast<std::size_t>(share * bar_width_chars);
            line +=
                " [" + std::string(filled, '#') + std::string(bar_width_chars - filled, '.') + "]";
        }
        line += " " + std::to_string(static_cast<int>(share * 100)) + " %";
        // A guess from too little would jump about.
        if (share > 0.02) line += ", " + in_minutes(seconds() * (1 / share - 1)) + " left";
    }
    if (!rate.empty()) line.append(", ").append(rate);
    return line;
}

void ProgressBar::show(std::string_view label, std::uint64_t part, std::uint64_t whole,
                       std::string_view rate) {
    const MonotonicTime now = clock_.monotonic_now();
    if (label != label_) {
        label_ = label;
        started_ = now;
        drawn_at_ = now;
    }
    if (now - drawn_at_ < (on_terminal_ ? redraw_ms : plain_line_ms)) return;
    drawn_at_ = now;
    if (on_terminal_) std::cerr << clear_line << render(part, whole, rate) << std::flush;
    else std::cerr << render(part, whole, rate) << std::endl;
    drawn_ = on_terminal_;
}

void ProgressBar::clear() {
    if (drawn_) std::cerr << clear_line << std::flush;
    drawn_ = false;
}

}  // namespace parley
