#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace parley::simulation {

using Duration = std::chrono::microseconds;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// splitmix64: the same numbers on every machine, which the library's distributions do not promise.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
        z = (z ^ z >> 27) * 0x94D049BB133111EBU;
        return z ^ z >> 31;
    }
    // 0 to count - 1.
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
    bool chance(double probability) {
        return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
    }
    // Both ends belong to it.
    Duration between(Duration low, Duration high) {
        const auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
        return low + Duration(static_cast<Duration::rep>(next() % span));
    }
    template <class T>
    const T& pick(const std::vector<T>& from) {
        return from[below(from.size())];
    }

private:
    std::uint64_t state_;
};

}  // namespace parley::simulation
