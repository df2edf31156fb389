#include "redis/conversation.hpp"

#include "base/limits.hpp"
#include "redis/resolve.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace parley::redis {

namespace {

MonotonicTime now() { return std::chrono::steady_clock::now(); }

}  // namespace

Conversation::Conversation(Executor executor, asio::ssl::context* tls,
                           std::shared_ptr<Session> session)
    : tls_(tls),
      session_(std::move(session)),
      socket_(executor),
      patience_(std::make_shared<Timer>(executor)),
      timer_(executor),
      buffer_(redis_read_bytes) {}

Awaitable<Failure> Conversation::run(Host host, std::function<void()> on_turn) {
    const auto self = shared_from_this();  // until the last of it has come back
    auto failure = co_await connect(host);
    if (!failure && tls_ != nullptr) failure = co_await shake_hands(host);
    timer_.cancel();
    if (failure) {
        close();
        co_return std::move(*failure);
    }
    talking_ = true;
    on_turn_ = std::move(on_turn);
    session_->start(now());
    send();
    arm();
    if (stream_) co_await read(*stream_, on_turn_);
    else co_await read(socket_, on_turn_);
    talking_ = false;
    close();
    timer_.cancel();
    co_return outcome(Fault::closed, "the server closed the connection");
}

// Why it is over: what we wanted comes first, then what the session found.
Failure Conversation::outcome(Fault otherwise, std::string reason) const {
    if (ended_) return *ended_;
    if (session_->failure()) return *session_->failure();
    return {otherwise, std::move(reason)};
}

Awaitable<std::optional<Failure>> Conversation::connect(const Host& host) {
    const auto endpoints = co_await resolve(host, patience_, bus_connect_timeout_ms);
    if (closed_) co_return outcome(Fault::stopped, {});
    if (endpoints.has_error()) co_return Failure{Fault::connect, endpoints.error().message};
    guard(bus_connect_timeout_ms);
    const auto [error, endpoint] = co_await asio::async_connect(socket_, *endpoints, use_result);
    if (error) co_return outcome(Fault::connect, error.message());
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    co_return std::nullopt;
}

Awaitable<std::optional<Failure>> Conversation::shake_hands(const Host& host) {
    stream_.emplace(std::move(socket_), *tls_);
    if (const auto expected = expect_host(*stream_, host); expected.has_error()) {
        co_return Failure{Fault::connect, expected.error().message};
    }
    guard(bus_connect_timeout_ms);
    const auto [error] =
        co_await stream_->async_handshake(asio::ssl::stream_base::client, use_result);
    if (error) co_return outcome(Fault::connect, "TLS: " + error.message());
    co_return std::nullopt;
}

template <class Stream>
Awaitable<void> Conversation::read(Stream& stream, const std::function<void()>& on_turn) {
    while (!closed_ && !session_->failure()) {
        const auto [error, size] =
            co_await stream.async_read_some(asio::buffer(buffer_), use_result);
        if (error || closed_) break;
        session_->receive({buffer_.data(), size}, now());
        on_turn();
        send();
        arm();
    }
}

void Conversation::kick() {
    if (!talking_) return;
    send();
    arm();
}

void Conversation::send() {
    if (writing_ || closed_) return;
    sending_ = session_->take_output();
    if (sending_.empty()) return;
    writing_ = true;
    if (stream_) write(*stream_);
    else write(socket_);
}

template <class Stream>
void Conversation::write(Stream& stream) {
    asio::async_write(
        stream, asio::buffer(sending_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t /*size*/) {
            self->writing_ = false;
            // The reading side finds out as well, and tells.
            if (error || self->closed_) return self->close();
            self->on_turn_();
            self->send();
            self->arm();
        });
}

// At the session's next moment.
void Conversation::arm() {
    if (closed_) return;
    if (session_->failure()) return close();
    const auto due = session_->next_due();
    // One that comes earlier finds out then.
    if (!due || (armed_at_ && *armed_at_ <= *due)) return;
    armed_at_ = due;
    timer_.expires_at(*due);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (error || self->closed_) return;
        self->armed_at_.reset();
        self->session_->tick(now());
        self->send();
        self->arm();
    });
}

// Ends what is under way on the socket after that time, unless something else is set before.
void Conversation::guard(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) self->end(Fault::timeout, "no connection in time");
    });
}

void Conversation::end(Fault fault, std::string reason) {
    if (!ended_) ended_ = Failure{fault, std::move(reason)};
    close();
}

void Conversation::close() {
    closed_ = true;
    boost::system::error_code ignored;
    if (stream_) stream_->next_layer().close(ignored);
    else socket_.close(ignored);
    timer_.cancel();
    patience_->cancel();
}

}  // namespace parley::redis
