#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace parley::fuzz {

// Makes streams as clients send them, and then breaks some: a fuzzer that starts from bytes alone
// would rarely get past the first mask.
class FrameStreams {
public:
    explicit FrameStreams(std::uint64_t seed) : random_(seed) {}

    // The input of a fuzzer: a byte of choices and a stream.
    [[nodiscard]] std::string next();

private:
    [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }
    [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
    [[nodiscard]] std::string text();
    [[nodiscard]] std::string frame(unsigned first_byte, std::string payload);
    [[nodiscard]] std::string message(bool deflate);
    [[nodiscard]] std::string control();
    void break_something(std::string& bytes);

    std::mt19937_64 random_;
};

}  // namespace parley::fuzz
