#include "net/socket_deadline.hpp"

#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SocketDeadlineTest : public testing::Test {
protected:
    SocketDeadlineTest() { socket.open(asio::ip::tcp::v4()); }

    // In steps of a second, as a shard does.
    void pass(seconds time) {
        for (seconds passed{0}; passed < time; ++passed) {
            clock.advance(seconds{1});
            wheel.advance(clock.monotonic_now());
        }
    }

    test::ManualClock clock;
    asio::io_context io{1};
    TcpSocket socket{io.get_executor()};
    TimerWheel wheel{clock.monotonic_now()};
    SocketDeadline deadline{socket, wheel, clock};
};

TEST_F(SocketDeadlineTest, ClosesWhenItsTimeHasComeAndNotBefore) {
    deadline.set(seconds{10});
    pass(seconds{9});
    EXPECT_TRUE(socket.is_open());
    pass(seconds{3});
    EXPECT_FALSE(socket.is_open());
}

TEST_F(SocketDeadlineTest, ALaterOneReplacesAnEarlierOne) {
    deadline.set(seconds{5});
    pass(seconds{3});
    deadline.set(seconds{10});
    pass(seconds{9});
    EXPECT_TRUE(socket.is_open());
    pass(seconds{3});
    EXPECT_FALSE(socket.is_open());
}

TEST_F(SocketDeadlineTest, AnEarlierOneReplacesALaterOne) {
    deadline.set(seconds{60});
    deadline.set(seconds{2});
    pass(seconds{4});
    EXPECT_FALSE(socket.is_open());
}

TEST_F(SocketDeadlineTest, ClearedItLeavesTheSocketAlone) {
    deadline.set(seconds{5});
    deadline.clear();
    pass(seconds{130});
    EXPECT_TRUE(socket.is_open());
    deadline.set(milliseconds{500});
    pass(seconds{3});
    EXPECT_FALSE(socket.is_open());
}

TEST_F(SocketDeadlineTest, IsLongerThanTheWheelCanWait) {
    deadline.set(TimerWheel::wait_max_s * 2);
    pass(TimerWheel::wait_max_s * 2 - seconds{1});
    EXPECT_TRUE(socket.is_open());
    pass(seconds{4});
    EXPECT_FALSE(socket.is_open());
}

}  // namespace
}  // namespace parley
