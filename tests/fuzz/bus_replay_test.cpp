#include "bus_inputs.hpp"
#include "protocol/bus_message.hpp"
#include "replay.hpp"
#include "support/changesets.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

namespace parley::fuzz {
namespace {

constexpr int inputs_count = 3'000;
constexpr const char* kept_replies = PARLEY_SOURCE_DIR "/tests/fuzz/redis_corpus";
constexpr const char* kept_messages = PARLEY_SOURCE_DIR "/tests/fuzz/bus_corpus";

TEST(BusReplay, TheKeptCorpusDoesNoHarm) {
    const auto replies = corpus(kept_replies);
    for (const auto& [name, bytes] : replies) EXPECT_EQ(problem_with_replies(bytes), "") << name;
    EXPECT_GT(replies.size(), 20U);
    const auto messages = corpus(kept_messages);
    for (const auto& [name, bytes] : messages) EXPECT_EQ(problem_with_message(bytes), "") << name;
    EXPECT_GT(messages.size(), 20U);
}

TEST(BusReplay, NeitherDoesWhatIsMadeOfIt) {
    const std::uint64_t seed = chosen_seed();
    std::cout << "seed " << seed << '\n';
    std::mt19937_64 random(seed);
    const auto replies = corpus(kept_replies);
    const auto messages = corpus(kept_messages);
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
