#pragma once

#include "base/clock.hpp"
#include "redis/address.hpp"
#include "redis/reply.hpp"

#include <deque>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>

namespace parley::redis {

// Why a conversation with a server ended, or was never begun.
enum class Fault : std::uint8_t {
    done,      // it gave what it was for
    connect,   // no host of that name, nobody there, or no good certificate
    closed,    // the server closed the connection
    login,     // user or password are wrong
    role,      // it is no master, so what is published there reaches nobody
    refused,   // it answered a command with an error
    protocol,  // what it says cannot be read, or is too large
    timeout,   // it did not answer in time
    stopped,   // we did
};
[[nodiscard]] std::string_view to_string(Fault fault) noexcept;

struct Failure {
    Fault fault = Fault::closed;
    std::string reason;  // fit for a log: the server's own words are cut to one short line
};

// One conversation with a Redis server, without its socket: bytes and the time in, bytes and what
// they mean out. Signs in, makes sure that the server is a master, and from then on holds every
// command to its deadline. Pure; one thread; of no use after a failure.
class Session {
public:
    struct Settings {
        std::string user;
        std::string password;
        std::string client_name;  // for CLIENT LIST
        bool role_must_be_known = false;
        bool role_matters = true;  // a sentinel is no master
    };

    explicit Session(Settings settings);
    virtual ~Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // There is a connection.
    void start(MonotonicTime now);
    void receive(std::span<const char> bytes, MonotonicTime now);
    // Does what is due; to be called at next_due().
    void tick(MonotonicTime now);
    [[nodiscard]] virtual std::optional<MonotonicTime> next_due() const;

    // What is to be sent.
    [[nodiscard]] std::string take_output();
    [[nodiscard]] std::size_t output_bytes() const { return output_.size(); }
    [[nodiscard]] std::size_t unanswered_count() const { return unanswered_.size(); }

    [[nodiscard]] bool is_ready() const { return ready_ && !failure_; }
    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

protected:
    // What an answer is to.
    enum class Asked : std::uint8_t { auth, name, role, ping, publish, master };

    void ask(Asked what, std::initializer_list<std::string_view> words, MonotonicTime now);
    void say(std::span<const std::string_view> words);
    void fail(Fault fault, std::string reason);
    void fail_by(std::string_view what, const Reply& error);
    void set_ready() { ready_ = true; }
    void on_role(const Reply& reply);
    [[nodiscard]] bool role_is_known() const { return role_is_known_; }

    virtual void on_login(MonotonicTime now) = 0;
    virtual void on_answer(Asked what, const Reply& reply, MonotonicTime now) = 0;
    // Where no answer is expected. By default there is no such thing.
    virtual void on_push(Reply&& reply, MonotonicTime now);
    virtual void on_tick(MonotonicTime /*now*/) {}

private:
    struct Unanswered {
        Asked what;
        MonotonicTime deadline;
    };
    void on_reply(Reply&& reply, MonotonicTime now);
    void on_login_answer(Asked what, const Reply& reply);

    Settings settings_;
    ReplyReader reader_;
    std::string output_;
    std::deque<Unanswered> unanswered_;
    std::size_t login_answers_ = 0;  // still to come
    bool ready_ = false;
    bool role_is_known_ = true;
    std::optional<Failure> failure_;
};

// Publishes, and sees to it that the server stays a master.
class PublishSession final : public Session {
public:
    explicit PublishSession(Settings settings) : Session(std::move(settings)) {}

    // Only while is_ready() and may_publish().
    void publish(std::string_view channel, std::string_view payload, MonotonicTime now);
    // Whether as little waits as it should: else it is to come later.
    [[nodiscard]] bool may_publish() const;

    [[nodiscard]] std::optional<MonotonicTime> next_due() const override;

private:
    void on_login(MonotonicTime now) override;
    void on_answer(Asked what, const Reply& reply, MonotonicTime now) override;
    void on_tick(MonotonicTime now) override;

    MonotonicTime look_at_{};  // when the role is asked for again
};

// Subscribed to a set of channels: ready while the server has confirmed them all.
class SubscribeSession final : public Session {
public:
    class Sink {
    public:
        virtual ~Sink() = default;
        // All channels are confirmed; what was published before may be lost.
        virtual void on_subscribed() = 0;
        virtual void on_message(std::string_view channel, std::string_view payload) = 0;
    };

    SubscribeSession(Settings settings, std::set<std::string> channels, Sink& sink);

    [[nodiscard]] bool is_complete() const { return confirmed_ == desired_; }
    [[nodiscard]] std::optional<MonotonicTime> next_due() const override;

private:
    void on_login(MonotonicTime now) override;
    void on_answer(Asked what, const Reply& reply, MonotonicTime now) override;
    void on_push(Reply&& reply, MonotonicTime now) override;
    void on_tick(MonotonicTime now) override;
    void subscribe_missing(MonotonicTime now);
    void on_confirmed(const std::string& channel);

    std::set<std::string> desired_;
    std::set<std::string> confirmed_;
    Sink& sink_;
    std::optional<MonotonicTime> confirm_by_;
    std::optional<MonotonicTime> pong_by_;
    MonotonicTime heard_at_{};
};

// Asks a sentinel where the master of that name is, and ends. Its role does not matter.
class SentinelSession final : public Session {
public:
    SentinelSession(Settings settings, std::string master)
        : Session(std::move(settings)), master_(std::move(master)) {}

    // Absent where the sentinel knows no such master.
    [[nodiscard]] const std::optional<Host>& answer() const { return answer_; }

private:
    void on_login(MonotonicTime now) override;
    void on_answer(Asked what, const Reply& reply, MonotonicTime now) override;

    std::string master_;
    std::optional<Host> answer_;
};

// What a sentinel publishes when a master is replaced, and where the new one of that name is then;
// nothing where it is about another, or cannot be read.
inline constexpr std::string_view switch_channel = "+switch-master";
[[nodiscard]] std::optional<Host> new_master(std::string_view payload, std::string_view master);

// The order in which masters that sentinels named are tried: what most of them say first.
[[nodiscard]] std::vector<Host> by_votes(const std::vector<Host>& answers);

}  // namespace parley::redis
