#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace parley::fuzz {

// What the tests that replay a corpus without libFuzzer have in common.

// PARLEY_TEST_SEED plays another run again.
inline std::uint64_t chosen_seed() {
    if (const char* const seed = std::getenv("PARLEY_TEST_SEED")) return std::stoull(seed);
    return std::random_device()();
}

// The inputs of a folder, each with its name.
inline std::vector<std::pair<std::string, std::string>> corpus(const std::string& folder) {
    std::vector<std::pair<std::string, std::string>> inputs;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        inputs.emplace_back(entry.path().string(),
                            std::string(std::istreambuf_iterator<char>(file), {}));
    }
    return inputs;
}

// A few bytes changed, taken away, doubled or swapped with those of another place.
inline std::string mutated(std::string bytes, std::mt19937_64& random) {
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

}  // namespace parley::fuzz
