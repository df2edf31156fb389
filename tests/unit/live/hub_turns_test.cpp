#include "unit/live/live_fixture.hpp"

namespace parley::test {
namespace {

// One reader of several topics: each has its turn, however much another misses.

class HubTurnsTest : public LiveTest {
protected:
    HubTurnsTest() {
        // Each of the first one's catch-ups fits, and leaves no room for the second one's.
        limits.outbox_bytes_max = 4'000;
        keeper = home.hub.connect(FrameForm::plain);
        reader = home.hub.connect(FrameForm::plain);
        for (const ConnectionId id : {keeper, reader}) {
            for (const LiveStore* one : {&busy, &calm}) {
                home.hub.subscribe(id, one->since(0).discussion, std::nullopt, std::nullopt);
            }
        }
        run();
        while (!port.reads.empty()) answer_position();
        run();
        take_all();
    }

    void answer_position() {
        const RoomsPort::Read read = port.reads.front();
        port.reads.pop_front();
        const LiveStore& of = read.room.discussion == busy.since(0).discussion ? busy : calm;
        ASSERT_FALSE(read.epoch) << "all is in memory";
        rooms.on_position(read.room, std::optional<Position>(of.position), now);
    }
    // The reader's socket takes all that waits, and no more than that.
    void take_all() {
        home.drain(keeper);
        ReaderSocket socket;
        const std::size_t bytes = home.hub.queued_bytes(reader);
        if (bytes > 0) home.send_some(reader, socket, bytes);
        while (const auto frame = socket.next()) {
            if (frame->at("type") != "update") continue;
            seen[std::string(frame->at("topic").as_string())] = frame->at("seq").as_int64();
        }
    }
    // The room gathers for nobody: what is published goes out at once.
    void tell(const LiveStore::ChangesetPtr& changeset) {
        publish(changeset);
        home.drain(keeper);
    }
    [[nodiscard]] Seq seq_of(const char* topic) const {
        const auto found = seen.find(topic);
        return found == seen.end() ? 0 : found->second;
    }

    LiveStore busy{DiscussionId{"busy"}};
    LiveStore calm{DiscussionId{"calm"}};
    ConnectionId keeper;
    ConnectionId reader;
    std::map<std::string, Seq> seen;
};

TEST_F(HubTurnsTest, ATopicThatAlwaysMissesMuchStarvesNoOther) {
    tell(calm.post(1, 1'500));
    for (int i = 0; i < 4; ++i) tell(busy.post(i, 2'000));
    ASSERT_GE(home.hub.stats().overflows, 1U);
    for (int round = 0; round < 20 && seq_of("discussion:calm") < 1; ++round) {
        take_all();
        // While the socket was busy with that, as much again has happened.
        tell(busy.post(1, 2'800));
        run();
    }
    EXPECT_EQ(seq_of("discussion:calm"), 1);
    EXPECT_GE(seq_of("discussion:busy"), 1) << "nor is it starved itself";
}

TEST_F(HubTurnsTest, AllOfThemComeToTheEnd) {
    tell(calm.post(1, 2'500));
    for (int i = 0; i < 4; ++i) tell(busy.post(i, 2'000));
    for (int round = 0; round < 10; ++round) {
        take_all();
        if (round < 5) tell(busy.post(1, 2'800));
        run();
    }
    EXPECT_EQ(seq_of("discussion:calm"), calm.position.seq);
    EXPECT_EQ(seq_of("discussion:busy"), busy.position.seq);
    tell(calm.vote(1));
    tell(busy.vote(1));
    take_all();
    EXPECT_EQ(seq_of("discussion:calm"), calm.position.seq) << "both are live again";
    EXPECT_EQ(seq_of("discussion:busy"), busy.position.seq);
}

// A topic whose turn it is may leave, or have missed nothing: the others go on all the same.
TEST_F(HubTurnsTest, NobodyWaitsForOneThatHasGone) {
    for (const bool leaves : {true, false}) {
        tell(calm.post(1, 2'500));
        for (int i = 0; i < 4; ++i) tell(busy.post(i, 2'000));
        take_all();
        run();
        take_all();
        if (leaves) home.hub.unsubscribe(reader, calm.since(0).discussion);
        for (int round = 0; round < 5; ++round) {
            run();
            take_all();
        }
        EXPECT_EQ(seq_of("discussion:busy"), busy.position.seq);
        home.hub.subscribe(reader, calm.since(0).discussion, std::nullopt, std::nullopt);
        run();
        take_all();
    }
}

// --- event streams -------------------------------------------------------------------------------

class HubEventTest : public LiveTest {
protected:
    ConnectionId stream(std::optional<Seq> since, const char* epoch) {
        const ConnectionId id = home.hub.connect(FrameForm::event);
        home.hub.subscribe(id, tram, Epoch{epoch}, since);
        return id;
    }
    std::string sent_to(ConnectionId id) {
        std::string text;
        std::array<std::string_view, 16> pieces;
        while (const std::size_t count = home.hub.gather(id, pieces)) {
            std::size_t bytes = 0;
            for (std::size_t i = 0; i < count; ++i) {
                text += pieces[i];
                bytes += pieces[i].size();
            }
            home.hub.sent(id, bytes);
        }
        return text;
    }
};

TEST_F(HubEventTest, AStreamEndsWithItsSubscription) {
    store.vote(1);
    const ConnectionId follows = stream(0, "a");
    const ConnectionId of_other_epoch = stream(1, "b");
    const ConnectionId ahead = stream(9, "a");
    const ConnectionId socket = home.hub.connect(FrameForm::plain);
    home.hub.subscribe(socket, tram, Epoch{"b"}, 1);
    run_with_store();
    EXPECT_EQ(home.port.finished, (std::vector<ConnectionId>{of_other_epoch, ahead}));
    EXPECT_EQ(home.drain(socket), (Lines{"reload epoch"})) << "and may ask for something else";
    EXPECT_NE(sent_to(of_other_epoch).find(R"("reason":"epoch")"), std::string::npos);
    EXPECT_NE(sent_to(ahead).find(R"("reason":"ahead")"), std::string::npos);
    home.hub.send_control(ahead, home.encoder.text("{}", false));
    home.hub.subscribe(ahead, tram, std::nullopt, std::nullopt);
    EXPECT_EQ(home.hub.queued_bytes(ahead), 0U) << "nothing comes after the last word";
    EXPECT_NE(sent_to(follows).find(R"("type":"update")"), std::string::npos);
    store.restore("c");
    sweep();
    run();
    EXPECT_EQ(home.port.finished.back(), follows);
    EXPECT_NE(sent_to(follows).find(R"("reason":"epoch")"), std::string::npos);
    EXPECT_EQ(home.hub.stats().subscriptions, 0U);
}

TEST_F(HubEventTest, AStreamOfAnUnknownDiscussionEnds) {
    const ConnectionId id = stream({}, "a");
    run();
    ASSERT_FALSE(port.reads.empty());
    rooms.on_position(port.reads.front().room, std::optional<Position>(), now);
    run();
    EXPECT_EQ(home.port.finished, std::vector<ConnectionId>{id});
    EXPECT_NE(sent_to(id).find("unknown_discussion"), std::string::npos);
}

}  // namespace
}  // namespace parley::test
