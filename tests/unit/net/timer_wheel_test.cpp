#include "net/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Timer final : TimerWheel::Entry {
    void on_timer(MonotonicTime now) override {
        ++calls;
        called_at = now;
        if (again) wheel->set(*this, *again);
    }
    int calls = 0;
    MonotonicTime called_at{};
    TimerWheel* wheel = nullptr;
    std::optional<milliseconds> again;
};

class TimerWheelTest : public ::testing::Test {
protected:
    // Advances as the event loop does, each time a little late.
    void pass(milliseconds time) {
        for (const MonotonicTime end = now + time; now < end;) {
            now += milliseconds(100);
            wheel.advance(now);
        }
    }
    MonotonicTime now = MonotonicTime{} + seconds(1'000);
    TimerWheel wheel{now};
};

TEST_F(TimerWheelTest, CallsOnceNeverEarlyAndAtMostASecondLate) {
    for (const int wait_ms : {0, 1, 400, 999, 1'000, 1'001, 25'000, 59'900, 120'000}) {
        for (const int offset_ms : {0, 300, 900}) {
            pass(milliseconds(offset_ms));
            Timer timer;
            const MonotonicTime set_at = now;
            wheel.set(timer, milliseconds(wait_ms));
            pass(milliseconds(wait_ms) + seconds(2));
            ASSERT_EQ(timer.calls, 1) << wait_ms;
            const auto waited = timer.called_at - set_at;
            EXPECT_GE(waited, milliseconds(wait_ms));
            EXPECT_LE(waited, milliseconds(wait_ms) + milliseconds(2'000)) << wait_ms;
            pass(seconds(130));
            EXPECT_EQ(timer.calls, 1);
        }
    }
}

TEST_F(TimerWheelTest, LongerWaitsAreCut) {
    Timer timer;
    wheel.set(timer, seconds(100'000));
    pass(TimerWheel::wait_max_s + seconds(2));
    EXPECT_EQ(timer.calls, 1);
}

TEST_F(TimerWheelTest, SettingAgainReplaces) {
    Timer timer;
    wheel.set(timer, seconds(5));
    pass(seconds(4));
    wheel.set(timer, seconds(5));
    pass(seconds(4));
    EXPECT_EQ(timer.calls, 0);
    pass(seconds(3));
    EXPECT_EQ(timer.calls, 1);
}

TEST_F(TimerWheelTest, AnEntryMaySetItselfAgain) {
    Timer timer;
    timer.wheel = &wheel;
    timer.again = seconds(10);
    wheel.set(timer, seconds(10));
    pass(seconds(115));
    EXPECT_GE(timer.calls, 10);
    EXPECT_LE(timer.calls, 11);
}

TEST_F(TimerWheelTest, ADestroyedEntryIsForgotten) {
    auto gone = std::make_unique<Timer>();
    Timer stays;
    wheel.set(*gone, seconds(3));
    wheel.set(stays, seconds(3));
    gone.reset();
    pass(seconds(5));
    EXPECT_EQ(stays.calls, 1);
}

TEST_F(TimerWheelTest, AnEntryMayDestroyAnotherThatIsDueWithIt) {
    struct Killer final : TimerWheel::Entry {
        void on_timer(MonotonicTime /*now*/) override { victim.reset(); }
        std::unique_ptr<Timer> victim = std::make_unique<Timer>();
    };
    Killer killer;
    wheel.set(killer, seconds(2));
    wheel.set(*killer.victim, seconds(2));
    pass(seconds(4));
    EXPECT_EQ(killer.victim, nullptr);
}

TEST_F(TimerWheelTest, AfterALongPauseEverythingIsDueOnce) {
    std::vector<Timer> timers(100);
    for (std::size_t i = 0; i < timers.size(); ++i) {
        wheel.set(timers[i], seconds(static_cast<int>(i) + 1));
    }
    now += std::chrono::hours(10);
    wheel.advance(now);
    for (const Timer& timer : timers) EXPECT_EQ(timer.calls, 1);
    wheel.advance(now);
    for (const Timer& timer : timers) EXPECT_EQ(timer.calls, 1);
}

}  // namespace
}  // namespace parley
