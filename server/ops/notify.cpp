#include "ops/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace parley {

namespace {

std::string take_variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return {};
    std::string text = value;
    ::unsetenv(name);
    return text;
}

// The clock that systemd compares with.
std::uint64_t monotonic_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000U +
           static_cast<std::uint64_t>(now.tv_nsec) / 1'000U;
}

}  // namespace

Notifier Notifier::from_environment() {
    return Notifier({take_variable("NOTIFY_SOCKET"), take_variable("WATCHDOG_USEC"),
                     take_variable("WATCHDOG_PID"), std::to_string(::getpid())});
}

Notifier::Notifier(const Environment& environment) : socket_(environment.socket) {
    if (!environment.watchdog_pid.empty() && environment.watchdog_pid != environment.process) {
        return;
    }
    std::uint64_t interval_us = 0;
    const std::string& text = environment.watchdog_us;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), interval_us);
    if (error != std::errc() || end != text.data() + text.size() || interval_us == 0) return;
    watchdog_ = std::chrono::microseconds(interval_us);
}

bool Notifier::reloading() const {
    return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_us()));
}

bool Notifier::status(std::string_view one_line) const {
    return send("STATUS=" + std::string(one_line));
}

bool Notifier::send(std::string_view message) const {
    if (socket_.empty()) return true;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    // An abstract name begins with a zero byte, and what follows it belongs to it.
    const bool is_abstract = socket_.front() == '@';
    if (is_abstract) address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size() +
                                               (is_abstract ? 0 : 1));
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return false;
    const ssize_t sent =
        ::sendto(descriptor, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), length);
    ::close(descriptor);
    return sent == static_cast<ssize_t>(message.size());
}

}  // namespace parley
