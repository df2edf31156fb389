#include "unit/live/live_fixture.hpp"

#include <random>

namespace parley::test {
namespace {

// Readers of random pace on two shards, over a bus that loses, repeats and reorders, with a store
// that fails at times. After quiet and a sweep every one of them must have what the store has.
struct ModelReader {
    HubShard* shard = nullptr;
    ConnectionId id{};
    ReaderSocket socket;
    Position position;
    std::map<int, std::int64_t> scores;
    std::map<int, std::string> bodies;
};

class HubPropertyTest : public LiveTest, public ::testing::WithParamInterface<std::uint32_t> {
protected:
    HubPropertyTest() : random(GetParam()) {}

    int pick(int bound) { return static_cast<int>(random() % static_cast<std::uint32_t>(bound)); }

    // A fresh load: the whole state and its position, then a subscription since it.
    void load(ModelReader& reader) {
        reader.position = store.position;
        reader.scores.clear();
        reader.bodies.clear();
        for (const auto& [id, view] : store.comments()) {
            reader.scores[id] = view.tally.score;
            if (view.content) reader.bodies[id] = view.content->body;
        }
        resume(reader);
    }
    void resume(ModelReader& reader) {
        reader.shard->hub.subscribe(reader.id, tram, reader.position.epoch, reader.position.seq);
    }
    void connect(ModelReader& reader) {
        reader.shard = pick(2) == 0 ? &home : &other;
        reader.id = reader.shard->hub.connect(FrameForm::plain);
        reader.socket = {};
    }
    void follow(ModelReader& reader, const boost::json::object& frame) {
        const std::string type(frame.at("type").as_string());
        if (type == "reload") return load(reader);
        if (type != "update") return;
        const Epoch epoch{std::string(frame.at("epoch").as_string())};
        const Seq prev = frame.at("prev").as_int64();
        const Seq seq = frame.at("seq").as_int64();
        const UpdateVerdict verdict = judge_update(reader.position, epoch, prev, seq);
        if (verdict == UpdateVerdict::ignored) return;
        ASSERT_EQ(verdict, UpdateVerdict::applied)
            << "prev " << prev << " at " << reader.position.seq;
        reader.position.seq = seq;
        for (const char* part : {"comments", "scores"}) {
            const auto* list = frame.if_contains(part);
            if (list == nullptr) continue;
            for (const auto& one : list->as_array()) {
                const int id = std::stoi(std::string(one.at("id").as_string()));
                reader.scores[id] = one.at("score").as_int64();
                if (const auto* body = one.as_object().if_contains("body")) {
                    reader.bodies[id] = std::string(body->as_string());
                }
            }
        }
    }
    void take(ModelReader& reader, std::size_t bytes_max) {
        reader.shard->send_some(reader.id, reader.socket, bytes_max);
        while (const auto frame = reader.socket.next()) follow(reader, *frame);
    }
    void commit() {
        const int kind = pick(40);
        if (kind == 0) store.restore("e" + std::to_string(++epochs));
        const int comment = 1 + pick(6);
        if (kind < 4 && store.comments().contains(comment)) bus.push_back(store.remove(comment));
        else if (kind < 15) bus.push_back(store.post(comment, static_cast<std::size_t>(pick(300))));
        else bus.push_back(store.vote(comment));
    }
    void deliver() {
        if (bus.empty()) return;
        const auto at = bus.begin() + pick(static_cast<int>(bus.size()));
        const int fate = pick(10);
        if (fate != 0) rooms.on_changeset(*at, now);  // 0: lost
        if (fate != 1) bus.erase(at);                 // 1: will come again
    }
    void answer() {
        if (port.reads.empty()) return;
        if (pick(8) == 0) fail_one(pick(2) == 0 ? Errc::unavailable : Errc::precondition_too_far);
        else answer_one();
    }
    // One loop's turn, or a part of it: messages stay under way.
    void carry() {
        HubShard& shard = pick(2) == 0 ? home : other;
        shard.hub.end_turn();
        for (int i = pick(4); i > 0 && !shard.port.mail.empty(); --i) {
            rooms.on_message(shard.port.mail.front(), now);
            shard.port.mail.pop_front();
        }
        for (int i = pick(6); i > 0 && !port.told.empty(); --i) {
            const ToHub message = std::move(port.told.front());
            port.told.pop_front();
            shard_of(message.watch.shard).hub.on_message(message);
        }
    }
    void step() {
        now += milliseconds(pick(20));
        ModelReader& reader = readers[static_cast<std::size_t>(pick(4))];
        switch (pick(12)) {
            case 0:
            case 1: commit(); break;
            case 2:
            case 3: deliver(); break;
            case 4: answer(); break;
            case 5:
            case 6: take(reader, static_cast<std::size_t>(pick(1'500))); break;
            case 7: tick(); break;
            case 8:
                if (pick(5) == 0) sweep();
                break;
            case 9:
                if (pick(8) != 0) break;
                reader.shard->hub.disconnect(reader.id);
                connect(reader);
                resume(reader);
                break;
            default: carry(); break;
        }
    }

    std::mt19937 random;
    std::deque<LiveStore::ChangesetPtr> bus;
    std::array<ModelReader, 4> readers;
    int epochs = 0;
};

TEST_P(HubPropertyTest, EveryReaderEndsWithWhatTheStoreHas) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()));
    for (ModelReader& reader : readers) {
        connect(reader);
        load(reader);
    }
    for (int i = 0; i < 800 && !HasFatalFailure(); ++i) step();
    // Quiet: nothing more from the bus, the last message may be among the lost ones.
    for (int i = 0; i < 12; ++i) {
        pass(milliseconds(500));
        sweep();
        run_with_store();
        for (ModelReader& reader : readers) {
            while (reader.shard->hub.queued_bytes(reader.id) > 0) take(reader, 1'000'000);
        }
        run_with_store();
    }
    for (const ModelReader& reader : readers) {
        EXPECT_TRUE(reader.socket.between_messages());
        EXPECT_EQ(reader.position, store.position);
        EXPECT_EQ(reader.scores.size(), store.comments().size());
        for (const auto& [id, view] : store.comments()) {
            ASSERT_TRUE(reader.scores.contains(id));
            EXPECT_EQ(reader.scores.at(id), view.tally.score);
            if (!view.content) continue;
            EXPECT_EQ(reader.bodies.at(id), view.content->body);
        }
    }
    EXPECT_TRUE(home.port.refused.empty() && other.port.refused.empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, HubPropertyTest, ::testing::Range(0U, 300U));

}  // namespace
}  // namespace parley::test
