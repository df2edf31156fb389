#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace parley::bench {

// Counts of values in buckets whose width grows with the value: 64 to each power of two, so what
// it tells is at most 1.6 % too high. Recording is a few instructions and allocates nothing.
class Histogram {
public:
    Histogram() : buckets_(bucket_count) {}

    void record(std::int64_t value, std::uint64_t times = 1) noexcept {
        const std::int64_t known = std::clamp<std::int64_t>(value, 0, value_max);
        buckets_[index_of(static_cast<std::uint64_t>(known))] += times;
        count_ += times;
        max_ = std::max(max_, known);
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::int64_t max() const noexcept { return max_; }

    // The upper end of the bucket that holds the value at this share (0.99) of all; 0 where there
    // is none.
    [[nodiscard]] std::int64_t at_share(double share) const noexcept {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t index = 0; index < buckets_.size(); ++index) {
            seen += buckets_[index];
            if (seen > wanted) return std::min(max_, upper_end(index));
        }
        return max_;
    }

    void clear() noexcept {
        std::fill(buckets_.begin(), buckets_.end(), 0);
        count_ = 0;
        max_ = 0;
    }

private:
    static constexpr int sub_bits = 6;
    static constexpr std::int64_t value_max = (std::int64_t{1} << 42) - 1;  // 73 minutes in ns
    static constexpr std::size_t bucket_count = std::size_t{42 - sub_bits + 1} << sub_bits;

    [[nodiscard]] static std::size_t index_of(std::uint64_t value) noexcept {
        const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - 1 - sub_bits);
        return (static_cast<std::size_t>(shift) << sub_bits) +
               static_cast<std::size_t>(value >> shift);
    }
    [[nodiscard]] static std::int64_t upper_end(std::size_t index) noexcept {
        const std::size_t row = index >> sub_bits;
        if (row == 0) return static_cast<std::int64_t>(index);
        const std::size_t shift = row - 1;
        const std::size_t top = index - (shift << sub_bits);
        return static_cast<std::int64_t>(((top + 1) << shift) - 1);
    }

    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::int64_t max_ = 0;
};

}  // namespace parley::bench
