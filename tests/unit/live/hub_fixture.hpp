#pragma once

#include "live/hub.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace parley::test {

inline const DiscussionId tram{"tram"};
inline const std::string tram_topic = "discussion:tram";

// A store of one discussion in which each changeset sets the score of one comment.
class ScoreStore {
public:
    std::shared_ptr<const Changeset> commit(CommentId id) {
        ++position.seq;
        scores_[id] = Tally{id, position.seq, 0, position.seq, 0, position.seq};
        return std::make_shared<const Changeset>(since(position.seq - 1));
    }
    [[nodiscard]] Changeset since(Seq seq) const {
        Changeset out;
        out.discussion = tram;
        out.epoch = position.epoch;
        out.prev = seq;
        out.seq = position.seq;
        for (const auto& [id, tally] : scores_) {
            if (tally.stamp > seq) out.scores.push_back(tally);
        }
        return out;
    }
    [[nodiscard]] const std::map<CommentId, Tally>& scores() const { return scores_; }

    Position position{Epoch{"a"}, 0};

private:
    std::map<CommentId, Tally> scores_;
};

// Keeps what the hub asks for until the test answers it.
struct RecordingPort final : Hub::Port {
    struct Read {
        RoomTicket room;
        std::optional<Seq> since;  // absent: of the position
        Epoch epoch;
    };
    void read_position(const RoomTicket& room) override { reads.push_back({room, {}, {}}); }
    void read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) override {
        reads.push_back({room, since, epoch});
    }
    void wake(ConnectionId connection) override { woken.push_back(connection); }
    void close(ConnectionId connection) override { closed.push_back(connection); }

    std::deque<Read> reads;
    std::vector<ConnectionId> woken;
    std::vector<ConnectionId> closed;
};

class HubTest : public ::testing::Test {
protected:
    HubTest() { limits.outbox_bytes_max = 2'000; }

    // Answers the oldest read from the store as it is now.
    void answer_one() {
        ASSERT_FALSE(port.reads.empty());
        const RecordingPort::Read read = port.reads.front();
        port.reads.pop_front();
        if (!read.since) {
            hub.on_position(read.room, std::optional<Position>(store.position), now);
        } else if (read.epoch != store.position.epoch) {
            hub.on_changes(read.room, *read.since, make_error(Errc::precondition_too_far), now);
        } else {
            hub.on_changes(read.room, *read.since, store.since(*read.since), now);
        }
    }
    void answer_all() {
        for (int i = 0; i < 100 && !port.reads.empty(); ++i) answer_one();
        EXPECT_TRUE(port.reads.empty()) << "the hub keeps asking";
    }
    ConnectionId reader(std::optional<Seq> since = {}) {
        const ConnectionId id = hub.connect();
        hub.subscribe(id, tram, store.position.epoch, since, now);
        answer_all();
        return id;
    }
    // Everything that waits for the reader, parsed; its socket takes all of it.
    std::vector<boost::json::object> drain(ConnectionId id) {
        std::vector<boost::json::object> out;
        while (const Frame frame = hub.take(id, now)) {
            out.push_back(boost::json::parse(*frame).as_object());
        }
        return out;
    }
    static std::vector<std::string> types(const std::vector<boost::json::object>& frames) {
        std::vector<std::string> out;
        for (const auto& frame : frames) out.emplace_back(frame.at("type").as_string());
        return out;
    }
    void commit_and_publish(int comment = 1) {
        hub.on_changeset(store.commit(CommentId{comment}), now);
    }

    Limits limits;
    MonotonicTime now{};
    ScoreStore store;
    RecordingPort port;
    Hub hub{port, limits};
};

}  // namespace parley::test
