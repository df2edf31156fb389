#include "bench/load/swarm.hpp"

#include "bench/shared/time.hpp"
#include "bench/shared/tool.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace parley::bench {

namespace {

constexpr std::size_t read_bytes_max = std::size_t{256} * 1024;
constexpr std::size_t unparsed_bytes_max = std::size_t{1024} * 1024;
constexpr int events_count_max = 512;
constexpr std::int64_t open_timeout_ns = 120 * ns_per_s;
// Each address has its own 28,000 ports.
constexpr std::size_t source_addresses_count = 8;

sockaddr_in address_of(std::uint32_t host, int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(host);
    return address;
}

}  // namespace

Swarm::Swarm() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) fail_errno("epoll_create1");
    buffer_.resize(unparsed_bytes_max + read_bytes_max);
}

Swarm::~Swarm() {
    for (Reader& reader : readers_) {
        if (reader.descriptor >= 0) ::close(reader.descriptor);
    }
    ::close(epoll_);
}

void Swarm::connect(const Target& target, std::size_t count, std::size_t in_flight) {
    target_ = target;
    cache_.keep_entries(target.with_state);
    const std::string host = "127.0.0.1:" + std::to_string(target.port);
    request_ = upgrade_request(
        {host, target.path, target.flavour == Flavour::parley ? "http://" + host : "",
         target.flavour == Flavour::parley ? "parley.v1" : "", target.deflate});
    drop_all();
    readers_.clear();
    readers_.resize(count);
    for (std::size_t i = count; i > 0; --i) {
        waiting_.push_back(i - 1);
        readers_[i - 1].seq = std::max<std::int64_t>(target.since, 0);
        readers_[i - 1].positioned = target.since >= 0;
    }
    open_waiting(in_flight);
}

void Swarm::reconnect(std::size_t in_flight, std::int64_t goal) {
    for (std::size_t i = readers_.size(); i > 0; --i) {
        waiting_.push_back(i - 1);
        readers_[i - 1].goal = goal;
    }
    open_waiting(in_flight);
}

void Swarm::open_waiting(std::size_t in_flight) {
    time_to_up_.clear();
    const std::int64_t began_ns = now_ns();
    const auto all_up = [&] {
        while (!waiting_.empty() && opening_ < in_flight) {
            const std::size_t next = waiting_.back();
            waiting_.pop_back();
            ++opening_;
            start(readers_[next]);
            // Counted from the moment when all wanted to come.
            readers_[next].started_ns = began_ns;
        }
        return waiting_.empty() && opening_ == 0;
    };
    if (all_up()) return;
    pump(began_ns + open_timeout_ns, all_up);
    if (!all_up()) {
        fail(std::to_string(waiting_.size() + opening_) + " readers did not come up in time");
    }
}

void Swarm::start(Reader& reader) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) fail_errno("socket (is `ulimit -n` high enough?)");
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const auto index = static_cast<std::size_t>(&reader - readers_.data());
    if (target_.receive_buffer_bytes > 0 && index < target_.small_buffers_count) {
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &target_.receive_buffer_bytes,
                     sizeof(target_.receive_buffer_bytes));
    }
    const auto source = static_cast<std::uint32_t>(2 + index % source_addresses_count);
    const sockaddr_in from = address_of(INADDR_LOOPBACK - 1 + source, 0);
    const sockaddr_in to = address_of(INADDR_LOOPBACK, target_.port);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) != 0) {
        fail_errno("bind to 127.0.0." + std::to_string(source));
    }
    reader.descriptor = descriptor;
    reader.phase = Phase::connecting;
    reader.unparsed.clear();
    epoll_event event{EPOLLOUT, {}};
    event.data.u64 = index;
    const int done = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
    if (done != 0 && errno != EINPROGRESS) fail_errno("connect");
    if (done == 0) event.events = EPOLLIN;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail_errno("epoll_ctl");
    if (done == 0) on_connected(reader);
}

void Swarm::watch(Reader& reader, std::uint32_t events) {
    epoll_event event{events, {}};
    event.data.u64 = static_cast<std::uint64_t>(&reader - readers_.data());
    if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, reader.descriptor, &event) != 0) {
        fail_errno("epoll_ctl");
    }
}

void Swarm::drop_all() {
    for (Reader& reader : readers_) close(reader);
}

void Swarm::close(Reader& reader) {
    if (reader.descriptor < 0) return;
    ::close(reader.descriptor);
    reader.descriptor = -1;
    reader.phase = Phase::closed;
}

void Swarm::pause(std::size_t count, bool paused) {
    for (std::size_t i = 0; i < count && i < readers_.size(); ++i) {
        readers_[i].paused = paused;
        watch(readers_[i], paused ? 0U : EPOLLIN);
    }
}

void Swarm::pump(std::int64_t until_ns, const std::function<bool()>& done) {
    std::array<epoll_event, events_count_max> events{};
    for (std::int64_t left = until_ns - now_ns(); left > 0; left = until_ns - now_ns()) {
        const timespec wait{left / ns_per_s, left % ns_per_s};
        const int count = ::epoll_pwait2(epoll_, events.data(), events_count_max, &wait, nullptr);
        if (count < 0 && errno != EINTR) fail_errno("epoll_pwait2");
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events.at(static_cast<std::size_t>(i));
            on_event(readers_.at(event.data.u64), event.events);
        }
        if (done()) return;
    }
}

void Swarm::on_event(Reader& reader, std::uint32_t events) {
    if (reader.descriptor < 0) return;
    if (reader.phase == Phase::connecting) {
        int problem = 0;
        socklen_t size = sizeof(problem);
        ::getsockopt(reader.descriptor, SOL_SOCKET, SO_ERROR, &problem, &size);
        if (problem != 0) fail(std::string("connect: ") + std::strerror(problem));
        watch(reader, EPOLLIN);
        on_connected(reader);
        return;
    }
    if (reader.paused && (events & (EPOLLERR | EPOLLHUP)) == 0) return;
    const std::size_t kept = reader.unparsed.size();
    if (kept > unparsed_bytes_max) fail("a frame is longer than the benchmark expects");
    std::memcpy(buffer_.data(), reader.unparsed.data(), kept);
    const ssize_t got = ::recv(reader.descriptor, buffer_.data() + kept, read_bytes_max, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        if (reader.phase != Phase::up) fail("the server closed a connection that was being opened");
        ++counts_.closed;
        close(reader);
        return;
    }
    received_ns_ = now_ns();
    counts_.bytes += static_cast<std::uint64_t>(got);
    on_bytes(reader, std::string_view(buffer_).substr(0, kept + static_cast<std::size_t>(got)));
}

void Swarm::on_connected(Reader& reader) {
    if (target_.flavour == Flavour::tcp) return be_up(reader);
    reader.phase = Phase::upgrading;
    send(reader, request_);
}

void Swarm::on_bytes(Reader& reader, std::string_view bytes) {
    if (reader.phase == Phase::upgrading) bytes.remove_prefix(on_answer(reader, bytes));
    while (reader.descriptor >= 0 && reader.phase != Phase::upgrading) {
        const WireFrame frame = first_frame(bytes);
        if (frame.bytes == 0) break;
        on_frame(reader, frame);
        bytes.remove_prefix(frame.bytes);
    }
    reader.unparsed.assign(bytes);
}

std::size_t Swarm::on_answer(Reader& reader, std::string_view bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (!bytes.starts_with("HTTP/1.1 101"))
        fail("no upgrade: " + std::string(bytes.substr(0, end)));
    reader.phase = Phase::subscribing;
    if (target_.flavour == Flavour::parley) subscribe(reader, reader.positioned);
    if (target_.flavour == Flavour::plain) be_up(reader);
    return end + 4;
}

void Swarm::send(Reader& reader, std::string_view bytes) {
    const ssize_t sent = ::send(reader.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) return;
    // A server that is gone is seen when reading; one that takes nothing is none of ours.
    if (sent >= 0 || errno == EAGAIN) fail("a server does not take what a reader sends");
}

void Swarm::be_up(Reader& reader) {
    if (reader.phase == Phase::up) return;
    reader.phase = Phase::up;
    if (opening_ > 0) --opening_;
    time_to_up_.record(now_ns() - reader.started_ns);
}

}  // namespace parley::bench
