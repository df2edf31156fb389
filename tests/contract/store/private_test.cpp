#include "base/limits.hpp"
#include "contract/store/store_contract.hpp"

namespace parley::test {
namespace {

using Kind = AccountEvent::Kind;

// Tickets, what accounts must learn, and comments that wait for a moderator.

TEST_P(StoreContract, ATicketIsLoadedWithItsSession) {
    const Actor ada = world->person("Ada");
    const Digest256 ticket = StoreWorld::digest("ticket");
    ASSERT_TRUE(world->apply(ada, IssueTicket{ticket}).has_value());
    Needs needs;
    needs.tickets.insert(ticket);
    const State state = world->load(needs);
    EXPECT_EQ(state.tickets.at(ticket).row.session, std::get<Digest256>(ada));
    EXPECT_LE(state.tickets.at(ticket).row.expires_at, state.now + ticket_lifetime_ms);
    EXPECT_GT(state.tickets.at(ticket).row.expires_at, state.now);
    EXPECT_TRUE(state.sessions.contains(std::get<Digest256>(ada)));
    EXPECT_TRUE(state.accounts.contains(world->account_id(ada)));
    const auto taken = world->apply(NobodyInParticular{}, TakeTicket{ticket});
    EXPECT_EQ(std::get<TicketOutcome>(taken.value()).account.name, "Ada");
    EXPECT_EQ(error_of(world->apply(NobodyInParticular{}, TakeTicket{ticket})).code,
              Errc::unauthenticated);
    EXPECT_TRUE(world->load(needs).tickets.empty());
}

TEST_P(StoreContract, AccountEventsAreNumberedAsTheyCome) {
    EXPECT_EQ(reader().account_events(0).value().last, 0);
    const Actor ada = world->person("Ada");
    const AccountId id = world->account_id(ada);
    ASSERT_TRUE(world->apply(ada, EndSession{}).has_value());
    ASSERT_TRUE(world->apply(TheOperator{}, SetBan{id, true}).has_value());
    const AccountEvents all = reader().account_events(0).value();
    ASSERT_EQ(all.events.size(), 2U);
    EXPECT_EQ(all.events[0].second,
              (AccountEvent{Kind::session_ended, id, std::get<Digest256>(ada)}));
    EXPECT_EQ(all.events[1].second, (AccountEvent{Kind::account_changed, id, std::nullopt}));
    EXPECT_LT(all.events[0].first, all.events[1].first);
    EXPECT_EQ(all.last, all.events[1].first);
    const AccountEvents rest = reader().account_events(all.events[0].first).value();
    ASSERT_EQ(rest.events.size(), 1U);
    EXPECT_EQ(rest.events[0], all.events[1]);
    EXPECT_TRUE(reader().account_events(all.last).value().events.empty());
    Needs needs;
    needs.tickets.insert(StoreWorld::digest("any"));
    EXPECT_EQ(world->load(needs).account_events_seen, all.last);
}

TEST_P(StoreContract, AccountEventsAreReadInSteps) {
    State state = world->load({});
    const AccountEvent event{Kind::account_changed, AccountId{7}, std::nullopt};
    state.account_events.assign(account_events_read_count_max + 1, event);
    world->save(state);
    const AccountEvents some = reader().account_events(0).value();
    EXPECT_EQ(some.events.size(), account_events_read_count_max);
    EXPECT_EQ(some.last, some.events.back().first + 1);
    EXPECT_EQ(reader().account_events(some.events.back().first).value().events.size(), 1U);
}

TEST_P(StoreContract, WhatIsOverIsTakenAwayButTheLastEventStays) {
    const Actor ada = world->person("Ada");
    State old = world->load({});
    old.now -= account_events_kept_hours + std::chrono::hours(1);
    const AccountEvent event{Kind::account_changed, AccountId{7}, std::nullopt};
    old.account_events = {event, event};
    Tracked<TicketRow> ticket;
    ticket.fresh = true;
    ticket.row = {StoreWorld::digest("old"), StoreWorld::digest("s"),
                  old.now + std::chrono::hours(1)};
    old.tickets.emplace(ticket.row.ticket, ticket);
    world->save(old);
    ASSERT_TRUE(world->apply(ada, IssueTicket{StoreWorld::digest("new")}).has_value());
    ASSERT_TRUE(world->apply(ada, IssueTicket{StoreWorld::digest("newer")}).has_value());
    Needs needs;
    needs.tickets = {StoreWorld::digest("old"), StoreWorld::digest("new")};
    EXPECT_EQ(world->load(needs).tickets.size(), 1U);
    const AccountEvents left = reader().account_events(0).value();
    ASSERT_EQ(left.events.size(), 1U);
    EXPECT_EQ(left.events.front().first, left.last);
}

TEST_P(WaitingStoreContract, CommentsAreListedForThoseWhoMayReadThem) {
    world->post(ada, tram, "one");
    const CommentId two = world->post(bo, tram, "two");
    world->post(ada, bus, "three");
    world->post(moderator, tram, "public");
    using Lines = std::vector<std::string>;
    EXPECT_EQ(bodies({}), (Lines{"tram: one", "tram: two", "bus: three"}));
    EXPECT_EQ(bodies({world->account_id(ada), {}, {}, 10}), (Lines{"tram: one", "bus: three"}));
    EXPECT_EQ(bodies({world->account_id(ada), tram, {}, 10}), Lines{"tram: one"});
    EXPECT_EQ(bodies({{}, tram, {}, 10}), (Lines{"tram: one", "tram: two"}));
    EXPECT_EQ(bodies({{}, {}, two, 10}), Lines{"bus: three"});
    EXPECT_EQ(bodies({{}, {}, {}, 1}), Lines{"tram: one"});
    EXPECT_EQ(bodies({{}, DiscussionId{"none"}, {}, 10}), Lines{});
    const PendingComment waits = reader().pending({{}, {}, CommentId{}, 1}).value().front();
    EXPECT_EQ(waits.comment.content->author->name, "Ada");
    EXPECT_EQ(waits.comment.content->number, "");
}

TEST_P(WaitingStoreContract, NothingPublicKnowsOfThem) {
    const CommentId root = world->post(moderator, tram, "root");
    const Seq seq = reader().positions(std::vector{tram}).value().front().second.seq;
    world->post(ada, tram, "waits", root);
    const CommentId rejected = world->post(ada, tram, "rejected", root);
    ASSERT_TRUE(world->apply(moderator, SetCommentState{rejected, CommentState::removed}));
    WindowRequest whole;
    whole.discussion = tram;
    const Window window = reader().window(whole).value();
    ASSERT_EQ(window.comments.size(), 1U);
    EXPECT_EQ(window.comments[0].tally.replies, 0);
    EXPECT_EQ(window.comment_count, 1);
    EXPECT_EQ(window.position.seq, seq);
    const Changeset changes = reader().changes_since(tram, std::nullopt, 0).value();
    EXPECT_EQ(changes.comments.size(), 1U);
    EXPECT_EQ(changes.seq, seq);
    EXPECT_EQ(reader().counts(std::vector{tram}).value().front().comment_count, 1);
    EXPECT_EQ(bodies({}).size(), 1U);
}

TEST_P(WaitingStoreContract, AnApprovedOneIsInItsPlace) {
    const CommentId root = world->post(moderator, tram, "root");
    const CommentId waits = world->post(ada, tram, "waits", root);
    const CommentId later = world->post(moderator, tram, "later", root);
    const Seq before = world->changesets.front()->seq;
    ASSERT_TRUE(world->apply(moderator, SetCommentState{waits, CommentState::visible}).has_value());
    WindowRequest whole;
    whole.discussion = tram;
    const Window window = reader().window(whole).value();
    ASSERT_EQ(window.comments.size(), 3U);
    EXPECT_EQ(window.comments[1].id(), later);
    EXPECT_EQ(window.comments[2].id(), waits);
    EXPECT_EQ(window.comments[2].content->number, "1.2");
    const Changeset changes = reader().changes_since(tram, store->epoch(), before).value();
    ASSERT_EQ(changes.comments.size(), 1U);
    EXPECT_EQ(changes.comments[0].id(), waits);
    EXPECT_TRUE(bodies({}).empty());
}

}  // namespace
}  // namespace parley::test
