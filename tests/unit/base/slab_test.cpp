#include "base/slab.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace parley {
namespace {

// As in a release, whatever this build would do.
template <class T>
using Blocks = Slab<T, true>;

struct Thing {
    explicit Thing(int n) : number(n) { ++alive; }
    ~Thing() { --alive; }
    Thing(const Thing&) = delete;
    Thing& operator=(const Thing&) = delete;
    int number;
    std::string text = "long enough to have memory of its own, as most things have";
    static int alive;
};
int Thing::alive = 0;

TEST(Slab, ThingsLiveUntilTheyAreDropped) {
    Blocks<Thing> slab;
    std::vector<Blocks<Thing>::Pointer> things;
    for (int i = 0; i < 5'000; ++i) things.push_back(slab.make(i));
    EXPECT_EQ(Thing::alive, 5'000);
    for (int i = 0; i < 5'000; ++i) ASSERT_EQ(things[static_cast<std::size_t>(i)]->number, i);
    things.clear();
    EXPECT_EQ(Thing::alive, 0);
}

TEST(Slab, AnyOrderOfComingAndGoing) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Blocks<Thing> slab;
    std::vector<Blocks<Thing>::Pointer> things;
    for (int i = 0; i < 50'000; ++i) {
        const bool grow = things.empty() || random() % 1'000 < (i % 20'000 < 10'000 ? 600U : 400U);
        if (grow) {
            things.push_back(slab.make(i));
        } else {
            std::swap(things[random() % things.size()], things.back());
            things.pop_back();
        }
        ASSERT_EQ(static_cast<std::size_t>(Thing::alive), things.size());
    }
    std::vector<const Thing*> places;
    for (const auto& thing : things) places.push_back(thing.get());
    std::sort(places.begin(), places.end());
    EXPECT_EQ(std::adjacent_find(places.begin(), places.end()), places.end());
}

TEST(Slab, AThrowingConstructorLeavesNothing) {
    struct Refuses {
        explicit Refuses(bool refuse) {
            if (refuse) throw std::runtime_error("no");
        }
        int number = 7;
    };
    Blocks<Refuses> slab;
    EXPECT_THROW(static_cast<void>(slab.make(true)), std::runtime_error);
    EXPECT_EQ(slab.make(false)->number, 7);
}

TEST(Slab, BlocksAreAlignedToTheirSize) {
    constexpr std::size_t bytes = std::size_t{64} * 1024;
    std::vector<void*> blocks;
    for (int i = 0; i < 20; ++i) {
        blocks.push_back(map_block(bytes));
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(blocks.back()) % bytes, 0U);
        static_cast<char*>(blocks.back())[0] = 1;
        static_cast<char*>(blocks.back())[bytes - 1] = 1;
    }
    for (void* block : blocks) unmap_block(block, bytes);
}

}  // namespace
}  // namespace parley
