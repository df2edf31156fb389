#include "redis/backoff.hpp"

#include <gtest/gtest.h>

namespace parley::redis {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesItsBoundUpToTheMost) {
    Backoff backoff(milliseconds(50), milliseconds(2'000));
    for (const int bound : {50, 100, 200, 400, 800, 1'600, 2'000, 2'000}) {
        EXPECT_EQ(backoff.next(0.5), milliseconds(1 + bound / 2));
    }
}

TEST(Backoff, IsAnythingBelowTheBoundAndNeverNothing) {
    Backoff backoff(milliseconds(50), milliseconds(2'000));
    EXPECT_EQ(backoff.next(0), milliseconds(1));
    EXPECT_EQ(backoff.next(0.999), milliseconds(100));
}

TEST(Backoff, BeginsAgainAfterAGoodConnection) {
    Backoff backoff(milliseconds(50), milliseconds(2'000));
    for (int i = 0; i < 5; ++i) static_cast<void>(backoff.next(0.5));
    backoff.reset();
    EXPECT_EQ(backoff.next(0.5), milliseconds(26));
}

}  // namespace
}  // namespace parley::redis
