#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace parley {

// Token buckets by kind and key (an account's id or an address). Pure: the caller passes the time.
// One thread. Holds at most limits.rate_buckets_count_max buckets; the fullest go first.
class RateLimiter {
public:
    enum class Kind : std::uint8_t { post, vote, sign_in, sign_up, ticket };

    explicit RateLimiter(const Limits& limits);

    // Takes one token. Nothing where there was one, else how long until there is.
    [[nodiscard]] std::optional<std::chrono::milliseconds> take(Kind kind, std::string_view key,
                                                                MonotonicTime now);

    // So many tokens were taken from the same bucket elsewhere. What is more than there was is
    // owed, up to the bucket's size: it is paid back before the next is given.
    void spend(Kind kind, std::string_view key, std::uint32_t count, MonotonicTime now);

    // Other rates from now on; what was taken already counts.
    void change(const Limits& limits) { limits_ = limits; }

    [[nodiscard]] bool is_enabled() const { return limits_.rates_enabled; }
    [[nodiscard]] std::size_t size() const { return buckets_.size(); }

private:
    struct Bucket {
        double tokens = 0;
        MonotonicTime updated{};
    };
    struct Rate {
        double capacity = 0;
        double tokens_per_s = 0;
    };
    [[nodiscard]] Rate rate_of(Kind kind) const;
    [[nodiscard]] Bucket& filled_bucket(Kind kind, std::string_view key, MonotonicTime now);
    void make_room(MonotonicTime now);

    Limits limits_;
    std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace parley
