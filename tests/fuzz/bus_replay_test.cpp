#include "bus_inputs.hpp"
#include "protocol/bus_message.hpp"
#include "support/changesets.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

namespace parley::fuzz {
namespace {

constexpr int inputs_count = 3'000;

// PARLEY_TEST_SEED plays another run again.
std::uint64_t chosen_seed() {
    if (const char* const seed = std::getenv("PARLEY_TEST_SEED")) return std::stoull(seed);
    return std::random_device()();
}

std::vector<std::pair<std::string, std::string>> corpus(const std::string& name) {
    std::vector<std::pair<std::string, std::string>> inputs;
    const std::filesystem::path folder(PARLEY_SOURCE_DIR "/tests/fuzz/" + name);
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        inputs.emplace_back(entry.path().string(),
                            std::string(std::istreambuf_iterator<char>(file), {}));
    }
    return inputs;
}

// A few bytes changed, taken away, doubled or swapped with those of another place.
std::string mutated(std::string bytes, std::mt19937_64& random) {
    for (std::uint64_t i = 1 + random() % 4; i > 0 && !bytes.empty(); --i) {
        const std::size_t at = random() % bytes.size();
        const std::size_t size = std::min<std::size_t>(bytes.size() - at, 1 + random() % 12);
        switch (random() % 4) {
            case 0: bytes[at] = static_cast<char>(random()); break;
            case 1: bytes.erase(at, size); break;
            case 2: bytes.insert(random() % bytes.size(), bytes.substr(at, size)); break;
            default: std::swap(bytes[at], bytes[random() % bytes.size()]); break;
        }
    }
    return bytes;
}

TEST(BusReplay, TheKeptCorpusDoesNoHarm) {
    const auto replies = corpus("redis_corpus");
    for (const auto& [name, bytes] : replies) EXPECT_EQ(problem_with_replies(bytes), "") << name;
    EXPECT_GT(replies.size(), 20U);
    const auto messages = corpus("bus_corpus");
    for (const auto& [name, bytes] : messages) EXPECT_EQ(problem_with_message(bytes), "") << name;
    EXPECT_GT(messages.size(), 20U);
}

TEST(BusReplay, NeitherDoesWhatIsMadeOfIt) {
    const std::uint64_t seed = chosen_seed();
    std::cout << "seed " << seed << '\n';
    std::mt19937_64 random(seed);
    const auto replies = corpus("redis_corpus");
    const auto messages = corpus("bus_corpus");
    for (int i = 0; i < inputs_count; ++i) {
        const std::string reply = mutated(replies[random() % replies.size()].second, random);
        ASSERT_EQ(problem_with_replies(reply), "") << "seed " << seed << ", input " << i;
        const std::string message = mutated(messages[random() % messages.size()].second, random);
        ASSERT_EQ(problem_with_message(message), "") << "seed " << seed << ", input " << i;
    }
}

TEST(BusReplay, MessagesOfEveryKindAreRead) {
    const std::uint64_t seed = chosen_seed();
    std::cout << "seed " << seed << '\n';
    test::RandomChangesets changesets(seed);
    const BusCodec codec("a secret of at least thirty-two characters", "s", "a");
    for (int i = 0; i < 300; ++i) {
        const BusContent content = changesets.next();
        const std::string signed_text = codec.encode("c", content);
        // Behind the magic word and the signature.
        const std::string text = signed_text.substr(8 + 32);
        EXPECT_TRUE(read_bus_text(text, "s").has_value()) << text;
        EXPECT_EQ(problem_with_message(text), "") << "seed " << seed << ", message " << i;
    }
}

}  // namespace
}  // namespace parley::fuzz
