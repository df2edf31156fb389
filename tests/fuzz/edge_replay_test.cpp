#include "edge_inputs.hpp"
#include "replay.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace parley::fuzz {
namespace {

constexpr int inputs_count = 2'000;
constexpr const char* kept_inputs = PARLEY_SOURCE_DIR "/tests/fuzz/";

struct Kind {
    std::string folder;
    std::string (*problem_with)(std::string_view);
};

class EdgeReplay : public testing::TestWithParam<Kind> {};

TEST_P(EdgeReplay, TheKeptCorpusDoesNoHarm) {
    const auto inputs = corpus(kept_inputs + GetParam().folder);
    for (const auto& [name, bytes] : inputs) {
        EXPECT_EQ(GetParam().problem_with(bytes), "") << name;
    }
    EXPECT_GT(inputs.size(), 20U);
}

TEST_P(EdgeReplay, NeitherDoesWhatIsMadeOfIt) {
    const std::uint64_t seed = chosen_seed();
    std::cout << "seed " << seed << '\n';
    std::mt19937_64 random(seed);
    const auto inputs = corpus(kept_inputs + GetParam().folder);
    for (int i = 0; i < inputs_count; ++i) {
        const std::string input = mutated(inputs[random() % inputs.size()].second, random);
        ASSERT_EQ(GetParam().problem_with(input), "") << "seed " << seed << ", input " << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Every, EdgeReplay,
                         testing::Values(Kind{"json_corpus", problem_with_json},
                                         Kind{"markdown_corpus", problem_with_markdown},
                                         Kind{"headers_corpus", problem_with_headers},
                                         Kind{"lines_corpus", problem_with_lines}),
                         [](const auto& of) {
                             return of.param.folder.substr(0, of.param.folder.find('_'));
                         });

}  // namespace
}  // namespace parley::fuzz
