#include "bench/floor/fanout.hpp"

#include "bench/load/websocket.hpp"
#include "bench/shared/schedule.hpp"
#include "bench/shared/tool.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

namespace parley::bench {

namespace {

constexpr int backlog_count = 4096;
constexpr int events_count_max = 512;
// The key's answer is not checked by the readers of the benchmark.
constexpr std::string_view upgrade_answer =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

class FanoutFloor {
public:
    FanoutFloor()
        : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
          listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (epoll_ < 0 || ::bind(listener_, generic, size) != 0 ||
            ::listen(listener_, backlog_count) != 0 ||
            ::getsockname(listener_, generic, &size) != 0) {
            fail_errno("listening");
        }
        port_ = ntohs(address.sin_port);
        watch(listener_);
        watch(STDIN_FILENO);
    }
    ~FanoutFloor() {
        for (const int reader : readers_) ::close(reader);
        ::close(listener_);
        ::close(epoll_);
    }
    FanoutFloor(const FanoutFloor&) = delete;
    FanoutFloor& operator=(const FanoutFloor&) = delete;

    void run() {
        print_line({{"event", "ready"}, {"pid", ::getpid()}, {"port", port_}});
        std::array<epoll_event, events_count_max> events{};
        while (!quit_ && !input_.ended()) {
            const int count = ::epoll_wait(epoll_, events.data(), events_count_max, -1);
            if (count < 0 && errno != EINTR) fail_errno("epoll_wait");
            for (int i = 0; i < count; ++i)
                on_event(events.at(static_cast<std::size_t>(i)).data.fd);
        }
    }

private:
    void watch(int descriptor) const {
        epoll_event event{EPOLLIN, {}};
        event.data.fd = descriptor;
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail_errno("epoll_ctl");
    }

    void on_event(int descriptor) {
        if (descriptor == listener_) return accept_all();
        if (descriptor != STDIN_FILENO) return answer(descriptor);
        while (const auto command = input_.take_ready()) {
            if (command->verb() == "quit") quit_ = true;
            else send_events(*command);
        }
    }

    void accept_all() {
        for (;;) {
            const int reader = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (reader < 0 && errno == EAGAIN) return;
            if (reader < 0) fail_errno("accept");
            const int on = 1;
            ::setsockopt(reader, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            watch(reader);
            readers_.push_back(reader);
        }
    }

    // A request for an upgrade comes in one piece; at its end the reader is forgotten.
    void answer(int reader) {
        std::array<char, 4096> request{};
        const ssize_t got = ::recv(reader, request.data(), request.size(), 0);
        if (got > 0) {
            ::send(reader, upgrade_answer.data(), upgrade_answer.size(), MSG_NOSIGNAL);
        } else if (got == 0 || errno != EAGAIN) {
            ::close(reader);
            readers_.erase(std::find(readers_.begin(), readers_.end(), reader));
        }
    }

    // False where it had to wait for the reader: then the reader is what was measured.
    static bool send_all(int reader, std::string_view bytes) {
        bool at_once = true;
        while (!bytes.empty()) {
            const ssize_t sent = ::send(reader, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
            else if (errno != EAGAIN) fail_errno("send");
            if (bytes.empty()) break;
            at_once = false;
            pollfd room{reader, POLLOUT, 0};
            ::poll(&room, 1, -1);
        }
        return at_once;
    }

    void send_events(const ToolCommand& command) {
        if (command.verb() != "send") fail("unknown command: " + command.verb());
        const auto bytes = static_cast<std::size_t>(command.whole("bytes"));
        std::int64_t waits = 0;
        Schedule schedule;
        schedule.run(
            command.number("rate"), command.number("seconds"), STDIN_FILENO, [&](std::int64_t) {
                std::string text =
                    "@" + std::to_string(now_ns()) + " #" + std::to_string(++number_) + " ";
                text.resize(std::max(bytes, text.size()), 'x');
                const std::string frame = server_frame(text);
                for (const int reader : readers_) {
                    if (!send_all(reader, frame)) ++waits;
                }
            });
        print_line({{"command", "send"}, {"sent", schedule.sent()}, {"waits", waits}});
    }

    int epoll_;
    int listener_;
    int port_ = 0;
    std::vector<int> readers_;
    std::int64_t number_ = 0;
    CommandInput input_;
    bool quit_ = false;
};

}  // namespace

void run_fanout_floor() { FanoutFloor().run(); }

}  // namespace parley::bench
