#include "redis/link.hpp"

#include "base/limits.hpp"
#include "redis/conversation.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace parley::redis {

namespace {

MonotonicTime now() { return std::chrono::steady_clock::now(); }

}  // namespace

Link::Link(Executor executor, const Address& address, asio::ssl::context* tls, Handlers handlers)
    : executor_(executor),
      address_(address),
      tls_(tls),
      handlers_(std::move(handlers)),
      backoff_(bus_reconnect_min_ms, bus_reconnect_max_ms),
      random_(std::random_device{}()),
      pause_(executor) {}
Link::~Link() = default;

Awaitable<void> Link::run() {
    while (!stopped_) {
        Failure failure;
        try {
            failure = co_await attempt();
        } catch (const std::exception& bug) {
            // Without a connection for good it would be worse.
            failure = {Fault::stopped, bug.what()};
            if (conversation_) conversation_->end(Fault::stopped, bug.what());
        }
        const bool was_ready = std::exchange(ready_, false);
        conversation_.reset();
        if (stopped_) co_return;
        handlers_.lost(failure, was_ready);
        // One that did not last may end the same way again.
        if (was_ready && now() - ready_since_ >= bus_reconnect_max_ms) backoff_.reset();
        std::uniform_real_distribution<double> share(0, 1);
        pause_.expires_after(backoff_.next(share(random_)));
        co_await pause_.async_wait(use_result);
    }
}

// Through to the end of a connection, or until there is nobody left to try.
Awaitable<Failure> Link::attempt() {
    Failure failure{Fault::connect, "no sentinel knows a master"};
    std::vector<Host> hosts = address_.hosts;
    if (address_.has_sentinels()) hosts = co_await ask_sentinels(failure);
    if (preferred_) hosts.insert(hosts.begin(), *std::exchange(preferred_, std::nullopt));
    for (const Host& host : hosts) {
        if (stopped_) break;
        std::shared_ptr<Session> session = handlers_.make_session();
        // Not while an argument is made of it: the frame holds both.
        std::function<void()> on_turn = [this, host, session = session.get()] {
            look_at(host, *session);
        };
        failure = co_await converse(host, std::move(session), std::move(on_turn));
        failure.reason = to_string(host) + ": " + failure.reason;
        if (ready_) break;
    }
    co_return failure;
}

void Link::look_at(const Host& host, const Session& session) {
    if (!ready_ && session.is_ready()) {
        ready_ = true;
        ready_since_ = now();
        handlers_.ready(host);
    }
    handlers_.turn();
}

// All of them, until most have named the same: one that was cut off from the others may name
// yesterday's master.
Awaitable<std::vector<Host>> Link::ask_sentinels(Failure& failure) {
    std::vector<Host> answers;
    for (const Host& sentinel : address_.hosts) {
        if (stopped_) break;
        const auto session = std::make_shared<SentinelSession>(
            Session::Settings{address_.sentinel_user, address_.sentinel_password, {}, false, false},
            address_.master);
        std::function<void()> on_turn = [] {};
        Failure end = co_await converse(sentinel, session, std::move(on_turn));
        if (session->answer()) {
            answers.push_back(*session->answer());
            const auto votes = std::count(answers.begin(), answers.end(), answers.back());
            if (static_cast<std::size_t>(votes) > address_.hosts.size() / 2) break;
        } else {
            failure = {end.fault, "sentinel " + to_string(sentinel) + ": " + end.reason};
        }
    }
    co_return by_votes(answers);
}

Awaitable<Failure> Link::converse(Host host, std::shared_ptr<Session> session,
                                  std::function<void()> on_turn) {
    conversation_ = std::make_shared<Conversation>(executor_, tls_, std::move(session));
    co_return co_await conversation_->run(std::move(host), std::move(on_turn));
}

void Link::stop() {
    stopped_ = true;
    pause_.cancel();
    if (conversation_) conversation_->end(Fault::stopped, "stopped");
}

void Link::restart(std::string reason) {
    if (conversation_) conversation_->end(Fault::timeout, std::move(reason));
}

void Link::move_to(Host host, std::string reason) {
    preferred_ = std::move(host);
    pause_.cancel();
    restart(std::move(reason));
}

void Link::kick() {
    if (conversation_) conversation_->kick();
}

}  // namespace parley::redis
