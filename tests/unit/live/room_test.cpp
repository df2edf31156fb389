#include "live/room.hpp"

#include "unit/live/live_store.hpp"

#include <gtest/gtest.h>

namespace parley::test {
namespace {

const Epoch epoch_a{"a"};
const Epoch epoch_b{"b"};

Room::ChangesetPtr changeset(Seq prev, Seq seq, const Epoch& epoch = epoch_a) {
    Changeset out;
    out.discussion = tram;
    out.epoch = epoch;
    out.prev = prev;
    out.seq = seq;
    return std::make_shared<const Changeset>(out);
}

Room room_at(Seq seq) {
    Room room(tram);
    EXPECT_TRUE(room.on_position({epoch_a, seq}).updates.empty());
    return room;
}

TEST(Room, HoldsEverythingUntilItsFirstRead) {
    Room room(tram);
    EXPECT_TRUE(room.on_changeset(changeset(5, 6), start).updates.empty());
    EXPECT_TRUE(room.on_changeset(changeset(4, 5), start).updates.empty());
    EXPECT_FALSE(room.heal_at()) << "there is nothing to heal from";
    const Room::Step step = room.on_position({epoch_a, 4});
    ASSERT_EQ(step.updates.size(), 2U);
    EXPECT_EQ(step.updates[0]->seq, 5);
    EXPECT_EQ(room.position()->seq, 6);
    EXPECT_FALSE(room.heal_at());
}

TEST(Room, AppliesWhatFollowsAndIgnoresWhatItKnows) {
    Room room = room_at(4);
    EXPECT_EQ(room.on_changeset(changeset(4, 5), start).updates.size(), 1U);
    EXPECT_TRUE(room.on_changeset(changeset(4, 5), start).updates.empty());
    EXPECT_EQ(room.position()->seq, 5);
    EXPECT_FALSE(room.heal_at());
}

TEST(Room, HoldsWhatIsAheadAndAppliesItWhenTheGapCloses) {
    Room room = room_at(4);
    EXPECT_TRUE(room.on_changeset(changeset(5, 6), start).updates.empty());
    EXPECT_TRUE(room.on_changeset(changeset(7, 8), start + milliseconds(20)).updates.empty());
    EXPECT_EQ(room.heal_at(), start + room_held_ms) << "counts from the first that was held";
    EXPECT_EQ(room.known_seq(), 8);
    EXPECT_EQ(room.on_changeset(changeset(4, 5), start).updates.size(), 2U);
    EXPECT_EQ(room.position()->seq, 6);
    EXPECT_TRUE(room.heal_at()) << "one is missing still";
    EXPECT_EQ(room.on_changeset(changeset(6, 7), start).updates.size(), 2U);
    EXPECT_FALSE(room.heal_at());
}

TEST(Room, HealsAtOnceWhenItHoldsTooMany) {
    Room room = room_at(0);
    for (Seq seq = 2; seq < 2 + static_cast<Seq>(room_held_changesets_max); ++seq) {
        EXPECT_TRUE(room.on_changeset(changeset(seq, seq + 1), start).updates.empty());
    }
    EXPECT_EQ(room.heal_at(), MonotonicTime{});
    const Room::Step step = room.on_store_changes(changeset(0, 70));
    ASSERT_EQ(step.updates.size(), 1U);
    EXPECT_EQ(room.position()->seq, 70);
    EXPECT_FALSE(room.heal_at());
}

TEST(Room, HoldsABoundedNumberAndStillHealsToTheNewest) {
    Room room(tram);
    for (Seq seq = 1; seq < 1'000; ++seq) {
        EXPECT_TRUE(room.on_changeset(changeset(seq, seq + 1), start).updates.empty());
    }
    EXPECT_TRUE(room.on_position({epoch_a, 1}).updates.empty()) << "the oldest went";
    EXPECT_TRUE(room.heal_at());
    EXPECT_EQ(room.on_store_changes(changeset(1, 990)).updates.size(), 11U);
    EXPECT_EQ(room.position()->seq, 1'000);
}

TEST(Room, HealsWhenTheSweepFindsANewerPositionThoughNothingElseArrives) {
    Room room = room_at(4);
    EXPECT_TRUE(room.on_position({epoch_a, 9}).updates.empty());
    EXPECT_EQ(room.heal_at(), MonotonicTime{});
    EXPECT_EQ(room.known_seq(), 9);
    EXPECT_EQ(room.position()->seq, 4);
}

TEST(Room, IgnoresASweepThatWasReadBeforeTheLastCommit) {
    Room room = room_at(4);
    EXPECT_FALSE(room.on_position({epoch_a, 3}).reset);
    EXPECT_EQ(room.position()->seq, 4);
    EXPECT_FALSE(room.heal_at());
}

TEST(Room, LearnsANewEpochFromTheStoreAlone) {
    Room room = room_at(4);
    EXPECT_FALSE(room.on_changeset(changeset(0, 1, epoch_b), start).reset);
    EXPECT_EQ(room.position()->epoch, epoch_a);
    EXPECT_EQ(room.known_seq(), 4) << "numbers of another history say nothing";
    EXPECT_EQ(room.heal_at(), start + room_held_ms);
    const Room::Step step = room.on_position({epoch_b, 0});
    EXPECT_TRUE(step.reset);
    ASSERT_EQ(step.updates.size(), 1U) << "what was held follows the new history";
    EXPECT_EQ(room.position()->seq, 1);
    EXPECT_FALSE(room.heal_at());
}

TEST(Room, ForgetsHeldChangesetsOfAnEpochThatTheStoreDenies) {
    Room room = room_at(4);
    EXPECT_TRUE(room.on_changeset(changeset(0, 1, epoch_b), start).updates.empty());
    EXPECT_TRUE(room.on_store_changes(changeset(4, 4)).updates.empty());
    EXPECT_FALSE(room.heal_at());
}

TEST(Room, ForgetsHeldChangesetsThatTheStoreDeniesTwice) {
    Room room = room_at(4);
    EXPECT_TRUE(room.on_changeset(changeset(7, 8), start).updates.empty());
    EXPECT_TRUE(room.on_store_changes(changeset(4, 4)).updates.empty());
    EXPECT_TRUE(room.heal_at()) << "that read may have begun before the commit";
    EXPECT_TRUE(room.on_store_changes(changeset(4, 4)).updates.empty());
    EXPECT_FALSE(room.heal_at());
    EXPECT_EQ(room.known_seq(), 4);
}

TEST(Room, KnowsWhatItHoldsFromItsFirstReadOn) {
    Room room(tram);
    EXPECT_TRUE(room.on_changeset(changeset(7, 8), start).updates.empty());
    EXPECT_TRUE(room.on_position({epoch_a, 4}).updates.empty());
    EXPECT_EQ(room.known_seq(), 8) << "so nobody is told that 4 is current";
}

TEST(Room, StartsOverWhereItIsToldTo) {
    Room room = room_at(4);
    EXPECT_EQ(room.on_changeset(changeset(4, 5), start).updates.size(), 1U);
    EXPECT_TRUE(room.on_changeset(changeset(6, 7), start).updates.empty());
    room.rebase({epoch_a, 900});
    EXPECT_EQ(room.position()->seq, 900);
    EXPECT_FALSE(room.heal_at());
    EXPECT_FALSE(room.recent_since(4)) << "what came before leads nowhere";
    EXPECT_EQ(room.on_changeset(changeset(900, 901), start).updates.size(), 1U);
    EXPECT_EQ(room.recent_since(900)->seq, 901);
}

TEST(Room, CompletesACatchUpWithWhatWasAppliedMeanwhile) {
    Room room = room_at(4);
    for (Seq seq = 4; seq < 8; ++seq) {
        EXPECT_EQ(room.on_changeset(changeset(seq, seq + 1), start).updates.size(), 1U);
    }
    const Changeset whole = room.complete(*changeset(1, 6));
    EXPECT_EQ(whole.prev, 1);
    EXPECT_EQ(whole.seq, 8);
    EXPECT_EQ(room.complete(*changeset(1, 3)).seq, 3) << "the next is not known";
}

TEST(Room, GivesFromMemoryExactlyWhatTheStoreWouldGive) {
    Room room = room_at(0);
    LiveStore store;
    for (int i = 0; i < 40; ++i) {
        const auto next = i % 3 == 0 ? store.post(i % 7) : store.vote(i % 5);
        EXPECT_EQ(room.on_changeset(next, start).updates.size(), 1U);
    }
    for (Seq since = 0; since < 40; ++since) {
        const auto recent = room.recent_since(since);
        ASSERT_TRUE(recent) << since;
        const Changeset read = store.since(since);
        EXPECT_EQ(recent->prev, since);
        EXPECT_EQ(recent->seq, 40);
        EXPECT_EQ(recent->scores, read.scores) << since;
        ASSERT_EQ(recent->comments.size(), read.comments.size()) << since;
        for (std::size_t i = 0; i < read.comments.size(); ++i) {
            EXPECT_EQ(*recent->comments[i].content, *read.comments[i].content);
            EXPECT_EQ(recent->comments[i].tally, read.comments[i].tally);
        }
    }
    EXPECT_FALSE(room.recent_since(40)) << "nothing follows";
}

TEST(Room, RemembersABoundedNumberOfChangesets) {
    Room room = room_at(0);
    LiveStore store;
    const Seq newest = 3 * static_cast<Seq>(room_recent_changesets_max);
    for (Seq i = 0; i < newest; ++i) (void)room.on_changeset(store.vote(1), start);
    const Seq oldest = newest - static_cast<Seq>(room_recent_changesets_max);
    EXPECT_TRUE(room.recent_since(oldest));
    EXPECT_FALSE(room.recent_since(oldest - 1));
}

TEST(Room, RemembersABoundedNumberOfBytes) {
    Room room = room_at(0);
    LiveStore store;
    for (int i = 1; i <= 40; ++i) (void)room.on_changeset(store.post(i, 16 * 1024), start);
    EXPECT_TRUE(room.recent_since(38));
    EXPECT_FALSE(room.recent_since(40 - 1 - static_cast<Seq>(room_recent_bytes_max / 16 / 1024)));
    (void)room.on_changeset(store.post_many(100, 100, 16 * 1024), start);
    EXPECT_FALSE(room.recent_since(40)) << "one that is larger than all is not kept";
    (void)room.on_changeset(store.vote(1), start);
    EXPECT_EQ(room.recent_since(41)->seq, 42);
    EXPECT_FALSE(room.recent_since(40));
}

}  // namespace
}  // namespace parley::test
