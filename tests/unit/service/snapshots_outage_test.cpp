#include "unit/service/snapshots_fixture.hpp"

namespace parley::test {
namespace {

// --- who needs more -----------------------------------------------------------------------------

TEST_F(SnapshotsTest, MinSeqIsAnsweredAtThatSeqOrLater) {
    const auto snapshot = keep(at(7));
    EXPECT_EQ(ask_at_least(7).hit->snapshot, snapshot);
    const auto more = ask_at_least(8);
    ASSERT_TRUE(more.read) << "past the one that is kept";
    const auto newer = snapshot_at(at(9));
    land(*more.read, newer);
    EXPECT_EQ(given_to(more), newer);
}

TEST_F(SnapshotsTest, MinSeqThatIsNotThereYetIsTriedOnceAndRefused) {
    const auto first = ask();
    const auto more = ask_at_least(8);
    EXPECT_TRUE(more.waits());
    const auto snapshot = snapshot_at(at(7));
    const auto next = land(*first.read, snapshot);
    EXPECT_EQ(given_to(first), snapshot);
    ASSERT_TRUE(next) << "that read began before it asked";
    EXPECT_EQ(next->known, snapshot);
    EXPECT_FALSE(land(*next, snapshot));
    EXPECT_EQ(error_of(more), Errc::unavailable);
}

TEST_F(SnapshotsTest, AnotherEpochIsRefusedOnlyOnTheWordOfTheStore) {
    const auto snapshot = keep(at(7));
    const auto other = ask({tram, "tram", Epoch{"b"}, 3});
    ASSERT_TRUE(other.read) << "what is kept may be what is out of date";
    land(*other.read, snapshot);
    EXPECT_EQ(error_of(other), Errc::precondition_too_far);
    const auto same = ask({tram, "tram", Epoch{"b"}, 3});
    land(*same.read, snapshot_at({Epoch{"b"}, 4}));
    EXPECT_EQ(given_to(same)->position.seq, 4);
}

TEST_F(SnapshotsTest, WhoNeedsMoreThanADroppedReadBringsJoinsTheNext) {
    const auto first = ask();
    const auto more = ask_at_least(8);
    snapshots.drop(tram, at(8));
    const auto after = ask();
    EXPECT_FALSE(land(*first.read, snapshot_at(at(7)))) << "one is under way already";
    const auto clean = snapshot_at(at(8));
    land(*after.read, clean);
    EXPECT_EQ(given_to(more), clean);
}

// --- outages ------------------------------------------------------------------------------------

TEST_F(SnapshotsTest, AFailedReadWithoutAnOldOneIsAnError) {
    const auto asked = ask();
    const auto joined = ask();
    land(*asked.read, make_error(Errc::unavailable));
    EXPECT_EQ(error_of(asked), Errc::unavailable);
    EXPECT_EQ(error_of(joined), Errc::unavailable);
    EXPECT_TRUE(ask().read) << "nothing of it is remembered";
    EXPECT_EQ(snapshots.stats().bytes, 0U);
}

TEST_F(SnapshotsTest, AFailedReadGivesTheOldOneMarkedAsStale) {
    const auto snapshot = keep(at(7));
    now += milliseconds{60'000};
    const auto asked = ask();
    land(*asked.read, make_error(Errc::unavailable));
    EXPECT_EQ(given_to(asked), snapshot);
    EXPECT_TRUE(is_stale(asked));

    const auto soon = ask();
    EXPECT_EQ(soon.hit->snapshot, snapshot) << "the store is not asked by each of them";
    EXPECT_EQ(soon.hit->stale_for, milliseconds{60'001});
    now += snapshot_stale_max_ms;
    const auto later = ask();
    ASSERT_TRUE(later.read) << "but now and then";
    land(*later.read, snapshot);
    EXPECT_FALSE(is_stale(later));
    EXPECT_FALSE(is_stale(ask()));
}

TEST_F(SnapshotsTest, AnOutageEndsWhatIsGivenAfterItsTime) {
    keep(at(7));
    now += snapshot_outage_max_ms;
    const auto asked = ask();
    land(*asked.read, make_error(Errc::unavailable));
    EXPECT_EQ(error_of(asked), Errc::unavailable) << "read 1 ms before it was kept";
    EXPECT_TRUE(ask().read);
}

TEST_F(SnapshotsTest, AReadThatHangsCountsAsAnOutage) {
    const auto snapshot = keep(at(7));
    now += milliseconds{600};
    const auto first = ask();
    now += snapshot_slow_read_ms;
    EXPECT_TRUE(ask().waits());
    now += milliseconds{1};
    const auto late = ask();
    EXPECT_EQ(late.hit->snapshot, snapshot);
    EXPECT_TRUE(is_stale(late));
    EXPECT_FALSE(is_answered(first));
}

TEST_F(SnapshotsTest, AnOutageGivesNobodyLessThanTheyHaveSeen) {
    keep(at(7));
    now += milliseconds{600};
    const auto any = ask();
    const auto more = ask_at_least(8);
    land(*any.read, make_error(Errc::busy));
    EXPECT_TRUE(is_stale(any));
    EXPECT_EQ(error_of(more), Errc::busy);
}

TEST_F(SnapshotsTest, WhatIsNotThereAnyMoreIsForgotten) {
    keep(at(7));
    now += milliseconds{600};
    const auto asked = ask();
    land(*asked.read, make_error(Errc::unknown_discussion));
    EXPECT_EQ(error_of(asked), Errc::unknown_discussion);
    EXPECT_EQ(snapshots.stats().entries, 0U);
    EXPECT_EQ(ask().read->known, nullptr);
}

TEST_F(SnapshotsTest, APolicyWithoutOutagesGivesNothingStale) {
    Snapshots strict({100'000, snapshot_stale_max_ms, milliseconds{0}});
    auto first = strict.ask(
        whole(tram), [](auto) {}, now);
    auto kept = strict.land(first.read->flight, {snapshot_at(at(7)), now, {}}, now);
    EXPECT_TRUE(kept.answers.front().answer.has_value());
    now += milliseconds{600};
    auto second = strict.ask(
        whole(tram), [](auto) {}, now);
    auto failed = strict.land(second.read->flight, {make_error(Errc::unavailable), now, {}}, now);
    EXPECT_TRUE(failed.answers.front().answer.has_error());
    EXPECT_FALSE(strict.find(whole(tram), now));
}

// --- memory -------------------------------------------------------------------------------------

TEST_F(SnapshotsTest, StaysWithinItsBytesAndDropsTheLongestUnused) {
    const DiscussionId one{"one"};
    const DiscussionId two{"two"};
    const DiscussionId three{"three"};
    keep(at(1), one, 40'000);
    keep(at(1), two, 40'000);
    EXPECT_TRUE(ask(one).hit);
    keep(at(1), three, 40'000);
    EXPECT_LE(snapshots.stats().bytes, 100'000U);
    EXPECT_EQ(snapshots.stats().entries, 2U);
    EXPECT_TRUE(ask(one).hit);
    EXPECT_TRUE(ask(three).hit);
    EXPECT_TRUE(ask(two).read);
}

TEST_F(SnapshotsTest, OneThatCannotFitIsGivenAndNotKept) {
    keep(at(1), bus, 40'000);
    const auto asked = ask();
    const auto huge = snapshot_at(at(1), 200'000);
    land(*asked.read, huge);
    EXPECT_EQ(given_to(asked), huge);
    EXPECT_TRUE(ask(bus).hit) << "it drove nothing out";
    EXPECT_TRUE(ask().read);
}

TEST_F(SnapshotsTest, SmallOnesCountWithWhatTheyCostBesides) {
    for (int i = 0; i < 1'000; ++i) keep(at(1), DiscussionId{"d" + std::to_string(i)}, 1);
    EXPECT_LE(snapshots.stats().bytes, 100'000U);
    EXPECT_LT(snapshots.stats().entries, 200U);
}

TEST_F(SnapshotsTest, OneThatIsDroppedWhileItIsCheckedComesBack) {
    const auto snapshot = keep(at(1), tram, 60'000);
    now += milliseconds{600};
    const auto check = ask();
    keep(at(1), bus, 60'000);  // drives it out
    EXPECT_LE(snapshots.stats().bytes, 100'000U);
    land(*check.read, snapshot);
    EXPECT_EQ(ask().hit->snapshot, snapshot);
    EXPECT_LE(snapshots.stats().bytes, 100'000U);
}

TEST_F(SnapshotsTest, WhatNobodyCouldBeGivenGoes) {
    keep(at(1));
    now += snapshot_outage_max_ms + milliseconds{1};
    keep(at(1), bus);
    EXPECT_EQ(snapshots.stats().entries, 1U);
}

TEST_F(SnapshotsTest, EndsWithNothingWhenAllIsDropped) {
    keep(at(1));
    keep(at(1), bus);
    const auto pending = ask({tram, "tram newest", std::nullopt, 0});
    snapshots.drop(tram, at(2));
    snapshots.drop(bus, at(2));
    land(*pending.read, snapshot_at(at(1)));
    EXPECT_EQ(snapshots.stats().entries, 0U);
    EXPECT_EQ(snapshots.stats().bytes, 0U);
}

}  // namespace
}  // namespace parley::test
