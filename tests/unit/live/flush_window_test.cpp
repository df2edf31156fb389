#include "live/flush_window.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds window_max{250};
const MonotonicTime start{std::chrono::hours{1'000}};

class FlushWindowTest : public ::testing::Test {
protected:
    // So many changes a second, evenly, for so long.
    void change(int per_s, std::chrono::seconds time = std::chrono::seconds{10}) {
        const MonotonicTime until = now + time;
        while (now < until) {
            now += microseconds(1'000'000 / per_s);
            window.on_change(now);
        }
    }
    [[nodiscard]] long ms(std::size_t readers, bool only_scores = false,
                          microseconds lag = {}) const {
        return window.window({readers, only_scores, lag}, now).count();
    }

    MonotonicTime now = start;
    FlushWindow window{window_max};
};

TEST_F(FlushWindowTest, AQuietRoomSendsAtOnce) {
    EXPECT_EQ(ms(1'000'000), 0);
    window.on_change(now);
    EXPECT_EQ(ms(10'000), 0) << "the first change is no rate";
}

TEST_F(FlushWindowTest, FiftyChangesASecondForAThousandReadersAreNotGathered) {
    change(50);
    EXPECT_EQ(ms(1'000), 0);
    EXPECT_EQ(ms(1'000, true), 0);
}

TEST_F(FlushWindowTest, AThousandChangesASecondForAThousandReadersAreGathered) {
    change(1'000);
    EXPECT_GE(ms(1'000), 60);
    EXPECT_LE(ms(1'000), 120);
    EXPECT_EQ(ms(10), 0) << "for few readers that is cheap";
}

TEST_F(FlushWindowTest, ScoresAloneMayWaitLonger) {
    change(300);
    EXPECT_GT(ms(1'000), 0);
    EXPECT_NEAR(static_cast<double>(ms(1'000, true)), 3.0 * static_cast<double>(ms(1'000)), 3.0);
}

TEST_F(FlushWindowTest, NeverOpensFurtherThanItsMaximum) {
    change(10'000);
    EXPECT_EQ(ms(10'000), window_max.count());
    EXPECT_EQ(ms(1'000'000, true, std::chrono::hours{10}), window_max.count());
}

TEST_F(FlushWindowTest, NarrowsAgainByItself) {
    change(1'000);
    long before = ms(1'000);
    EXPECT_GT(before, 0);
    for (int i = 0; i < 50; ++i) {
        now += milliseconds(100);
        EXPECT_LE(ms(1'000), before);
        before = ms(1'000);
    }
    EXPECT_EQ(before, 0);
}

TEST_F(FlushWindowTest, ALateLoopWidensIt) {
    change(300);
    const long on_time = ms(1'000);
    EXPECT_GT(ms(1'000, false, milliseconds(60)), 2 * on_time);
    change(1, std::chrono::seconds{30});
    EXPECT_EQ(ms(1'000), 0);
    EXPECT_GT(ms(1'000, false, milliseconds(40)), 0) << "a late loop gathers whatever the rate";
    EXPECT_EQ(ms(1'000, false, milliseconds(19)), 0) << "a little late is not late";
}

// Where gathering begins, the window is just the time between two changes: nothing is delayed by a
// jump.
TEST_F(FlushWindowTest, BeginsWithTheTimeBetweenTwoChanges) {
    for (const int per_s : {60, 100, 500, 2'000}) {
        change(per_s);
        std::size_t readers = 1;
        while (ms(readers) == 0) ++readers;
        EXPECT_NEAR(static_cast<double>(ms(readers)), 1'000.0 / per_s, 1.5) << per_s;
    }
}

TEST_F(FlushWindowTest, GrowsWithTheReadersWithoutJumps) {
    change(1'000);
    long before = 0;
    for (std::size_t readers = 1; readers < 10'000; readers += 10) {
        EXPECT_GE(ms(readers), before);
        EXPECT_LE(ms(readers), before + 4) << readers;
        before = ms(readers);
    }
}

}  // namespace
}  // namespace parley
