#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace parley {

// Shows how far a long command is, on standard error: a bar that is drawn again in place where that
// is a terminal, else a plain line every few seconds. For one thread.
class ProgressBar {
public:
    explicit ProgressBar(const Clock& clock);
    ~ProgressBar() { clear(); }
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    // `part` of `whole` of what `label` names is done; `rate` stands beside it. Another label
    // begins anew. Without a whole there is no percentage. Drawn at most some times a second.
    void show(std::string_view label, std::uint64_t part, std::uint64_t whole,
              std::string_view rate);
    // Seconds since this label began; never 0.
    [[nodiscard]] double seconds() const;
    // Takes the bar away, before anything else is printed.
    void clear();

private:
    [[nodiscard]] std::string render(std::uint64_t part, std::uint64_t whole,
                                     std::string_view rate) const;

    const Clock& clock_;
    bool on_terminal_;
    bool drawn_ = false;
    std::string label_;
    MonotonicTime started_;
    MonotonicTime drawn_at_;
};

}  // namespace parley
