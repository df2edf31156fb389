#pragma once

#include "live/rooms.hpp"
#include "unit/live/live_store.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace parley::test {

// Keeps what rooms ask for until the test answers it.
struct RoomsPort : Rooms::Port {
    struct Read {
        RoomTicket room;
        std::optional<Epoch> epoch;  // absent: of the position
        Seq since = 0;
    };
    void read_position(const RoomTicket& room) override { reads.push_back({room, {}, 0}); }
    void read_changes(const RoomTicket& room, const Epoch& epoch, Seq since) override {
        reads.push_back({room, epoch, since});
    }
    void to_hub(ToHub message) override { told.push_back(std::move(message)); }
    void tell_presence(const DiscussionId& discussion, std::uint32_t readers) override {
        presence.push_back(discussion.value + " " + std::to_string(readers));
    }

    std::deque<Read> reads;
    std::deque<ToHub> told;
    Lines presence;  // told to other instances
};

// Rooms alone. The watch of shard n is {n, 1} unless a test says otherwise.
class RoomsTest : public ::testing::Test {
protected:
    void say(const WatchId& id, decltype(ToRoom::what) what) {
        rooms.on_message({tram, id, std::move(what)}, now);
    }
    void watch(std::uint32_t readers = 1, ShardIndex shard = 0) {
        say({shard, 1}, Watch{readers, false, false});
    }
    // A watched room that knows its position; nothing of that is left to be heard.
    void open(std::uint32_t readers = 1) {
        watch(readers);
        answer_all();
        tick();
        heard();
    }
    void publish(const LiveStore::ChangesetPtr& changeset) {
        rooms.on_changeset(changeset, now);
        tick();
    }
    void sweep() { rooms.on_sweep({{tram, store.position}}, now, now); }
    void tick() {
        rooms.tick(now);
        ++ticks;
    }
    // Time passes as a loop sees it that does nothing but wait for next_due().
    void pass(milliseconds time) {
        const MonotonicTime until = now + time;
        for (auto due = rooms.next_due(); due && *due <= until; due = rooms.next_due()) {
            now = std::max(now, *due);
            tick();
            ASSERT_LT(ticks, 100'000) << "the agenda spins";
        }
        now = until;
    }

    // Answers the oldest read from the store as it is now.
    void answer_one() {
        ASSERT_FALSE(port.reads.empty());
        const RoomsPort::Read read = port.reads.front();
        port.reads.pop_front();
        if (!read.epoch) {
            rooms.on_position(read.room, std::optional<Position>(store.position), now);
        } else if (*read.epoch != store.position.epoch) {
            rooms.on_changes(read.room, read.since, make_error(Errc::precondition_too_far), now);
        } else {
            rooms.on_changes(read.room, read.since, store.since(read.since), now);
        }
    }
    void answer_all() {
        for (int i = 0; i < 100 && !port.reads.empty(); ++i) answer_one();
        EXPECT_TRUE(port.reads.empty()) << "the rooms keep asking";
    }
    // The oldest read fails.
    void fail_one(Errc code) {
        ASSERT_FALSE(port.reads.empty());
        const RoomsPort::Read read = port.reads.front();
        port.reads.pop_front();
        if (!read.epoch) rooms.on_position(read.room, make_error(code), now);
        else rooms.on_changes(read.room, read.since, make_error(code), now);
    }

    // What the watch was told since the last call.
    Lines heard(const WatchId& id = {0, 1}) {
        Lines lines;
        std::erase_if(port.told, [&](const ToHub& message) {
            if (message.watch != id) return false;
            lines.push_back(std::visit(MessageLine{}, message.what));
            return true;
        });
        return lines;
    }

    MonotonicTime now = start;
    LiveStore store;
    RoomsPort port;
    FrameEncoder encoder;
    Rooms rooms{port, encoder, Rooms::Settings{}};
    int ticks = 0;
};

}  // namespace parley::test
