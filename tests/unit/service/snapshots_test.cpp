#include "service/snapshots.hpp"

#include "base/limits.hpp"

#include <gtest/gtest.h>

#include <map>

namespace parley {
namespace {

using std::chrono::milliseconds;
using Shared = std::shared_ptr<const Snapshot>;

const Epoch epoch{"a"};
const DiscussionId tram{"tram"};
const DiscussionId bus{"bus"};

Position at(Seq seq) { return {epoch, seq}; }

Shared snapshot_at(const Position& position, std::size_t bytes = 10) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->position = position;
    snapshot->identity = std::string(bytes, 'x');
    return snapshot;
}

// The pure core under a clock of the test's own; who asked is a number.
class SnapshotsTest : public ::testing::Test {
protected:
    // How a question went.
    struct Asked {
        int who = 0;
        std::optional<SnapshotAnswer> hit;
        std::optional<Snapshots::Read> read;
        [[nodiscard]] bool waits() const { return !hit && !read; }
    };

    Asked ask(SnapshotAsk what) {
        const int who = ++last_asker_;
        auto reply = [this, who](result<SnapshotAnswer> answer) {
            answers_.emplace(who, std::move(answer));
        };
        auto asked = snapshots.ask(what, reply, now);
        return {who, std::move(asked.hit), std::move(asked.read)};
    }
    Asked ask(const DiscussionId& discussion = tram) { return ask(whole(discussion)); }
    Asked ask_at_least(Seq seq) { return ask({tram, "tram", epoch, seq}); }
    static SnapshotAsk whole(const DiscussionId& discussion) {
        return {discussion, discussion.value, std::nullopt, 0};
    }

    // The flight comes back; gives what is to be read next.
    std::optional<Snapshots::Read> land(const Snapshots::Read& read, result<Shared> brought,
                                        milliseconds took = milliseconds{1}) {
        auto landed = snapshots.land(read.flight, {std::move(brought), now - took, took}, now);
        for (auto& [reply, answer] : landed.answers) reply(std::move(answer));
        return std::move(landed.next);
    }
    Shared keep(const Position& position, const DiscussionId& discussion = tram,
                std::size_t bytes = 10) {
        auto asked = ask(discussion);
        EXPECT_TRUE(asked.read);
        auto snapshot = snapshot_at(position, bytes);
        land(*asked.read, snapshot);
        return snapshot;
    }

    [[nodiscard]] bool is_answered(const Asked& asked) const {
        return answers_.contains(asked.who);
    }
    [[nodiscard]] Shared given_to(const Asked& asked) const {
        if (asked.hit) return asked.hit->snapshot;
        const auto& answer = answers_.at(asked.who);
        return answer.has_value() ? answer->snapshot : nullptr;
    }
    [[nodiscard]] bool is_stale(const Asked& asked) const {
        if (asked.hit) return asked.hit->stale_for.has_value();
        return answers_.at(asked.who).value().stale_for.has_value();
    }
    [[nodiscard]] std::optional<Errc> error_of(const Asked& asked) const {
        const auto& answer = answers_.at(asked.who);
        if (answer.has_value()) return std::nullopt;
        return answer.error().code;
    }

    Snapshots snapshots{{100'000, snapshot_stale_max_ms, snapshot_outage_max_ms}};
    MonotonicTime now{std::chrono::hours{1}};

private:
    int last_asker_ = 0;
    std::map<int, result<SnapshotAnswer>> answers_;
};

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
}  // namespace parley
