#pragma once

#include "redis/address.hpp"
#include "redis/asio.hpp"
#include "redis/backoff.hpp"
#include "redis/session.hpp"

#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <random>

namespace parley::redis {

class Conversation;

// Keeps one connection to the master: finds it, connects, lets a session talk, and begins again
// when that has failed, after a while that grows (Backoff). Everything runs on the executor's one
// thread, its own functions as well. Lives until its run() has come to its end.
class Link {
public:
    struct Handlers {
        // A session for a new connection.
        std::function<std::shared_ptr<Session>()> make_session;
        // The session became ready, at this server.
        std::function<void(const Host& host)> ready;
        // It answered something or took something: there may be room for more.
        std::function<void()> turn;
        // An attempt or a connection ended; `was_ready` tells which.
        std::function<void(const Failure& failure, bool was_ready)> lost;
    };

    // `tls` is there when the address says so; both outlive the link.
    Link(Executor executor, const Address& address, asio::ssl::context* tls, Handlers handlers);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // The life of it, until stop().
    [[nodiscard]] Awaitable<void> run();
    void stop();
    // Ends the present connection; the next is tried for at once.
    void restart(std::string reason);
    // The same, and that server is tried first, once.
    void move_to(Host host, std::string reason);
    // The session was given something to send.
    void kick();

private:
    [[nodiscard]] Awaitable<Failure> attempt();
    [[nodiscard]] Awaitable<std::vector<Host>> ask_sentinels(Failure& failure);
    [[nodiscard]] Awaitable<Failure> converse(Host host, std::shared_ptr<Session> session,
                                              std::function<void()> on_turn);
    void look_at(const Host& host, const Session& session);

    Executor executor_;
    const Address& address_;
    asio::ssl::context* tls_;
    Handlers handlers_;
    Backoff backoff_;
    std::mt19937_64 random_;
    Timer pause_;
    std::shared_ptr<Conversation> conversation_;  // the present one
    std::optional<Host> preferred_;
    MonotonicTime ready_since_{};
    bool ready_ = false;
    bool stopped_ = false;
};

}  // namespace parley::redis
