// Requests over keep-alive connections, each of which sends its next one when it has the answer
// (a closed loop, which is how a throughput is measured). Prints one line of JSON.
//
//     bench_http get  port= path= connections= seconds= [gzip=1]
//     bench_http post port= discussion= tokens=FILE seconds=
//     bench_http vote port= comments=FIRST-LAST tokens=FILE seconds=
//
// FILE has a token a line; there is a connection for each.

#include "bench/shared/histogram.hpp"
#include "bench/shared/time.hpp"
#include "bench/shared/tool.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace parley::bench {

namespace {

constexpr std::size_t read_bytes_max = std::size_t{256} * 1024;
constexpr std::int64_t warm_up_ns = ns_per_s / 2;

std::string request_with_body(const std::string& method, const std::string& path,
                              const std::string& fields, const std::string& body) {
    return method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields +
           "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

// What the connections ask for.
class Requests {
public:
    explicit Requests(const ToolCommand& command) : verb_(command.verb()) {
        if (verb_ == "get") {
            get_ = "GET " + command.text("path") + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
            if (command.whole("gzip", 0) != 0) get_ += "Accept-Encoding: gzip\r\n";
            get_ += "\r\n";
            return;
        }
        if (verb_ == "post") {
            path_ = "/api/v1/discussions/" + command.text("discussion") + "/comments";
        } else if (verb_ == "vote") {
            const std::string range = command.text("comments");
            first_ = std::atoll(range.c_str());
            count_ = std::atoll(range.substr(range.find('-') + 1).c_str()) - first_ + 1;
        } else {
            fail("bench_http get | post | vote");
        }
        std::ifstream file(command.text("tokens"));
        for (std::string token; std::getline(file, token);) tokens_.push_back(token);
        if (tokens_.empty()) fail("no tokens");
    }

    [[nodiscard]] std::size_t connections(const ToolCommand& command) const {
        if (!tokens_.empty()) return tokens_.size();
        return static_cast<std::size_t>(command.whole("connections"));
    }

    // Request number `number` of that connection.
    [[nodiscard]] std::string make(std::size_t connection, std::int64_t number) const {
        if (verb_ == "get") return get_;
        std::string fields = "Authorization: Bearer " + tokens_[connection] + "\r\n";
        if (verb_ == "post") {
            fields += "Idempotency-Key: k" + std::to_string(now_ns()) + "-" +
                      std::to_string(connection) + "\r\n";
            return request_with_body("POST", path_, fields, body_);
        }
        // Round after round over the comments, up and down in turn, so that each vote changes one.
        const std::int64_t comment = first_ + number % count_;
        const std::string body = number / count_ % 2 == 0 ? R"({"value":1})" : R"({"value":-1})";
        return request_with_body("PUT", "/api/v1/comments/" + std::to_string(comment) + "/vote",
                                 fields, body);
    }

private:
    std::string verb_;
    std::string get_;
    std::string path_;
    std::string body_ =
        R"({"body":"The tram should stop at the *old bridge* as well: it is where the market is, )"
        R"(where most of us change, and where the shelter stands since the last line was given up. )"
        R"(What would it cost, and who decides?"})";
    std::int64_t first_ = 0;
    std::int64_t count_ = 1;
    std::vector<std::string> tokens_;
};

struct Connection {
    int descriptor = -1;
    std::int64_t number = 0;
    std::int64_t sent_ns = 0;
    std::string answer;          // as far as it has come
    std::size_t left_bytes = 0;  // of the body, once the header was read
    bool in_body = false;
};

class Client {
public:
    Client(const ToolCommand& command, Requests requests)
        : requests_(std::move(requests)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        connections_.resize(requests_.connections(command));
        for (Connection& one : connections_) open(one, static_cast<int>(command.whole("port")));
        buffer_.resize(read_bytes_max);
    }
    ~Client() {
        for (const Connection& one : connections_) ::close(one.descriptor);
        ::close(epoll_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void run(double seconds) {
        for (Connection& one : connections_) send_next(one);
        pump(now_ns() + warm_up_ns);
        answers_ = refused_ = bytes_ = 0;
        latency_.clear();
        const std::int64_t own_before = own_cpu_ns();
        const std::int64_t began = now_ns();
        pump(began + static_cast<std::int64_t>(seconds * static_cast<double>(ns_per_s)));
        const double took = static_cast<double>(now_ns() - began) / 1e9;
        print_line({{"answers_per_s", static_cast<double>(answers_) / took},
                    {"refused", refused_},
                    {"first_refusal", first_refusal_},
                    {"bytes_per_answer", answers_ > 0 ? bytes_ / answers_ : 0},
                    {"p50_ms", static_cast<double>(latency_.at_share(0.5)) / 1e6},
                    {"p99_ms", static_cast<double>(latency_.at_share(0.99)) / 1e6},
                    {"load_share", static_cast<double>(own_cpu_ns() - own_before) / 1e9 / took}});
    }

private:
    void open(Connection& one, int port) {
        one.descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(port));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(one.descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
            fail_errno("connect");
        }
        const int on = 1;
        ::setsockopt(one.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        epoll_event event{EPOLLIN, {}};
        event.data.ptr = &one;
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, one.descriptor, &event) != 0)
            fail_errno("epoll_ctl");
    }

    void pump(std::int64_t until_ns) {
        std::array<epoll_event, 64> events{};
        for (std::int64_t left = until_ns - now_ns(); left > 0; left = until_ns - now_ns()) {
            const timespec wait{left / ns_per_s, left % ns_per_s};
            const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()),
                                             &wait, nullptr);
            for (int i = 0; i < count; ++i) {
                on_bytes(
                    *static_cast<Connection*>(events.at(static_cast<std::size_t>(i)).data.ptr));
            }
        }
    }

    void send_next(Connection& one) {
        const auto index = static_cast<std::size_t>(&one - connections_.data());
        const std::string request = requests_.make(index, one.number++);
        one.sent_ns = now_ns();
        const ssize_t sent = ::send(one.descriptor, request.data(), request.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(request.size())) fail_errno("send");
    }

    void on_bytes(Connection& one) {
        const ssize_t got = ::recv(one.descriptor, buffer_.data(), buffer_.size(), 0);
        if (got <= 0) fail("the server closed a connection: " + one.answer);
        auto size = static_cast<std::size_t>(got);
        bytes_ += got;
        if (!one.in_body) {
            one.answer.append(buffer_.data(), size);
            const std::size_t end = one.answer.find("\r\n\r\n");
            if (end == std::string::npos) return;
            one.left_bytes = content_length(one.answer);
            one.in_body = true;
            size = one.answer.size() - end - 4;
        }
        if (size > one.left_bytes) fail("more than one answer: " + one.answer);
        one.left_bytes -= size;
        if (one.left_bytes == 0) on_answer(one);
    }

    static std::size_t content_length(const std::string& answer) {
        std::string fields = answer.substr(0, answer.find("\r\n\r\n"));
        for (char& c : fields) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        constexpr std::string_view name = "\r\ncontent-length: ";
        const std::size_t found = fields.find(name);
        if (found == std::string::npos) fail("an answer without Content-Length: " + fields);
        return static_cast<std::size_t>(std::atoll(fields.c_str() + found + name.size()));
    }

    void on_answer(Connection& one) {
        ++answers_;
        latency_.record(now_ns() - one.sent_ns);
        if (!one.answer.starts_with("HTTP/1.1 20")) {
            ++refused_;
            if (first_refusal_.empty()) first_refusal_ = one.answer;
        }
        one.answer.clear();
        one.in_body = false;
        send_next(one);
    }

    Requests requests_;
    int epoll_;
    std::vector<Connection> connections_;
    std::string buffer_;
    std::int64_t answers_ = 0;
    std::int64_t refused_ = 0;
    std::int64_t bytes_ = 0;
    std::string first_refusal_;
    Histogram latency_;
};

void run_http(int argc, char** argv) {
    std::string line;
    for (int i = 1; i < argc; ++i) line += std::string(argv[i]) + " ";
    const ToolCommand command(line);
    Client(command, Requests(command)).run(command.number("seconds"));
}

}  // namespace

}  // namespace parley::bench

int main(int argc, char** argv) {
    return parley::bench::run_tool("bench_http", [&] { parley::bench::run_http(argc, argv); });
}
