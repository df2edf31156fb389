#pragma once

#include "redis/asio.hpp"
#include "redis/session.hpp"
#include "redis/tls.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace parley::redis {

// A session and its socket: carries bytes between the two, and the time to the session. One thread,
// the executor's. Whatever is under way on the socket keeps it alive.
class Conversation : public std::enable_shared_from_this<Conversation> {
public:
    // `tls` may be null; else it is used and outlives this.
    Conversation(Executor executor, asio::ssl::context* tls, std::shared_ptr<Session> session);

    // From the look-up of the host to the end. `on_turn` is called after each exchange.
    [[nodiscard]] Awaitable<Failure> run(Host host, std::function<void()> on_turn);

    // The session was given something to send.
    void kick();
    void end(Fault fault, std::string reason);

    [[nodiscard]] Session& session() { return *session_; }

private:
    [[nodiscard]] Awaitable<std::optional<Failure>> connect(const Host& host);
    [[nodiscard]] Awaitable<std::optional<Failure>> shake_hands(const Host& host);
    template <class Stream>
    [[nodiscard]] Awaitable<void> read(Stream& stream, const std::function<void()>& on_turn);
    template <class Stream>
    void write(Stream& stream);
    void send();
    void arm();
    void guard(std::chrono::milliseconds time);
    void close();
    [[nodiscard]] Failure outcome(Fault otherwise, std::string reason) const;

    asio::ssl::context* tls_;
    std::shared_ptr<Session> session_;
    TcpSocket socket_;
    std::optional<TlsStream> stream_;  // has the socket once it is there
    std::shared_ptr<Timer> patience_;  // with a look-up
    Timer timer_;
    std::optional<MonotonicTime> armed_at_;
    std::vector<char> buffer_;
    std::string sending_;
    bool writing_ = false;
    bool talking_ = false;
    bool closed_ = false;
    std::function<void()> on_turn_;
    std::optional<Failure> ended_;  // by us
};

}  // namespace parley::redis
