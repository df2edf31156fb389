#pragma once

#include "live/hub.hpp"
#include "unit/live/rooms_fixture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>

namespace parley::test {

// A reader's end of a WebSocket: takes bytes as they come and gives the messages in them.
class ReaderSocket {
public:
    void feed(std::string_view bytes) { buffer_ += bytes; }
    // The next whole message; control frames are named "ping", "close", ….
    std::optional<boost::json::object> next() {
        if (buffer_.size() < 2) return std::nullopt;
        const auto byte = [&](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(buffer_[i]));
        };
        std::size_t header = 2;
        std::size_t size = byte(1);
        if (size >= 126) {
            const std::size_t extended = size == 126 ? 2 : 8;
            header += extended;
            if (buffer_.size() < header) return std::nullopt;
            size = 0;
            for (std::size_t i = 2; i < header; ++i) size = size << 8U | byte(i);
        }
        if (buffer_.size() < header + size) return std::nullopt;
        const std::string payload = buffer_.substr(header, size);
        const std::size_t opcode = byte(0) & 0xFU;
        buffer_.erase(0, header + size);
        if (opcode == 1) return boost::json::parse(payload).as_object();
        return boost::json::object{{"type", opcode == 8 ? "close" : "ping"}};
    }
    [[nodiscard]] bool between_messages() const { return buffer_.empty(); }

private:
    std::string buffer_;
};

// What a hub asks of its owner, and the mailbox to the rooms.
struct HubPort : Hub::Port {
    void to_room(ToRoom message) override { mail.push_back(std::move(message)); }
    void wake(ConnectionId connection) override { woken.push_back(connection); }
    void refuse(ConnectionId connection) override { refused.push_back(connection); }
    void finish(ConnectionId connection) override { finished.push_back(connection); }

    std::deque<ToRoom> mail;
    std::vector<ConnectionId> woken;
    std::vector<ConnectionId> refused;
    std::vector<ConnectionId> finished;
};

// One shard's readers.
struct HubShard {
    HubShard(const Limits& limits, ShardIndex shard) : hub(port, encoder, limits, shard) {}

    // Hands at most `bytes_max` to the reader's socket, as a kernel would.
    void send_some(ConnectionId id, ReaderSocket& socket, std::size_t bytes_max) {
        std::array<std::string_view, 8> pieces;
        std::size_t taken = 0;
        const std::size_t count = hub.gather(id, pieces);
        for (std::size_t i = 0; i < count && taken < bytes_max; ++i) {
            const std::string_view part = pieces[i].substr(0, bytes_max - taken);
            socket.feed(part);
            taken += part.size();
        }
        hub.sent(id, taken);
    }
    // All that waits for the reader is taken by its socket.
    Lines drain(ConnectionId id) {
        ReaderSocket socket;
        Lines lines;
        while (hub.queued_bytes(id) > 0) send_some(id, socket, std::size_t{1} << 30U);
        while (const auto frame = socket.next()) lines.push_back(line_of(*frame));
        return lines;
    }

    HubPort port;
    FrameEncoder encoder;
    Hub hub;
};

// Two shards with readers, joined by mailboxes with the rooms on a home shard.
class LiveTest : public RoomsTest {
protected:
    LiveTest() { limits.outbox_bytes_max = 2'000; }

    // One turn of every loop: messages cross in order. False: nothing happened.
    bool turn() {
        bool busy = false;
        for (HubShard* shard : {&home, &other}) {
            shard->hub.end_turn();
            busy = busy || !shard->port.mail.empty();
            while (!shard->port.mail.empty()) {
                rooms.on_message(shard->port.mail.front(), now);
                shard->port.mail.pop_front();
            }
        }
        tick();
        busy = busy || !port.told.empty();
        while (!port.told.empty()) {
            const ToHub message = std::move(port.told.front());
            port.told.pop_front();
            shard_of(message.watch.shard).hub.on_message(message);
        }
        return busy;
    }
    void run() {
        int turns = 0;
        while (turn()) ASSERT_LT(++turns, 1'000) << "hubs and rooms never come to rest";
    }
    // The store answers all reads, and everybody comes to rest.
    void run_with_store() {
        run();
        for (int i = 0; i < 100 && !port.reads.empty(); ++i) {
            answer_one();
            run();
        }
        EXPECT_TRUE(port.reads.empty()) << "the rooms keep asking";
    }
    HubShard& shard_of(ShardIndex index) { return index == 0 ? home : other; }

    ConnectionId subscribe(HubShard& shard, std::optional<Seq> since = {}) {
        const ConnectionId id = shard.hub.connect(FrameForm::plain);
        shard.hub.subscribe(id, tram, store.position.epoch, since);
        return id;
    }
    // A reader that is live, has taken everything, and was greeted.
    ConnectionId live_reader(HubShard& shard) {
        const ConnectionId id = subscribe(shard);
        run_with_store();
        shard.drain(id);
        return id;
    }
    void publish(const LiveStore::ChangesetPtr& changeset) {
        rooms.on_changeset(changeset, now);
        run();
    }

    Limits limits;
    HubShard home{limits, 0};
    HubShard other{limits, 1};
};

}  // namespace parley::test
