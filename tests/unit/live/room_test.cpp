#include "live/room.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::milliseconds;

const MonotonicTime start{};
const Epoch epoch_a{"a"};
const Epoch epoch_b{"b"};

Room::ChangesetPtr changeset(Seq prev, Seq seq, const Epoch& epoch = epoch_a) {
    Changeset out;
    out.discussion = DiscussionId{"tram"};
    out.epoch = epoch;
    out.prev = prev;
    out.seq = seq;
    return std::make_shared<const Changeset>(out);
}

Room room_at(Seq seq) {
    Room room(DiscussionId{"tram"});
    EXPECT_TRUE(room.on_position({epoch_a, seq}).updates.empty());
    return room;
}

TEST(Room, HoldsEverythingUntilItsFirstRead) {
    Room room(DiscussionId{"tram"});
    EXPECT_TRUE(room.on_changeset(changeset(5, 6), start).updates.empty());
    EXPECT_TRUE(room.on_changeset(changeset(4, 5), start).updates.empty());
    const Room::Step step = room.on_position({epoch_a, 4});
    ASSERT_EQ(step.updates.size(), 2u);
    EXPECT_EQ(step.updates[0]->seq, 5);
    EXPECT_EQ(room.position()->seq, 6);
    EXPECT_FALSE(room.needs_heal(start + milliseconds(1'000)));
}

TEST(Room, AppliesWhatFollowsAndIgnoresWhatItKnows) {
    Room room = room_at(4);
    EXPECT_EQ(room.on_changeset(changeset(4, 5), start).updates.size(), 1u);
    EXPECT_TRUE(room.on_changeset(changeset(4, 5), start).updates.empty());
    EXPECT_EQ(room.position()->seq, 5);
    EXPECT_FALSE(room.needs_heal(start + milliseconds(1'000)));
}

TEST(Room, HoldsWhatIsAheadAndAppliesItWhenTheGapCloses) {
    Room room = room_at(4);
    EXPECT_TRUE(room.on_changeset(changeset(5, 6), start).updates.empty());
    EXPECT_FALSE(room.needs_heal(start + milliseconds(49)));
    EXPECT_TRUE(room.needs_heal(start + milliseconds(50)));
    EXPECT_EQ(room.on_changeset(changeset(4, 5), start).updates.size(), 2u);
    EXPECT_EQ(room.position()->seq, 6);
    EXPECT_FALSE(room.needs_heal(start + milliseconds(1'000)));
}

TEST(Room, HealsAtOnceWhenItHoldsTooMany) {
    Room room = room_at(0);
    for (Seq seq = 2; seq < 2 + static_cast<Seq>(room_held_changesets_max); ++seq) {
        EXPECT_TRUE(room.on_changeset(changeset(seq, seq + 1), start).updates.empty());
    }
    EXPECT_TRUE(room.needs_heal(start));
    const Room::Step step = room.on_store_changes(changeset(0, 70));
    ASSERT_EQ(step.updates.size(), 1u);
    EXPECT_EQ(room.position()->seq, 70);
    EXPECT_FALSE(room.needs_heal(start + milliseconds(1'000)));
}

TEST(Room, HealsWhenTheSweepFindsANewerPositionThoughNothingElseArrives) {
    Room room = room_at(4);
    EXPECT_TRUE(room.on_position({epoch_a, 9}).updates.empty());
    EXPECT_TRUE(room.needs_heal(start));
    EXPECT_EQ(room.position()->seq, 4);
}

TEST(Room, IgnoresASweepThatWasReadBeforeTheLastCommit) {
    Room room = room_at(4);
    EXPECT_FALSE(room.on_position({epoch_a, 3}).reset);
    EXPECT_EQ(room.position()->seq, 4);
    EXPECT_FALSE(room.needs_heal(start));
}

TEST(Room, LearnsANewEpochFromTheStoreAlone) {
    Room room = room_at(4);
    const Room::Step from_bus = room.on_changeset(changeset(0, 1, epoch_b), start);
    EXPECT_FALSE(from_bus.reset);
    EXPECT_EQ(room.position()->epoch, epoch_a);
    EXPECT_TRUE(room.needs_heal(start + milliseconds(50)));
    const Room::Step from_store = room.on_position({epoch_b, 0});
    EXPECT_TRUE(from_store.reset);
    ASSERT_EQ(from_store.updates.size(), 1u) << "what was held follows the new history";
    EXPECT_EQ(room.position()->seq, 1);
}

TEST(Room, ForgetsHeldChangesetsOfAnEpochThatTheStoreDenies) {
    Room room = room_at(4);
    EXPECT_TRUE(room.on_changeset(changeset(0, 1, epoch_b), start).updates.empty());
    EXPECT_TRUE(room.on_store_changes(changeset(4, 4)).updates.empty());
    EXPECT_FALSE(room.needs_heal(start + milliseconds(1'000)));
}

TEST(Room, CompletesACatchUpWithWhatWasAppliedMeanwhile) {
    Room room = room_at(4);
    for (Seq seq = 4; seq < 8; ++seq) {
        EXPECT_EQ(room.on_changeset(changeset(seq, seq + 1), start).updates.size(), 1u);
    }
    const Room::ChangesetPtr whole = room.complete(changeset(1, 6));
    EXPECT_EQ(whole->prev, 1);
    EXPECT_EQ(whole->seq, 8);
}

TEST(Room, LeavesACatchUpAloneThatTheLastChangesetsDoNotTouch) {
    Room room = room_at(4);
    EXPECT_EQ(room.on_changeset(changeset(4, 5), start).updates.size(), 1u);
    EXPECT_EQ(room.complete(changeset(1, 3))->seq, 3);
}

}  // namespace
}  // namespace parley
