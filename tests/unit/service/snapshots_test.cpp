#include "unit/service/snapshots_fixture.hpp"

namespace parley::test {
namespace {

// --- one read for all ---------------------------------------------------------------------------

TEST_F(SnapshotsTest, AThousandWhoAskCostOneRead) {
    const auto first = ask();
    ASSERT_TRUE(first.read);
    EXPECT_EQ(first.read->known, nullptr);
    std::vector<Asked> others;
    for (int i = 1; i < 1'000; ++i) others.push_back(ask());
    const auto snapshot = snapshot_at(at(7));
    EXPECT_FALSE(land(*first.read, snapshot));
    EXPECT_EQ(given_to(first), snapshot);
    for (const Asked& other : others) {
        EXPECT_TRUE(other.waits());
        EXPECT_EQ(given_to(other), snapshot);
    }
    EXPECT_EQ(ask().hit->snapshot, snapshot);
    EXPECT_EQ(snapshots.stats().reads, 1U);
    EXPECT_EQ(snapshots.stats().joins, 999U);
}

TEST_F(SnapshotsTest, OtherNamesAreOtherSnapshots) {
    const auto snapshot = keep(at(7));
    EXPECT_TRUE(ask(bus).read);
    EXPECT_TRUE(ask({tram, "tram newest", std::nullopt, 0}).read);
    EXPECT_EQ(ask().hit->snapshot, snapshot);
}

TEST_F(SnapshotsTest, OnlyAHitIsFound) {
    EXPECT_FALSE(snapshots.find(whole(tram), now));
    const auto snapshot = keep(at(7));
    EXPECT_EQ(snapshots.find(whole(tram), now)->snapshot, snapshot);
    now += snapshot_stale_max_ms + milliseconds{1};
    EXPECT_FALSE(snapshots.find(whole(tram), now));
    EXPECT_EQ(snapshots.stats().reads, 1U);
}

// --- how long it is good ------------------------------------------------------------------------

TEST_F(SnapshotsTest, IsCheckedAfterItsTimeAndReadOnlyWhereThePositionIsAnother) {
    const auto snapshot = keep(at(7));
    now += snapshot_stale_max_ms - milliseconds{1};  // it was read 1 ms before it was kept
    EXPECT_TRUE(ask().hit);
    now += milliseconds{1};
    const auto late = ask();
    ASSERT_TRUE(late.read);
    EXPECT_EQ(late.read->known, snapshot);
    land(*late.read, snapshot);
    EXPECT_EQ(given_to(late), snapshot);
    EXPECT_FALSE(is_stale(late));
    now += milliseconds{400};
    EXPECT_EQ(ask().hit->snapshot, snapshot) << "it was checked 400 ms ago";
}

TEST_F(SnapshotsTest, WhatTheSweepFindsUnchangedNeedsNoCheck) {
    const auto snapshot = keep(at(7));
    for (int i = 0; i < 10; ++i) {
        now += milliseconds{400};
        snapshots.on_position(tram, at(7), now);
        EXPECT_EQ(ask().hit->snapshot, snapshot);
    }
    now += milliseconds{501};
    snapshots.on_position(tram, at(7), now - milliseconds{501});
    EXPECT_TRUE(ask().read) << "what counts is when the store was asked";
}

TEST_F(SnapshotsTest, OneThatIsBehindIsReadAnewAtOnce) {
    keep(at(7));
    snapshots.on_change(tram, at(8));
    const auto asked = ask();
    ASSERT_TRUE(asked.read);
    const auto newer = snapshot_at(at(8));
    land(*asked.read, newer);
    EXPECT_EQ(ask().hit->snapshot, newer);
    snapshots.on_change(tram, at(8));
    snapshots.on_change(tram, at(5));
    EXPECT_TRUE(ask().hit) << "neither is news";
    snapshots.on_position(tram, at(9), now);
    EXPECT_TRUE(ask().read) << "the sweep knows better";
}

TEST_F(SnapshotsTest, AStormOfChangesTakesAShareOfOneThread) {
    keep(at(1));
    const milliseconds took{40};
    const milliseconds seconds_10{10'000};
    const auto end = now + seconds_10;
    milliseconds spent{0};
    for (Seq seq = 2; now < end; ++seq) {
        snapshots.on_change(tram, at(seq));
        const auto asked = ask();
        if (asked.read) {
            now += took;
            spent += took;
            land(*asked.read, snapshot_at(at(seq)), took);
        }
        now += milliseconds{1};
    }
    // The share, what may be spent at once, one read over it, and one in each stale_max.
    const milliseconds share = seconds_10 * snapshot_early_share_percent / 100;
    const milliseconds regular = took * (seconds_10 / snapshot_stale_max_ms);
    EXPECT_LE(spent, share + snapshot_early_budget_ms + took + regular);
    EXPECT_GE(spent, share / 2);
    EXPECT_FALSE(is_stale(ask()));
}

TEST_F(SnapshotsTest, WhoAsksAfterAChangeWaitsForAReadThatBeganAfterIt) {
    keep(at(7));
    snapshots.on_change(tram, at(8));
    const auto before = ask();
    ASSERT_TRUE(before.read);
    snapshots.on_change(tram, at(9));
    const auto after = ask();
    EXPECT_TRUE(after.waits());
    const auto at_eight = snapshot_at(at(8));
    const auto next = land(*before.read, at_eight);
    EXPECT_EQ(given_to(before), at_eight);
    ASSERT_TRUE(next);
    EXPECT_FALSE(is_answered(after));
    const auto at_nine = snapshot_at(at(9));
    EXPECT_FALSE(land(*next, at_nine));
    EXPECT_EQ(given_to(after), at_nine);
}

// --- what is taken away -------------------------------------------------------------------------

TEST_F(SnapshotsTest, ARemovalDropsWhatWasReadBefore) {
    keep(at(7));
    keep(at(3), bus);
    snapshots.drop(tram, at(8));
    const auto asked = ask();
    ASSERT_TRUE(asked.read);
    EXPECT_EQ(asked.read->known, nullptr);
    EXPECT_TRUE(ask(bus).hit) << "another discussion's stay";
}

TEST_F(SnapshotsTest, ARemovalHeardOfLateDropsNothingThatWasReadAfterIt) {
    const auto snapshot = keep(at(8));
    snapshots.drop(tram, at(8));
    EXPECT_EQ(ask().hit->snapshot, snapshot);
}

TEST_F(SnapshotsTest, AReadThatBeganBeforeARemovalIsNeitherKeptNorGivenToWhoAskedAfter) {
    const auto before = ask();
    const auto joined = ask();
    snapshots.drop(tram, at(8));
    const auto after = ask();
    ASSERT_TRUE(after.read) << "it does not join that one";
    const auto old = snapshot_at(at(7));
    EXPECT_FALSE(land(*before.read, old));
    EXPECT_EQ(given_to(before), old);
    EXPECT_EQ(given_to(joined), old);
    EXPECT_FALSE(is_answered(after));
    EXPECT_TRUE(ask().waits()) << "for the second one";
    const auto clean = snapshot_at(at(8));
    land(*after.read, clean);
    EXPECT_EQ(given_to(after), clean);
    EXPECT_EQ(ask().hit->snapshot, clean);
}

TEST_F(SnapshotsTest, TheReadsMayLandInEitherOrder) {
    const auto before = ask();
    snapshots.drop(tram, at(8));
    const auto after = ask();
    const auto clean = snapshot_at(at(8));
    land(*after.read, clean);
    const auto old = snapshot_at(at(7));
    land(*before.read, old);
    EXPECT_EQ(given_to(before), old);
    EXPECT_EQ(ask().hit->snapshot, clean);
}

TEST_F(SnapshotsTest, ACheckThatBeganBeforeARemovalBringsNothingBack) {
    const auto snapshot = keep(at(7));
    now += milliseconds{600};
    const auto check = ask();
    snapshots.drop(tram, at(8));
    land(*check.read, snapshot);
    EXPECT_EQ(given_to(check), snapshot) << "it asked before";
    const auto asked = ask();
    ASSERT_TRUE(asked.read);
    EXPECT_EQ(asked.read->known, nullptr);
}

TEST_F(SnapshotsTest, AfterARemovalAnOutageFindsNothing) {
    keep(at(7));
    snapshots.drop(tram, at(8));
    const auto asked = ask();
    land(*asked.read, make_error(Errc::unavailable));
    EXPECT_EQ(error_of(asked), Errc::unavailable);
}

TEST_F(SnapshotsTest, AnotherEpochDropsWhatIsOfTheOldOne) {
    keep(at(7));
    snapshots.on_position(tram, {Epoch{"b"}, 7}, now);
    EXPECT_TRUE(ask().read);

    keep(at(3), bus);
    auto other = ask({bus, "bus newest", std::nullopt, 0});
    land(*other.read, snapshot_at({Epoch{"b"}, 1}));
    EXPECT_TRUE(ask(bus).read) << "the read of another window taught it";
    EXPECT_TRUE(ask({bus, "bus newest", std::nullopt, 0}).hit);
}

}  // namespace
}  // namespace parley::test
