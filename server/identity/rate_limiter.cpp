#include "identity/rate_limiter.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace parley {

namespace {

// The share of the buckets that one clearing makes room for: a pass over all of them pays for that
// many new ones, so a flood of keys costs a constant amount of work each.
constexpr std::size_t cleared_share = 8;

std::string bucket_key(RateLimiter::Kind kind, std::string_view key) {
    std::string full;
    full.reserve(key.size() + 1);
    full.push_back(static_cast<char>('0' + static_cast<int>(kind)));
    full.append(key);
    return full;
}

RateLimiter::Kind kind_of(const std::string& bucket_key) {
    return static_cast<RateLimiter::Kind>(bucket_key.front() - '0');
}

double seconds_between(MonotonicTime from, MonotonicTime to) {
    return to <= from ? 0.0 : std::chrono::duration<double>(to - from).count();
}

}  // namespace

RateLimiter::RateLimiter(const Limits& limits) : limits_(limits) {}

RateLimiter::Rate RateLimiter::rate_of(Kind kind) const {
    const auto per = [](std::uint32_t count, double seconds) {
        // At least one, so that a rate of nothing cannot divide by zero.
        const double tokens = std::max<std::uint32_t>(count, 1);
        return Rate{tokens, tokens / seconds};
    };
    switch (kind) {
        case Kind::post: return per(limits_.posts_per_minute_max, 60);
        case Kind::vote: return per(limits_.votes_per_minute_max, 60);
        case Kind::sign_in: return per(limits_.sign_ins_per_minute_max, 60);
        case Kind::sign_up: return per(limits_.sign_ups_per_hour_max, 3'600);
        case Kind::ticket: return per(limits_.tickets_per_minute_max, 60);
    }
    return per(1, 60);
}

RateLimiter::Bucket& RateLimiter::filled_bucket(Kind kind, std::string_view key,
                                                MonotonicTime now) {
    const Rate rate = rate_of(kind);
    std::string full_key = bucket_key(kind, key);
    auto found = buckets_.find(full_key);
    if (found == buckets_.end()) {
        make_room(now);
        found = buckets_.emplace(std::move(full_key), Bucket{rate.capacity, now}).first;
    }
    Bucket& bucket = found->second;
    const double gained = seconds_between(bucket.updated, now) * rate.tokens_per_s;
    bucket.tokens = std::min(rate.capacity, bucket.tokens + gained);
    bucket.updated = std::max(bucket.updated, now);
    return bucket;
}

std::optional<std::chrono::milliseconds> RateLimiter::take(Kind kind, std::string_view key,
                                                           MonotonicTime now) {
    if (!limits_.rates_enabled) return std::nullopt;
    Bucket& bucket = filled_bucket(kind, key, now);
    if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return std::nullopt;
    }
    const double wait_ms = std::ceil((1 - bucket.tokens) / rate_of(kind).tokens_per_s * 1'000);
    return std::chrono::milliseconds{std::max<std::int64_t>(1, std::llround(wait_ms))};
}

void RateLimiter::spend(Kind kind, std::string_view key, std::uint32_t count, MonotonicTime now) {
    if (!limits_.rates_enabled) return;
    Bucket& bucket = filled_bucket(kind, key, now);
    bucket.tokens = std::max(-rate_of(kind).capacity, bucket.tokens - count);
}

void RateLimiter::make_room(MonotonicTime now) {
    const std::size_t allowed = std::max<std::size_t>(limits_.rate_buckets_count_max, 1);
    if (buckets_.size() < allowed) return;
    // A full bucket says nothing that a missing one does not; the emptier one is, the more it would
    // help its owner to have it forgotten.
    const auto fullness = [&](const auto& entry) {
        const Rate rate = rate_of(kind_of(entry.first));
        const double gained = seconds_between(entry.second.updated, now) * rate.tokens_per_s;
        return std::min(1.0, (entry.second.tokens + gained) / rate.capacity);
    };
    std::vector<double> by_fullness;
    by_fullness.reserve(buckets_.size());
    for (const auto& entry : buckets_) by_fullness.push_back(fullness(entry));
    const std::size_t surplus = buckets_.size() - allowed + 1;
    const std::size_t cleared = std::max(surplus, buckets_.size() / cleared_share);
    const auto last_cleared = by_fullness.begin() + static_cast<std::ptrdiff_t>(cleared - 1);
    std::nth_element(by_fullness.begin(), last_cleared, by_fullness.end(), std::greater<>());
    const double threshold = *last_cleared;

    // First what is fuller than the threshold, then as many that equal it as are still to go; and
    // all that are full, however many.
    std::size_t equal_left = cleared;
    for (const double value : by_fullness) equal_left -= value > threshold ? 1 : 0;
    std::erase_if(buckets_, [&](const auto& entry) {
        const double value = fullness(entry);
        if (value > threshold || value >= 1) return true;
        if (value < threshold || equal_left == 0) return false;
        --equal_left;
        return true;
    });
}

}  // namespace parley
