// Requests over keep-alive connections, each of which sends its next one when it has the answer
// (a closed loop, which is how a throughput is measured) or, with rate=, at its place in a schedule
// (an open loop, which is how a latency is). Prints one line of JSON.
//
//     bench_http get  port= path= connections= seconds= [gzip=1]
//     bench_http post port= discussion= tokens=FILE seconds= [rate=]
//     bench_http vote port= comments=FIRST-LAST tokens=FILE seconds=
//
// FILE has a token a line; there is a connection for each. Of several ports (port=8081,8082) each
// connection takes the next. With a rate, a comment's body begins with the time it was due.

#include "bench/shared/histogram.hpp"
#include "bench/shared/time.hpp"
#include "bench/shared/tool.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace parley::bench {

namespace {

constexpr std::size_t read_bytes_max = std::size_t{256} * 1024;
constexpr std::int64_t warm_up_ns = ns_per_s / 2;
constexpr std::int64_t answer_wait_ns = 10 * ns_per_s;

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

    // Request number `number` of that connection. A comment says when it was due.
    [[nodiscard]] std::string make(std::size_t connection, std::int64_t number,
                                   std::optional<std::int64_t> due_ns) const {
        if (verb_ == "get") return get_;
        std::string fields = "Authorization: Bearer " + tokens_[connection] + "\r\n";
        if (verb_ == "post") {
            fields += "Idempotency-Key: k" + std::to_string(now_ns()) + "-" +
                      std::to_string(connection) + "\r\n";
            if (!due_ns) return request_with_body("POST", path_, fields, body_);
            std::string body = body_;
            body.insert(body.find(':') + 2, "@" + std::to_string(*due_ns) + " ");
            return request_with_body("POST", path_, fields, body);
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
        const std::vector<int> ports = ports_of(command.text("port"));
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            open(connections_[i], ports[i % ports.size()]);
        }
        buffer_.resize(read_bytes_max);
    }
    ~Client() {
        for (const Connection& one : connections_) ::close(one.descriptor);
        ::close(epoll_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void run(double seconds) {
        for (Connection& one : connections_) send_next(one, now_ns());
        pump(now_ns() + warm_up_ns);
        answers_ = refused_ = bytes_ = 0;
        latency_.clear();
        const std::int64_t own_before = own_cpu_ns();
        const std::int64_t began = now_ns();
        pump(began + static_cast<std::int64_t>(seconds * static_cast<double>(ns_per_s)));
        print_answers(began, own_before);
    }

    // Latencies count from when a request was due, so that one that waits for a free connection, or
    // for a server that stands still, is not left out.
    void run_paced(double seconds, double rate_per_s) {
        paced_ = true;
        for (Connection& one : connections_) idle_.push_back(&one);
        const std::int64_t own_before = own_cpu_ns();
        const std::int64_t began = now_ns();
        const auto total = static_cast<std::int64_t>(seconds * rate_per_s);
        for (std::int64_t n = 0; n < total; ++n) {
            const std::int64_t due =
                began + static_cast<std::int64_t>(static_cast<double>(n * ns_per_s) / rate_per_s);
            pump(due);
            while (idle_.empty()) pump(now_ns() + ns_per_s / 1'000);
            Connection& free = *idle_.back();
            idle_.pop_back();
            send_next(free, due);
        }
        const std::int64_t deadline = now_ns() + answer_wait_ns;
        while (idle_.size() < connections_.size() && now_ns() < deadline) {
            pump(now_ns() + ns_per_s / 1'000);
        }
        if (idle_.size() < connections_.size()) fail("some requests were not answered");
        print_answers(began, own_before);
    }

private:
    static std::vector<int> ports_of(const std::string& text) {
        std::vector<int> ports;
        for (std::size_t from = 0; from < text.size();) {
            const std::size_t end = std::min(text.find(',', from), text.size());
            ports.push_back(std::atoi(text.substr(from, end - from).c_str()));
            from = end + 1;
        }
        if (ports.empty()) fail("no port");
        return ports;
    }

    void print_answers(std::int64_t began, std::int64_t own_before) {
        const double took = static_cast<double>(now_ns() - began) / 1e9;
        print_line({{"answers_per_s", static_cast<double>(answers_) / took},
                    {"refused", refused_},
                    {"first_refusal", first_refusal_},
                    {"bytes_per_answer", answers_ > 0 ? bytes_ / answers_ : 0},
                    {"p50_ms", static_cast<double>(latency_.at_share(0.5)) / 1e6},
                    {"p99_ms", static_cast<double>(latency_.at_share(0.99)) / 1e6},
                    {"load_share", static_cast<double>(own_cpu_ns() - own_before) / 1e9 / took}});
    }

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

    void send_next(Connection& one, std::int64_t due_ns) {
        const auto index = static_cast<std::size_t>(&one - connections_.data());
        const std::string request =
            requests_.make(index, one.number++, paced_ ? std::optional(due_ns) : std::nullopt);
        one.sent_ns = due_ns;
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
        if (paced_) idle_.push_back(&one);
        else send_next(one, now_ns());
    }

    Requests requests_;
    int epoll_;
    std::vector<Connection> connections_;
    std::string buffer_;
    bool paced_ = false;
    std::vector<Connection*> idle_;
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
    Client client(command, Requests(command));
    const double rate_per_s = command.number("rate", 0);
    if (rate_per_s > 0) client.run_paced(command.number("seconds"), rate_per_s);
    else client.run(command.number("seconds"));
}

}  // namespace

}  // namespace parley::bench

int main(int argc, char** argv) {
    return parley::bench::run_tool("bench_http", [&] { parley::bench::run_http(argc, argv); });
}
