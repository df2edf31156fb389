#pragma once

#include "base/clock.hpp"
#include "net/asio.hpp"
#include "net/timer_wheel.hpp"

#include <optional>

namespace parley {

// Closes a socket on which something takes too long, which ends whatever waits there with
// operation_aborted. Moving the deadline costs a look at the clock: the entry in the wheel stays
// where it is, finds out when its time has come that there is more, and waits for the rest. At most
// two seconds late, never early. One thread; socket, wheel and clock outlive it, or the wheel is
// destroyed first.
class SocketDeadline final : private TimerWheel::Entry {
public:
    SocketDeadline(TcpSocket& socket, TimerWheel& wheel, const Clock& clock)
        : socket_(socket), wheel_(wheel), clock_(clock) {}

    // From now on; replaces what was set before.
    void set(std::chrono::milliseconds wait);
    void clear() { deadline_.reset(); }

private:
    void on_timer(MonotonicTime now) override;

    TcpSocket& socket_;
    TimerWheel& wheel_;
    const Clock& clock_;
    std::optional<MonotonicTime> deadline_;
    std::optional<MonotonicTime> looks_at_;  // when the wheel calls
};

}  // namespace parley
