#include "live/viewers.hpp"

#include "base/limits.hpp"

#include <gtest/gtest.h>

#include <map>

namespace parley::test {
namespace {

using namespace std::chrono_literals;
using Kind = AccountEvent::Kind;
using Lines = std::vector<std::string>;

class ViewersTest : public ::testing::Test, private Viewers::Port {
protected:
    static Digest256 session(std::uint8_t number) { return Digest256{number}; }
    static AccountEvent ended(AccountId account, std::uint8_t number) {
        return {Kind::session_ended, account, session(number)};
    }
    static AccountEvent changed(AccountId account) {
        return {Kind::account_changed, account, std::nullopt};
    }
    static AccountEvent waits(AccountId account) {
        return {Kind::pending_changed, account, std::nullopt};
    }

    void sign_in(ConnectionId id, AccountId account, std::uint8_t number, Role role = Role::member,
                 std::int64_t seen = 10) {
        ASSERT_TRUE(viewers.begin(id));
        viewers.admit(id, {account, session(number), role}, seen);
    }
    // A read that brings these events, from number 11 on, and is as new as can be.
    bool read(std::vector<AccountEvent> events, std::int64_t from = 11) {
        AccountEvents brought;
        for (const AccountEvent& event : events) brought.events.emplace_back(from++, event);
        brought.last = std::max(viewers.reads_after().value_or(0), from - 1);
        return viewers.on_events(brought, viewers.reads_after().value_or(0), now);
    }
    Lines told(ConnectionId id) {
        viewers.tick(now);
        return std::exchange(lines[id.index], {});
    }

    const AccountId ann{1};
    const AccountId bob{2};
    const ConnectionId first{1, 1};
    const ConnectionId second{2, 1};
    MonotonicTime now = MonotonicTime(1h);
    bool has_room = true;
    FrameEncoder encoder;
    Viewers viewers{*this, encoder};
    std::map<std::uint32_t, Lines> lines;
    std::vector<ConnectionId> closed;
    std::vector<ConnectionId> refused;

private:
    void answer(ConnectionId id, const Frame& frame) override {
        lines[id.index].emplace_back(short_form(frame->payload()));
    }
    bool offer(ConnectionId id, const Frame& frame) override {
        if (has_room) lines[id.index].emplace_back(short_form(frame->payload()));
        return has_room;
    }
    void end(ConnectionId id) override { closed.push_back(id); }
    void refuse(ConnectionId id) override { refused.push_back(id); }

    // "changed account votes,pending", "error unauthenticated account", "authenticated 1"
    static std::string short_form(std::string_view json) {
        std::string out;
        for (const std::string_view name : {"type", "code", "account", "topic", "what"}) {
            const std::string key = "\"" + std::string(name) + "\":";
            const std::size_t at = json.find(key);
            if (at == std::string_view::npos) continue;
            const std::string_view rest = json.substr(at + key.size());
            std::string value(rest.substr(0, rest.find(rest.front() == '[' ? ']' : ',')));
            std::erase_if(value, [](char c) { return c == '"' || c == '[' || c == '}'; });
            out += (out.empty() ? "" : " ") + value;
        }
        return out;
    }
};

TEST_F(ViewersTest, ATicketMakesASocketSomebodysAndItsTopicsAreAnswered) {
    ASSERT_TRUE(viewers.begin(first));
    viewers.subscribe(first, OneAccount{});
    EXPECT_EQ(told(first), Lines{}) << "it waits for the ticket";
    viewers.admit(first, {ann, session(1), Role::member}, 10);
    read({});
    EXPECT_EQ(told(first), (Lines{"authenticated 1", "changed account votes,pending"}));
    viewers.subscribe(first, OneAccount{});
    EXPECT_EQ(told(first), Lines{"changed account votes,pending"}) << "again: answered again";
    EXPECT_EQ(viewers.size(), 1U);
}

TEST_F(ViewersTest, NobodyHearsWhatIsNotForThem) {
    viewers.subscribe(first, OneAccount{});
    viewers.subscribe(first, Moderators{});
    EXPECT_EQ(told(first),
              (Lines{"error unauthenticated account", "error unauthenticated moderation"}));
    sign_in(first, ann, 1);
    viewers.subscribe(first, Moderators{});
    EXPECT_EQ(told(first), (Lines{"authenticated 1", "error forbidden moderation"}));
    sign_in(second, bob, 2, Role::moderator);
    viewers.subscribe(second, OneAccount{});
    viewers.subscribe(second, Moderators{});
    read({});
    told(second);
    read({waits(ann)});
    viewers.on_voted(ann);
    EXPECT_EQ(told(first), Lines{}) << "it is subscribed to nothing";
    EXPECT_EQ(told(second), Lines{"changed moderation queue"}) << "not of Ann's own";
}

TEST_F(ViewersTest, WhatConcernsAnAccountReachesAllItsSockets) {
    sign_in(first, ann, 1);
    sign_in(second, ann, 2);
    for (const ConnectionId id : {first, second}) viewers.subscribe(id, OneAccount{});
    read({});
    told(first);
    told(second);
    viewers.on_voted(ann);
    viewers.on_voted(ann);
    viewers.on_voted(bob);
    EXPECT_EQ(told(first), Lines{"changed account votes"}) << "two that are not told yet are one";
    EXPECT_EQ(told(second), Lines{"changed account votes"});
    viewers.unsubscribe(second, OneAccount{});
    read({waits(ann)});
    EXPECT_EQ(told(first), Lines{"changed account pending"});
    EXPECT_EQ(told(second), Lines{});
}

TEST_F(ViewersTest, OneWithoutRoomIsToldLater) {
    sign_in(first, ann, 1);
    viewers.subscribe(first, OneAccount{});
    read({});
    has_room = false;
    EXPECT_EQ(told(first), Lines{"authenticated 1"});
    viewers.on_voted(ann);
    has_room = true;
    EXPECT_EQ(told(first), Lines{"changed account votes,pending"});
    EXPECT_EQ(told(first), Lines{});
}

TEST_F(ViewersTest, TheEndOfASessionEndsItsSocketsAlone) {
    sign_in(first, ann, 1);
    sign_in(second, ann, 2);
    read({ended(ann, 1), ended(bob, 2)});
    EXPECT_EQ(closed, std::vector{first});
}

TEST_F(ViewersTest, AChangeOfTheAccountEndsAllItsSockets) {
    sign_in(first, ann, 1);
    sign_in(second, ann, 2);
    viewers.subscribe(first, OneAccount{});
    read({changed(bob)});
    EXPECT_TRUE(closed.empty());
    told(first);
    viewers.on_voted(ann);
    read({changed(ann)}, 12);
    EXPECT_EQ(closed.size(), 2U);
    EXPECT_EQ(told(first), Lines{}) << "it hears nothing more, however long its close takes";
    viewers.subscribe(first, OneAccount{});
    EXPECT_EQ(told(first), Lines{"error unauthenticated account"}) << "nor asks for it again";
    EXPECT_EQ(viewers.size(), 0U);
    viewers.disconnect(first);
    viewers.disconnect(second);
    EXPECT_EQ(viewers.reads_after(), std::nullopt);
}

TEST_F(ViewersTest, AnEndThatWasHeardBeforeTheAdmissionCounts) {
    sign_in(second, bob, 9);
    ASSERT_TRUE(viewers.begin(first));
    read({ended(ann, 1)});
    viewers.admit(first, {ann, session(1), Role::member}, 10);
    EXPECT_EQ(told(first), Lines{"error unauthenticated"});
    EXPECT_EQ(viewers.size(), 1U);
    // A ticket that was looked at after it is of a session that goes on.
    sign_in(first, ann, 3, Role::member, 11);
    EXPECT_EQ(told(first), Lines{"authenticated 1"});
}

TEST_F(ViewersTest, WhoWasLookedAtTooLongAgoIsAskedToComeAgain) {
    sign_in(second, bob, 9);
    std::vector<AccountEvent> many(account_events_read_count_max + 1, changed(AccountId{77}));
    EXPECT_TRUE(read(many)) << "there may be more of them";
    ASSERT_TRUE(viewers.begin(first));
    viewers.admit(first, {ann, session(1), Role::member}, 10);
    EXPECT_EQ(told(first), Lines{"error unavailable"});
}

TEST_F(ViewersTest, NothingIsToldWhileItIsNotKnownWhoMayHearIt) {
    sign_in(first, ann, 1);
    viewers.subscribe(first, OneAccount{});
    read({});
    told(first);
    now += viewers_fresh_ms + 1ms;
    viewers.on_voted(ann);
    EXPECT_EQ(told(first), Lines{}) << "this process may have been stopped";
    read({ended(ann, 1)});
    EXPECT_EQ(closed, std::vector{first});
    EXPECT_EQ(told(first), Lines{}) << "and the session ended meanwhile";
}

TEST_F(ViewersTest, AnOlderStoreEndsEverything) {
    sign_in(first, ann, 1);
    static_cast<void>(viewers.on_events({9, {}}, 10, now));
    EXPECT_EQ(closed, std::vector{first});
    sign_in(second, bob, 2, Role::member, 9);
    static_cast<void>(viewers.on_events({9, {}}, 9, now));
    EXPECT_EQ(closed, std::vector{first}) << "who comes then is of the new history";
}

TEST_F(ViewersTest, AReadThatWasAskedForByOthersIsForgotten) {
    sign_in(first, ann, 1, Role::member, 50);
    viewers.disconnect(first);
    EXPECT_EQ(viewers.reads_after(), std::nullopt);
    sign_in(second, bob, 2, Role::member, 60);
    EXPECT_EQ(viewers.reads_after(), 60);
    EXPECT_FALSE(viewers.on_events({55, {{55, changed(bob)}}}, 50, now));
    EXPECT_TRUE(closed.empty());
    EXPECT_EQ(viewers.reads_after(), 60);
}

TEST_F(ViewersTest, AnIndexThatComesAgainIsNobodys) {
    sign_in(first, ann, 1);
    viewers.disconnect(first);
    const ConnectionId again{first.index, first.generation + 1};
    viewers.subscribe(again, OneAccount{});
    EXPECT_EQ(told(again), (Lines{"authenticated 1", "error unauthenticated account"}));
    viewers.admit(first, {ann, session(1), Role::member}, 10);
    EXPECT_EQ(viewers.size(), 0U) << "who has gone is not admitted";
}

TEST_F(ViewersTest, ASocketIsOnesAndTriesAFewTickets) {
    sign_in(first, ann, 1);
    EXPECT_FALSE(viewers.begin(first));
    EXPECT_EQ(told(first), (Lines{"authenticated 1", "error conflict"}));
    for (int i = 0; i < tickets_per_connection_max; ++i) {
        ASSERT_TRUE(viewers.begin(second));
        EXPECT_FALSE(viewers.begin(second)) << "one at a time";
        viewers.reject(second, make_error(Errc::unauthenticated));
    }
    EXPECT_FALSE(viewers.begin(second));
    EXPECT_EQ(refused, std::vector{second});
}

}  // namespace
}  // namespace parley::test
