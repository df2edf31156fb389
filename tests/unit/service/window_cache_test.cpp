#include "service/window_cache.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

const Position at_seven{Epoch{"a"}, 7};

std::shared_ptr<const EncodedWindow> window_of(std::size_t bytes, const Position& position) {
    return std::make_shared<const EncodedWindow>(
        EncodedWindow{position, std::string(bytes, 'x'), {}});
}

TEST(WindowCache, GivesAWindowAtItsOwnPositionAlone) {
    WindowCache cache(100);
    const auto window = window_of(10, at_seven);
    cache.keep("tram", window);
    EXPECT_EQ(cache.find("tram", at_seven), window);
    EXPECT_EQ(cache.find("bus", at_seven), nullptr);
    EXPECT_EQ(cache.find("tram", {Epoch{"b"}, 7}), nullptr);
    EXPECT_EQ(cache.find("tram", at_seven), nullptr) << "what is out of date is dropped";
}

TEST(WindowCache, StaysWithinItsBytesAndDropsTheLongestUnused) {
    WindowCache cache(100);
    cache.keep("one", window_of(40, at_seven));
    cache.keep("two", window_of(40, at_seven));
    EXPECT_NE(cache.find("one", at_seven), nullptr);
    cache.keep("three", window_of(40, at_seven));
    EXPECT_NE(cache.find("one", at_seven), nullptr);
    EXPECT_EQ(cache.find("two", at_seven), nullptr);
    EXPECT_NE(cache.find("three", at_seven), nullptr);
}

TEST(WindowCache, ReplacesAWindowAndTakesNoneThatCannotFit) {
    WindowCache cache(100);
    cache.keep("one", window_of(60, at_seven));
    cache.keep("one", window_of(50, {Epoch{"a"}, 8}));
    cache.keep("two", window_of(50, at_seven));
    EXPECT_NE(cache.find("one", {Epoch{"a"}, 8}), nullptr);
    EXPECT_NE(cache.find("two", at_seven), nullptr);
    cache.keep("huge", window_of(101, at_seven));
    EXPECT_EQ(cache.find("huge", at_seven), nullptr);
    EXPECT_NE(cache.find("two", at_seven), nullptr);
}

}  // namespace
}  // namespace parley
