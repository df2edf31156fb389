#include "bench/load/publisher.hpp"

#include "bench/load/websocket.hpp"
#include "bench/shared/tool.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <exception>

namespace parley::bench {

Publisher::Publisher(const Target& target, const std::string& path)
    : flavour_(target.flavour),
      socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_event_(::eventfd(0, EFD_CLOEXEC)) {
    if (socket_ < 0 || stop_event_ < 0) fail_errno("socket");
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(target.port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
        fail_errno("connect");
    }
    send_all(upgrade_request({"127.0.0.1:" + std::to_string(target.port), path, "", "", false}));
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) answer += receive_some();
    if (!answer.starts_with("HTTP/1.1 101")) fail("no upgrade for the publisher: " + answer);
    if (flavour_ != Flavour::socketio) return;
    // The handshake of Engine.IO (0…) and of Socket.IO (40…).
    while (answer.find("\"sid\"") == std::string::npos) answer += receive_some();
    send_all(client_frame(Opcode::text, "40"));
    while (answer.find("40{") == std::string::npos) answer += receive_some();
}

Publisher::~Publisher() {
    if (thread_.joinable()) {
        ::eventfd_write(stop_event_, 1);
        ::shutdown(socket_, SHUT_RDWR);
        thread_.join();
    }
    ::close(socket_);
    ::close(stop_event_);
}

void Publisher::start(double rate_per_s, double seconds, int bytes) {
    thread_ = std::thread([this, rate_per_s, seconds, bytes] {
        try {
            schedule_.run(rate_per_s, seconds, stop_event_,
                          [this, bytes](std::int64_t) { send_message(bytes); });
        } catch (const std::exception& error) {
            problem_ = error.what();
        }
    });
}

void Publisher::stop() {
    ::eventfd_write(stop_event_, 1);
    thread_.join();
    eventfd_t ignored = 0;
    ::eventfd_read(stop_event_, &ignored);
    if (!problem_.empty()) fail(problem_);
}

void Publisher::send_message(int bytes) {
    std::string text = "@" + std::to_string(now_ns()) + " #" + std::to_string(++number_) + " ";
    if (text.size() < static_cast<std::size_t>(bytes))
        text.resize(static_cast<std::size_t>(bytes), 'x');
    if (flavour_ == Flavour::socketio) text = R"(42["m",")" + text + "\"]";
    send_all(client_frame(Opcode::text, text));
    // What the peer says to its publisher (its own messages, pings) must not fill the socket.
    std::array<char, 65536> ignored{};
    while (::recv(socket_, ignored.data(), ignored.size(), MSG_DONTWAIT) > 0) {
    }
}

void Publisher::send_all(const std::string& bytes) const {
    for (std::size_t sent = 0; sent < bytes.size();) {
        const ssize_t now = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (now <= 0) fail_errno("the publisher's send");
        sent += static_cast<std::size_t>(now);
    }
}

std::string Publisher::receive_some() const {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got <= 0) fail("the peer closed the publisher's connection");
    return {bytes.data(), static_cast<std::size_t>(got)};
}

}  // namespace parley::bench
