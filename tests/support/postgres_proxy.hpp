#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace parley::test {

// Stands between a store and a PostgreSQL server on this machine, understands what the store says,
// and cuts connections at the worst moment. Its own thread.
class PostgresProxy {
public:
    explicit PostgresProxy(int server_port) : server_port_(server_port) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = local(0);
        socklen_t size = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        const bool listens = ::bind(listener_, generic, size) == 0 && ::listen(listener_, 16) == 0;
        if (!listens || ::getsockname(listener_, generic, &size) != 0 ||
            ::pipe(wake_.data()) != 0) {
            throw std::runtime_error("the proxy cannot listen");
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { run(); });
    }
    ~PostgresProxy() {
        stopping_ = true;
        static_cast<void>(::write(wake_[1], "x", 1) < 0);
        thread_.join();
        for (const int end : {listener_, wake_[0], wake_[1]}) ::close(end);
    }
    PostgresProxy(const PostgresProxy&) = delete;
    PostgresProxy& operator=(const PostgresProxy&) = delete;

    // The same database by way of this proxy.
    [[nodiscard]] std::string url_of(const std::string& url) const {
        const std::size_t colon = url.find(':', url.find('@'));
        return url.substr(0, colon + 1) + std::to_string(port_) + url.substr(url.rfind('/'));
    }

    // Loses the answer to the next COMMIT: it was carried out, and nobody hears of it.
    void lose_commit_answer() { mode_ = Mode::lose_answer; }
    // Loses the next COMMIT itself.
    void lose_commit() { mode_ = Mode::lose_request; }
    [[nodiscard]] bool has_lost_it() const { return mode_ == Mode::forward; }

    struct Counts {
        int waits = 0;       // how often the client asked for answers and had to wait for them
        int statements = 0;  // how many statements it had carried out
    };
    [[nodiscard]] Counts counts() const { return {waits_, statements_}; }

private:
    enum class Mode { forward, lose_answer, lose_request };

    struct Pair {
        int client = -1;
        int server = -1;
        std::string unread;  // from the client, not yet a whole message
        bool started = false;
        std::set<std::string> commits;  // names of prepared statements
        bool cut_at_answer = false;
        bool is_over = false;
    };

    static sockaddr_in local(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        return address;
    }

    void run() {
        while (!stopping_) {
            std::vector<pollfd> waiting{{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
            for (const Pair& pair : pairs_) {
                waiting.push_back({pair.client, POLLIN, 0});
                waiting.push_back({pair.server, POLLIN, 0});
            }
            if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
            std::size_t at = 2;
            for (Pair& pair : pairs_) {
                if (waiting[at].revents != 0) read_client(pair);
                if (waiting[at + 1].revents != 0 && !pair.is_over) read_server(pair);
                at += 2;
            }
            if (waiting[0].revents != 0) accept_one();
            remove_the_ended();
        }
        for (Pair& pair : pairs_) pair.is_over = true;
        remove_the_ended();
    }

    void accept_one() {
        Pair pair;
        pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        pair.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = local(server_port_);
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        pair.is_over = ::connect(pair.server, generic, sizeof(address)) != 0;
        const int at_once = 1;
        for (const int end : {pair.client, pair.server}) {
            ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
        }
        pairs_.push_back(std::move(pair));
    }

    void remove_the_ended() {
        pairs_.remove_if([](const Pair& pair) {
            if (!pair.is_over) return false;
            ::close(pair.client);
            ::close(pair.server);
            return true;
        });
    }

    static std::string read_some(int from) {
        std::string bytes(64 * 1024, '\0');
        const ssize_t count = ::recv(from, bytes.data(), bytes.size(), 0);
        bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return bytes;
    }
    static bool write_all(int to, std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    void read_server(Pair& pair) {
        const std::string bytes = read_some(pair.server);
        pair.is_over = bytes.empty() || pair.cut_at_answer || !write_all(pair.client, bytes);
    }

    void read_client(Pair& pair) {
        const std::string bytes = read_some(pair.client);
        if (bytes.empty()) {
            pair.is_over = true;
            return;
        }
        pair.unread += bytes;
        while (!pair.is_over && forward_message(pair)) continue;
    }

    // One whole message, if there is one. The first ones have no type: they ask for encryption, or
    // begin the session.
    bool forward_message(Pair& pair) {
        const std::size_t head = pair.started ? 1 : 0;
        if (pair.unread.size() < head + 4) return false;
        std::size_t size = head;
        std::uint32_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            length = length << 8U | static_cast<unsigned char>(pair.unread[head + i]);
        }
        size += length;
        if (pair.unread.size() < size) return false;
        const std::string message = pair.unread.substr(0, size);
        pair.unread.erase(0, size);
        if (pair.started) understand(pair, message);
        else pair.started = message.size() > 8;
        if (!pair.is_over && !write_all(pair.server, message)) pair.is_over = true;
        return true;
    }

    void understand(Pair& pair, const std::string& message) {
        const char type = message[0];
        const auto text = [&](std::size_t from) { return std::string(message.c_str() + from); };
        if (type == 'S') ++waits_;
        if (type == 'P') {
            const std::string name = text(5);
            if (text(5 + name.size() + 1) == "COMMIT") pair.commits.insert(name);
        }
        if (type != 'B') return;
        ++statements_;
        const std::string portal = text(5);
        if (!pair.commits.contains(text(5 + portal.size() + 1))) return;
        const Mode mode = mode_.exchange(Mode::forward);
        pair.is_over = mode == Mode::lose_request;
        pair.cut_at_answer = mode == Mode::lose_answer;
    }

    int server_port_;
    int listener_ = -1;
    int port_ = 0;
    std::array<int, 2> wake_{};
    std::atomic<bool> stopping_ = false;
    std::atomic<Mode> mode_ = Mode::forward;
    std::atomic<int> waits_ = 0;
    std::atomic<int> statements_ = 0;
    std::list<Pair> pairs_;  // of the thread alone
    std::thread thread_;
};

}  // namespace parley::test
