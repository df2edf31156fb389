#include "hub_fixture.hpp"

#include <random>

namespace parley::test {
namespace {

// Readers of random pace over a bus that loses, repeats and reorders. After quiet and a sweep every
// one of them must have what the store has. A failing seed is printed and replays exactly.
struct ModelReader {
    ConnectionId id{};
    std::optional<Position> position;
    std::map<std::int64_t, std::int64_t> scores;
    bool subscribed = false;
};

class HubPropertyTest : public HubTest {
protected:
    void follow(ModelReader& reader, const boost::json::object& frame) {
        const std::string type(frame.at("type").as_string());
        if (type == "reload") {
            read_window(reader);
        } else if (type == "update") {
            const Seq prev = frame.at("prev").as_int64();
            const Seq seq = frame.at("seq").as_int64();
            const Epoch epoch{std::string(frame.at("epoch").as_string())};
            switch (judge_update(*reader.position, epoch, prev, seq)) {
                case UpdateVerdict::ignored: return;
                case UpdateVerdict::applied: break;
                case UpdateVerdict::gap:
                case UpdateVerdict::reset: FAIL() << "the hub left a gap";
            }
            for (const auto& score : frame.at("scores").as_array()) {
                const auto& object = score.as_object();
                reader.scores[std::stoll(std::string(object.at("id").as_string()))] =
                    object.at("score").as_int64();
            }
            reader.position->seq = seq;
        }
    }
    // A fresh load: the whole state and its position, then a subscription since it.
    void read_window(ModelReader& reader) {
        reader.position = store.position;
        reader.scores.clear();
        for (const auto& [id, tally] : store.scores()) {
            reader.scores[static_cast<std::int64_t>(id)] = tally.score;
        }
        hub.subscribe(reader.id, tram, reader.position->epoch, reader.position->seq, now);
    }
    void take_some(ModelReader& reader, int frames_max) {
        for (int i = 0; i < frames_max; ++i) {
            const Frame frame = hub.take(reader.id, now);
            if (!frame) return;
            follow(reader, boost::json::parse(*frame).as_object());
        }
    }
    void step(std::mt19937& random) {
        const auto pick = [&](int bound) {
            return static_cast<int>(random() % static_cast<unsigned>(bound));
        };
        now += std::chrono::milliseconds(pick(20));
        switch (pick(10)) {
            case 0:
            case 1:
            case 2: bus.push_back(store.commit(CommentId{1 + pick(5)})); break;
            case 3:
            case 4:
                if (!bus.empty()) deliver(pick(static_cast<int>(bus.size())), pick(10));
                break;
            case 5:
                if (!port.reads.empty()) answer_one();
                break;
            case 6: take_some(readers[static_cast<std::size_t>(pick(3))], 1 + pick(30)); break;
            case 7: hub.tick(now); break;
            case 8:
                if (pick(5) == 0) hub.on_sweep({{tram, store.position}}, now);
                break;
            case 9: reconnect(readers[static_cast<std::size_t>(pick(3))], pick(4)); break;
        }
    }
    void deliver(int index, int fate) {
        const auto at = bus.begin() + index;
        if (fate != 0) hub.on_changeset(*at, now);  // 0: lost
        if (fate != 1) bus.erase(at);               // 1: will come again
    }
    void reconnect(ModelReader& reader, int how) {
        if (how != 0) return;
        hub.disconnect(reader.id);
        reader.id = hub.connect();
        if (reader.position) {
            hub.subscribe(reader.id, tram, reader.position->epoch, reader.position->seq, now);
        } else {
            read_window(reader);
        }
    }

    std::deque<std::shared_ptr<const Changeset>> bus;
    std::vector<ModelReader> readers{3};
};

class HubSeedTest : public HubPropertyTest, public ::testing::WithParamInterface<unsigned> {};

TEST_P(HubSeedTest, EveryReaderEndsWithWhatTheStoreHas) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()));
    std::mt19937 random(GetParam());
    for (ModelReader& reader : readers) {
        reader.id = hub.connect();
        read_window(reader);
    }
    for (int i = 0; i < 600; ++i) step(random);
    // Quiet: nothing more from the bus, the last message may be among the lost ones.
    for (int i = 0; i < 10; ++i) {
        now += std::chrono::milliseconds(500);
        hub.on_sweep({{tram, store.position}}, now);
        hub.tick(now);
        answer_all();
        for (ModelReader& reader : readers) take_some(reader, 1'000);
        answer_all();
    }
    for (const ModelReader& reader : readers) {
        EXPECT_EQ(reader.position, store.position);
        for (const auto& [id, tally] : store.scores()) {
            const auto found = reader.scores.find(static_cast<std::int64_t>(id));
            ASSERT_NE(found, reader.scores.end());
            EXPECT_EQ(found->second, tally.score);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, HubSeedTest, ::testing::Range(0u, 300u));

}  // namespace
}  // namespace parley::test
