#pragma once

#include "discussion/state.hpp"
#include "live/hub.hpp"
#include "protocol/frames.hpp"

#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace parley {

// Whose the sockets of one shard are, and the topics that are not for everybody. Pure: the owner
// takes tickets, reads account events, and carries out what is asked for through Port.
//
// A session that ends after its ticket was taken must end the socket as well, in whatever order the
// owner hears of the two: each admission says up to which event the ticket was looked at, and those
// after it are kept. Private notices wait while it is not known who may still hear them.
class Viewers {
public:
    class Port {
    public:
        virtual ~Port() = default;
        // An answer: always queued.
        virtual void answer(ConnectionId connection, const Frame& frame) = 0;
        // A notice: false where there is no room for it now.
        [[nodiscard]] virtual bool offer(ConnectionId connection, const Frame& frame) = 0;
        // The account's session is over: close it.
        virtual void end(ConnectionId connection) = 0;
        // It tried too many tickets.
        virtual void refuse(ConnectionId connection) = 0;
    };
    struct Viewer {
        AccountId account{};
        Digest256 session{};
        Role role = Role::member;
    };

    Viewers(Port& port, FrameEncoder& encoder) : port_(port), encoder_(encoder) {}

    // --- becoming somebody's ---
    // False: it is somebody's, asks already, or has asked too often; that was answered.
    [[nodiscard]] bool begin(ConnectionId connection);
    // The ticket was good, and the store was looked at when it had this event as its last one.
    void admit(ConnectionId connection, const Viewer& viewer, std::int64_t events_seen);
    void reject(ConnectionId connection, const Error& why);
    void disconnect(ConnectionId connection);

    // --- topics ---
    // Answered by `changed`, or by an error; while a ticket is being taken, after that.
    void subscribe(ConnectionId connection, OneAccount topic);
    void subscribe(ConnectionId connection, Moderators topic);
    void unsubscribe(ConnectionId connection, OneAccount topic);
    void unsubscribe(ConnectionId connection, Moderators topic);

    // --- what is heard ---
    // Whether anybody is signed in: then account events are to be read, after this number.
    [[nodiscard]] std::optional<std::int64_t> reads_after() const { return seen_; }
    // What a read brought that was asked at `asked_at`, when reads_after() was `after`. True: there
    // are more.
    [[nodiscard]] bool on_events(const AccountEvents& read, std::int64_t after,
                                 MonotonicTime asked_at);
    void on_voted(AccountId account);
    // Tells what can be told now.
    void tick(MonotonicTime now);

    [[nodiscard]] std::size_t size() const { return signed_in_count_; }

private:
    struct Connection {
        std::uint32_t generation = 0;
        std::optional<Viewer> viewer;
        bool asks = false;
        int asked_count = 0;
        bool hears_account = false;
        bool hears_moderation = false;
        bool is_owing = false;  // listed in owing_
        OneAccount::Facts account_owed;
        Moderators::Facts moderation_owed;
    };
    [[nodiscard]] Connection* find(ConnectionId id);
    [[nodiscard]] Connection& open(ConnectionId id);
    [[nodiscard]] static bool ends(const AccountEvent& event, const Viewer& viewer);
    [[nodiscard]] std::optional<Error> late_refusal(const Viewer& viewer,
                                                    std::int64_t events_seen) const;
    void answer_error(ConnectionId id, const Error& why, std::string_view topic);
    void apply(const AccountEvent& event);
    void end_all();
    void end(ConnectionId id, Connection& connection);
    void settle(ConnectionId id, Connection& connection);
    void owe(ConnectionId id, Connection& connection);
    [[nodiscard]] bool tell(ConnectionId id, Connection& connection);

    Port& port_;
    FrameEncoder& encoder_;
    std::unordered_map<std::uint32_t, Connection> connections_;  // by index
    std::size_t signed_in_count_ = 0;
    std::optional<std::int64_t> seen_;  // the last event that was; absent: nobody is signed in
    std::int64_t kept_after_ = 0;       // recent_ has all after this one, up to seen_
    std::deque<std::pair<std::int64_t, AccountEvent>> recent_;
    MonotonicTime read_at_{};  // when the last read began that came back
    std::vector<ConnectionId> owing_;
};

}  // namespace parley
