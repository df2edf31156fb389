#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace parley {

// How values are spread, in fixed memory: about 3 KB. Whole numbers of whatever unit the name of
// the variable says; durations are in microseconds. Log-linear buckets: below 16 each value has its
// own, from there on each doubling is divided into 16, so that a percentile is at most 1/16 (6.25
// %) above the true value and never below it. Values over value_max count as value_max.
//
// Pure, and for one thread: whoever measures owns one, and others get copies, which can be merged.
class Histogram {
public:
    static constexpr unsigned parts_per_doubling = 16;
    static constexpr unsigned doublings = 27;
    static constexpr std::uint64_t value_max = (std::uint64_t{1} << doublings) - 1;  // 134 s in us
    static constexpr std::size_t buckets_count =
        parts_per_doubling + parts_per_doubling * (doublings - 4);

    void add(std::uint64_t value) noexcept;
    // A negative duration counts as none.
    void add(std::chrono::nanoseconds duration) noexcept;
    void merge(const Histogram& other) noexcept;

    // What was added after `earlier`, which must be an earlier copy of this one.
    [[nodiscard]] Histogram since(const Histogram& earlier) const noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
    // The value that this share (0 to 1) of all values does not exceed; 0 where there is none.
    [[nodiscard]] std::uint64_t percentile(double share) const noexcept;
    // How many values are below 2^exponent; exact, since buckets end there. exponent: 0 to 27.
    [[nodiscard]] std::uint64_t count_below_power(unsigned exponent) const noexcept;

private:
    std::array<std::uint64_t, buckets_count> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
};

}  // namespace parley
