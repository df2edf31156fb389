#include "base/metrics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace parley {

namespace {

constexpr unsigned parts = Histogram::parts_per_doubling;
constexpr unsigned parts_bits = std::bit_width(parts) - 1;
static_assert(parts == 1U << parts_bits);

std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < parts) return static_cast<std::size_t>(value);
    const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1;
    const auto part = static_cast<std::size_t>(value >> (exponent - parts_bits)) - parts;
    return parts + std::size_t{parts} * (exponent - parts_bits) + part;
}

// The largest value that belongs into it.
std::uint64_t top_of(std::size_t bucket) noexcept {
    if (bucket < parts) return bucket;
    const auto doubling = static_cast<unsigned>((bucket - parts) / parts);
    const std::uint64_t part = (bucket - parts) % parts;
    return ((parts + part + 1) << doubling) - 1;
}

}  // namespace

void Histogram::add(std::uint64_t value) noexcept {
    const std::uint64_t counted = std::min(value, value_max);
    ++buckets_[bucket_of(counted)];
    ++count_;
    sum_ += counted;
}

void Histogram::add(std::chrono::nanoseconds duration) noexcept {
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    add(static_cast<std::uint64_t>(std::max<std::int64_t>(whole, 0)));
}

void Histogram::merge(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < buckets_count; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
}

Histogram Histogram::since(const Histogram& earlier) const noexcept {
    Histogram difference;
    for (std::size_t i = 0; i < buckets_count; ++i) {
        difference.buckets_[i] = buckets_[i] - earlier.buckets_[i];
    }
    difference.count_ = count_ - earlier.count_;
    difference.sum_ = sum_ - earlier.sum_;
    return difference;
}

std::uint64_t Histogram::percentile(double share) const noexcept {
    if (count_ == 0) return 0;
    const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
    const std::uint64_t rank =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_count; ++i) {
        seen += buckets_[i];
        if (seen >= rank) return top_of(i);
    }
    return value_max;
}

std::uint64_t Histogram::count_below_power(unsigned exponent) const noexcept {
    const std::uint64_t bound = std::uint64_t{1} << std::min(exponent, doublings);
    const std::size_t end = bound > value_max ? buckets_count : bucket_of(bound);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < end; ++i) seen += buckets_[i];
    return seen;
}

}  // namespace parley
