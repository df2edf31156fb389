#include "unit/live/live_fixture.hpp"

namespace parley::test {
namespace {

// What a hub tells the rooms, and what it believes of them.

class HubWatchTest : public ::testing::Test {
protected:
    // What the hub told the rooms in this turn.
    Lines told() {
        shard.hub.end_turn();
        Lines lines;
        for (const ToRoom& message : shard.port.mail) {
            lines.push_back(std::visit(MessageLine{}, message.what));
            watch = message.watch;
        }
        shard.port.mail.clear();
        return lines;
    }
    void hear(decltype(ToHub::what) what) { shard.hub.on_message({tram, watch, std::move(what)}); }
    ConnectionId subscribe(std::optional<Seq> since = {}, FrameForm form = FrameForm::plain) {
        const ConnectionId id = shard.hub.connect(form);
        shard.hub.subscribe(id, tram, Epoch{"a"}, since);
        return id;
    }
    // A watch whose room is at `seq`, with one live reader who was greeted.
    ConnectionId open(Seq seq) {
        const ConnectionId id = subscribe();
        told();
        hear(Opened{{Epoch{"a"}, seq}});
        told();
        hear(Greeting{});
        shard.drain(id);
        return id;
    }
    Frame update(Seq prev, Seq seq) {
        Changeset changes;
        changes.discussion = tram;
        changes.epoch = Epoch{"a"};
        changes.prev = prev;
        changes.seq = seq;
        return shard.encoder.text(encode_update(changes), false);
    }

    Limits limits;
    HubShard shard{limits, 0};
    WatchId watch;
};

TEST_F(HubWatchTest, AWatchIsToldOnlyWhenSomethingChanged) {
    const ConnectionId id = subscribe();
    subscribe();
    EXPECT_EQ(told(), (Lines{"watch 2"}));
    EXPECT_EQ(told(), Lines{});
    subscribe({}, FrameForm::deflated);
    EXPECT_EQ(told(), (Lines{"watch 3 deflate"}));
    shard.hub.disconnect(id);
    subscribe();
    EXPECT_EQ(told(), Lines{}) << "as many as before";
}

TEST_F(HubWatchTest, NewcomersAreToldOnceTheyAreLive) {
    subscribe();
    EXPECT_EQ(told(), (Lines{"watch 1"}));
    hear(Opened{{Epoch{"a"}, 5}});
    EXPECT_EQ(told(), (Lines{"watch 1 newcomers"}));
    EXPECT_EQ(told(), Lines{});
    subscribe(5);
    EXPECT_EQ(told(), (Lines{"watch 2 newcomers"}));
}

TEST_F(HubWatchTest, TheLastWhoLeavesEndsTheWatch) {
    const ConnectionId id = open(5);
    shard.hub.disconnect(id);
    EXPECT_EQ(told(), (Lines{"watch 0"}));
    subscribe();
    shard.hub.disconnect(subscribe());
    const WatchId before = watch;
    EXPECT_EQ(told(), (Lines{"watch 1"}));
    EXPECT_NE(watch, before) << "another watch";
}

TEST_F(HubWatchTest, AWatchThatWasNeverToldIsNotEnded) {
    shard.hub.disconnect(subscribe());
    EXPECT_EQ(told(), Lines{});
}

TEST_F(HubWatchTest, AnswersToAWatchThatEndedAreDropped) {
    const ConnectionId first = open(5);
    const WatchId before = watch;
    shard.hub.disconnect(first);
    const ConnectionId id = subscribe();
    told();
    shard.hub.on_message({tram, before, Updated{5, 6, update(5, 6), nullptr}});
    shard.hub.on_message({tram, before, Gone{make_error(Errc::unknown_discussion)}});
    EXPECT_EQ(shard.drain(id), Lines{});
    hear(Opened{{Epoch{"a"}, 6}});
    EXPECT_EQ(shard.drain(id), (Lines{"subscribed 6"}));
}

TEST_F(HubWatchTest, ARoomThatOpensForAWatchThatIsGoneIsToldSo) {
    const ConnectionId id = subscribe();
    told();
    subscribe();
    EXPECT_EQ(told(), (Lines{"watch 2"})) << "crosses the next";
    hear(Gone{make_error(Errc::unknown_discussion)});
    EXPECT_EQ(shard.drain(id), (Lines{"error unknown_discussion"}));
    EXPECT_EQ(told(), Lines{});
    hear(Opened{{Epoch{"a"}, 0}});
    EXPECT_EQ(told(), (Lines{"watch 0"})) << "or it would stay for nobody, for ever";
}

TEST_F(HubWatchTest, ReadersWhoAreAboutAsFarBehindShareACatchUp) {
    open(1'000);
    for (Seq since = 890; since <= 900; ++since) subscribe(since);
    subscribe(999);
    EXPECT_EQ(told(), (Lines{"watch 13", "catch up 880 896 999"}));
    subscribe(899);
    EXPECT_EQ(told(), (Lines{"watch 14"})) << "896 is on its way";
    hear(CaughtUp{896, 1'000, update(896, 1'000)});
    told();
    subscribe(899);
    EXPECT_EQ(told(), (Lines{"watch 15", "catch up 896"}));
}

TEST_F(HubWatchTest, NobodyIsSentMoreThanAQuarterMoreThanTheyMissed) {
    for (Seq at = 0; at < 3'000; at += 7) {
        HubShard fresh(limits, 0);
        const ConnectionId id = fresh.hub.connect(FrameForm::plain);
        fresh.hub.subscribe(id, tram, Epoch{"a"}, at);
        fresh.hub.end_turn();
        const WatchId of = fresh.port.mail.front().watch;
        fresh.port.mail.clear();
        fresh.hub.on_message({tram, of, Opened{{Epoch{"a"}, 3'000}}});
        fresh.hub.end_turn();
        const auto& request = std::get<CatchUpRequest>(fresh.port.mail.back().what);
        ASSERT_EQ(request.since.size(), 1U);
        EXPECT_LE(request.since[0], at);
        EXPECT_LE(4 * (at - request.since[0]), 3'000 - at);
    }
}

TEST_F(HubWatchTest, AReaderBehindIsSentNoUpdateUntilItsCatchUp) {
    const ConnectionId live = open(5);
    const ConnectionId id = subscribe(4);
    EXPECT_EQ(told(), (Lines{"watch 2", "catch up 4"}));
    hear(Updated{5, 6, update(5, 6), nullptr});
    EXPECT_EQ(shard.drain(id), (Lines{"subscribed 5"}));
    EXPECT_EQ(shard.drain(live), (Lines{"update 5-6"}));
    hear(CaughtUp{4, 7, update(4, 7)});
    hear(Updated{6, 7, update(6, 7), nullptr});
    EXPECT_EQ(shard.drain(id), (Lines{"update 4-7", "update 6-7"})) << "the same may come twice";
    EXPECT_EQ(shard.drain(live), (Lines{"update 6-7"}));
}

TEST_F(HubWatchTest, WhoMissedNothingIsLiveWithoutAFrame) {
    open(5);
    const ConnectionId id = subscribe(4);
    told();
    shard.drain(id);
    hear(CaughtUp{4, 4, nullptr});
    EXPECT_EQ(shard.drain(id), Lines{});
    EXPECT_EQ(told(), (Lines{"watch 2 newcomers"}));
    hear(Updated{4, 6, update(4, 6), nullptr});
    EXPECT_EQ(shard.drain(id), (Lines{"update 4-6"}));
}

TEST_F(HubWatchTest, WhoIsTooFarBehindReloadsAndTheOthersWait) {
    open(100);
    const ConnectionId far = subscribe(3);
    const ConnectionId near = subscribe(99);
    told();
    shard.drain(far);
    shard.drain(near);
    hear(TooFar{0});
    EXPECT_EQ(shard.drain(far), (Lines{"reload too_far"}));
    hear(CaughtUp{99, 100, update(99, 100)});
    EXPECT_EQ(shard.drain(near), (Lines{"update 99-100"}));
    EXPECT_EQ(shard.hub.stats().reloads, 1U);
}

TEST_F(HubWatchTest, ARestartReloadsThoseWithAPositionAndMeasuresTheOthersAnew) {
    const ConnectionId live = open(5);
    const ConnectionId behind = subscribe(2);
    const ConnectionId ahead = subscribe(9);
    EXPECT_EQ(told(), (Lines{"watch 3", "catch up 2", "doubt 9"}));
    shard.drain(behind);
    hear(Restarted{{Epoch{"a"}, 9}, ReloadReason::too_far});
    EXPECT_EQ(shard.drain(live), (Lines{"reload too_far"}));
    EXPECT_EQ(shard.drain(behind), (Lines{"reload too_far"}));
    EXPECT_EQ(shard.drain(ahead), (Lines{"subscribed 9"}));
    hear(CaughtUp{2, 9, update(2, 9)});
    EXPECT_EQ(shard.drain(behind), Lines{});
    EXPECT_EQ(told(), (Lines{"watch 1 newcomers"}));
}

TEST_F(HubWatchTest, AGreetingIsForThoseWhoCameBeforeItsWatch) {
    open(5);
    const ConnectionId first = subscribe(5);
    EXPECT_EQ(told(), (Lines{"watch 2 newcomers"}));
    const ConnectionId second = subscribe(5);
    EXPECT_EQ(told(), (Lines{"watch 3 newcomers"}));
    const Frame two = shard.encoder.text(encode_presence("discussion:tram", 2), false);
    const Frame three = shard.encoder.text(encode_presence("discussion:tram", 3), false);
    hear(Greeting{nullptr, two});
    hear(Greeting{nullptr, three});
    EXPECT_EQ(shard.drain(first), (Lines{"subscribed 5", "presence 2"}));
    EXPECT_EQ(shard.drain(second), (Lines{"subscribed 5", "presence 3"}));
}

TEST_F(HubWatchTest, AGreetingThatDoesNotFitBehindACatchUpIsLeftOut) {
    limits.outbox_bytes_max = 100;
    open(5);
    const ConnectionId id = subscribe(4);
    told();
    shard.drain(id);
    hear(CaughtUp{4, 5, update(4, 5)});
    told();
    const Frame notice = shard.encoder.text(encode_presence("discussion:tram", 2), false);
    hear(Greeting{notice, notice});
    EXPECT_EQ(shard.hub.stats().overflows, 0U);
    EXPECT_TRUE(shard.port.refused.empty());
    EXPECT_EQ(shard.drain(id), (Lines{"update 4-5"}));
}

TEST_F(HubWatchTest, ANoticeIsForThoseForWhomNothingWaits) {
    const ConnectionId quick = open(5);
    const ConnectionId slow = subscribe(5);
    const Frame notice = shard.encoder.text(encode_presence("discussion:tram", 2), false);
    hear(Notice{notice});
    EXPECT_EQ(shard.drain(quick), (Lines{"presence 2"}));
    EXPECT_EQ(shard.drain(slow), (Lines{"subscribed 5"}));
}

// A silent store must not make a list grow by those who come and go meanwhile.
TEST_F(HubWatchTest, ThoseWhoLeftAreNotKept) {
    const auto come_and_go = [this](std::optional<Seq> since) {
        std::size_t most = 0;
        for (int i = 0; i < 5'000; ++i) {
            shard.hub.disconnect(subscribe(since));
            if (i % 7 == 0 && !told().empty()) hear(Greeting{});  // which rooms answer at once
            most = std::max(most, shard.hub.listed_count());
        }
        return most;
    };
    subscribe();
    EXPECT_LE(come_and_go({}), 50U) << "before the position is known";
    hear(Opened{{Epoch{"a"}, 1'000}});
    told();
    hear(Greeting{});
    EXPECT_LE(come_and_go(900), 50U) << "behind, and the catch-up does not come";
    EXPECT_LE(come_and_go(2'000), 100U) << "ahead of what the room has told";
    EXPECT_LE(come_and_go(1'000), 100U) << "live at once";
    EXPECT_EQ(shard.hub.stats().subscriptions, 1U);
}

}  // namespace
}  // namespace parley::test
