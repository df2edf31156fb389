#include "differential.hpp"
#include "frame_streams.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

namespace parley::fuzz {
namespace {

constexpr int streams_count = 10'000;

std::string hex(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4U];
        text += digits[static_cast<unsigned char>(byte) & 15U];
    }
    return text;
}

// PARLEY_TEST_SEED plays another run again.
std::uint64_t chosen_seed() {
    if (const char* const seed = std::getenv("PARLEY_TEST_SEED")) return std::stoull(seed);
    return std::random_device()();
}

TEST(FrameReplay, TheKeptCorpusIsReadAsBeastReadsIt) {
    int count = 0;
    const std::filesystem::path folder(PARLEY_SOURCE_DIR "/tests/fuzz/corpus");
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        const Verdict verdict = compare_readers(frame_input(bytes));
        EXPECT_EQ(verdict.problem, "") << entry.path();
        ++count;
    }
    EXPECT_GT(count, 20);
}

TEST(FrameReplay, StreamsAreReadAsBeastReadsThem) {
    const std::uint64_t seed = chosen_seed();
    std::cout << "seed " << seed << '\n';
    FrameStreams streams(seed);
    std::map<std::string_view, int> known;
    std::size_t events = 0;
    int failures = 0;
    for (int i = 0; i < streams_count && failures < 5; ++i) {
        const std::string bytes = streams.next();
        const Verdict verdict = compare_readers(frame_input(bytes));
        events += verdict.events;
        if (!verdict.known.empty()) ++known[verdict.known];
        EXPECT_EQ(verdict.problem, "") << "seed " << seed << ", stream " << i << ": " << hex(bytes);
        if (!verdict.problem.empty()) ++failures;
    }
    EXPECT_GT(events, std::size_t{streams_count}) << "the streams end too early to prove much";
    int differing = 0;
    for (const auto& [name, count] : known) {
        std::cout << name << ": " << count << '\n';
        differing += count;
    }
    EXPECT_LT(differing, streams_count / 4)
        << "a list of differences that explains everything proves nothing";
}

}  // namespace
}  // namespace parley::fuzz
