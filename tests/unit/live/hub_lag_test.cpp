#include "unit/live/live_fixture.hpp"

namespace parley::test {
namespace {

// Readers who take less than there is.

TEST_F(LiveTest, CommitsDuringACatchUpAreNeitherLostNorDoubled) {
    for (int i = 0; i < 5; ++i) store.vote(i);
    live_reader(home);
    const ConnectionId id = subscribe(home, 1);
    run();
    ASSERT_EQ(port.reads.size(), 1U);
    const Changeset read_early = store.since(1);
    const RoomTicket room = port.reads.front().room;
    port.reads.clear();
    publish(store.vote(9));
    rooms.on_changes(room, 1, read_early, now);
    run();
    const Lines lines = home.drain(id);
    ASSERT_GE(lines.size(), 2U);
    EXPECT_EQ(lines[1], "update 1-6");
    EXPECT_TRUE(port.reads.empty());
    publish(store.vote(9));
    EXPECT_EQ(home.drain(id).back(), "update 6-7");
}

TEST_F(LiveTest, ASlowReaderGetsOneMergedUpdateInsteadOfAGrowingQueue) {
    const ConnectionId slow = live_reader(home);
    const ConnectionId quick = live_reader(home);
    publish(store.vote(1));
    home.drain(slow);
    ReaderSocket socket;
    publish(store.vote(1));
    home.send_some(slow, socket, 10);  // the rest of this one must come
    for (int i = 2; i < 200; ++i) {
        publish(store.vote(i % 3));
        home.drain(quick);
        ASSERT_LE(home.hub.queued_bytes(slow), limits.outbox_bytes_max);
    }
    EXPECT_GE(home.hub.stats().overflows, 1U);
    Lines lines;
    for (int i = 0; i < 10; ++i) {
        home.send_some(slow, socket, 100'000);
        run();
        while (const auto frame = socket.next()) {
            if (frame->at("type") == "update") lines.push_back(line_of(*frame));
        }
    }
    ASSERT_GE(lines.size(), 2U);
    EXPECT_LE(lines.size(), 20U);
    EXPECT_EQ(lines[0], "update 1-2");
    EXPECT_EQ(lines.back().substr(lines.back().find('-')), "-200");
    EXPECT_TRUE(port.reads.empty()) << "all from memory";
    publish(store.vote(1));
    EXPECT_EQ(home.drain(slow).back(), "update 200-201");
}

TEST_F(LiveTest, AnOverflowAffectsAllTopicsOfTheReader) {
    LiveStore second(DiscussionId{"second"});
    const ConnectionId id = live_reader(home);
    home.hub.subscribe(id, DiscussionId{"second"}, std::nullopt, std::nullopt);
    run();
    while (!port.reads.empty()) {
        const auto read = port.reads.front();
        port.reads.pop_front();
        rooms.on_position(read.room, std::optional<Position>(second.position), now);
    }
    run();
    home.drain(id);
    publish(second.vote(1));
    for (int i = 0; i < 50; ++i) publish(store.vote(1));
    Seq of_first = 0;
    Seq of_second = 0;
    for (int i = 0; i < 10; ++i) {
        ReaderSocket socket;
        while (home.hub.queued_bytes(id) > 0) home.send_some(id, socket, 100'000);
        while (const auto frame = socket.next()) {
            if (frame->at("type") != "update") continue;
            (frame->at("topic") == "discussion:tram" ? of_first : of_second) =
                frame->at("seq").as_int64();
        }
        run();
    }
    EXPECT_EQ(of_first, 50);
    EXPECT_EQ(of_second, 1);
}

// Each fits alone, not all of them together.
TEST_F(LiveTest, CatchUpsOfManyTopicsDoNotDropEachOther) {
    std::vector<LiveStore> stores;
    for (const char* name : {"one", "two", "three", "four"}) {
        stores.emplace_back(DiscussionId{name});
    }
    const auto answer = [&] {
        run();
        while (!port.reads.empty()) {
            const auto read = port.reads.front();
            port.reads.pop_front();
            for (LiveStore& one : stores) {
                if (one.since(0).discussion != read.room.discussion) continue;
                rooms.on_position(read.room, std::optional<Position>(one.position), now);
            }
        }
        run();
    };
    const ConnectionId keeps_rooms = other.hub.connect(FrameForm::plain);
    const ConnectionId id = home.hub.connect(FrameForm::plain);
    for (LiveStore& one : stores) {
        other.hub.subscribe(keeps_rooms, one.since(0).discussion, std::nullopt, std::nullopt);
    }
    answer();
    for (LiveStore& one : stores) publish(one.post(1, 1'000));
    for (LiveStore& one : stores) {
        home.hub.subscribe(id, one.since(0).discussion, one.position.epoch, 0);
    }
    std::map<std::string, Seq> seqs;
    for (int i = 0; i < 20; ++i) {
        run();
        ReaderSocket socket;
        while (home.hub.queued_bytes(id) > 0) home.send_some(id, socket, 100'000);
        while (const auto frame = socket.next()) {
            if (frame->at("type") != "update") continue;
            seqs[std::string(frame->at("topic").as_string())] = frame->at("seq").as_int64();
        }
    }
    EXPECT_EQ(seqs.size(), stores.size());
    for (LiveStore& one : stores) publish(one.vote(1));
    std::size_t updates = 0;
    for (const std::string& line : home.drain(id)) updates += line.starts_with("update") ? 1 : 0;
    EXPECT_EQ(updates, stores.size()) << "all of them are live";
}

TEST_F(LiveTest, TooMuchInAllIsTakenFromThoseWhoLag) {
    limits.outbox_bytes_max = 64 * 1024;
    const ConnectionId lags = live_reader(home);
    const ConnectionId quick = live_reader(home);
    home.drain(lags);
    publish(store.post(1, 10'000));
    home.drain(quick);
    EXPECT_GT(home.hub.queued_bytes(lags), 10'000U);
    std::vector<Frame> ballast;
    const std::string payload(std::size_t{8} * 1024 * 1024, 'x');
    while (FrameEncoder::alive_bytes() <= live_frames_bytes_max) {
        ballast.push_back(home.encoder.text(payload, false));
    }
    const auto overflows = home.hub.stats().overflows;
    publish(store.vote(2));
    EXPECT_EQ(home.hub.stats().overflows, overflows + 1);
    publish(store.vote(2));
    EXPECT_EQ(home.hub.stats().overflows, overflows + 1) << "not again until more was added";
    ballast.clear();
    run();
    EXPECT_EQ(home.drain(quick).back(), "update 2-3");
    Lines lines;
    for (int i = 0; i < 5; ++i) {
        for (const std::string& line : home.drain(lags)) {
            if (line.starts_with("update")) lines.push_back(line);
        }
        run();
    }
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines.front().substr(0, 9), "update 0-");
    EXPECT_EQ(lines.back().substr(8), "-3");
}

TEST_F(LiveTest, AReaderThatAsksForMoreThanItTakesAwayIsRefused) {
    const ConnectionId id = home.hub.connect(FrameForm::plain);
    const Frame error =
        home.encoder.text(encode_live_error(make_error(Errc::malformed), "discussion:tram"), false);
    for (int i = 0; i < 100; ++i) home.hub.send(id, error);
    ASSERT_FALSE(home.port.refused.empty());
    EXPECT_EQ(home.port.refused.front(), id);
    EXPECT_LE(home.hub.queued_bytes(id), limits.outbox_bytes_max);
}

TEST_F(LiveTest, ReadersAndSubscriptionsAreCounted) {
    const ConnectionId a = live_reader(home);
    live_reader(home);
    EXPECT_EQ(home.hub.stats().connections, 2U);
    EXPECT_EQ(home.hub.stats().subscriptions, 2U);
    const auto queued = home.hub.stats().frames_queued;
    publish(store.vote(1));
    EXPECT_GE(home.hub.stats().frames_queued, queued + 2);
    home.hub.disconnect(a);
    EXPECT_EQ(home.hub.stats().connections, 1U);
    EXPECT_EQ(home.hub.stats().subscriptions, 1U);
}

}  // namespace
}  // namespace parley::test
