#include "net/changeset_inbox.hpp"

#include "base/limits.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::milliseconds;

std::shared_ptr<const Changeset> changeset_of(const char* discussion, Seq seq,
                                              bool takes_text_away = false,
                                              std::size_t body_bytes = 0) {
    auto changeset = std::make_shared<Changeset>();
    changeset->discussion = {discussion};
    changeset->prev = seq - 1;
    changeset->seq = seq;
    changeset->takes_text_away = takes_text_away;
    if (body_bytes > 0) {
        auto content = std::make_shared<CommentContent>();
        content->body = std::string(body_bytes, 'x');
        changeset->comments.push_back({std::move(content), {}});
    }
    return changeset;
}

class ChangesetInboxTest : public ::testing::Test {
protected:
    MonotonicTime now = MonotonicTime{} + std::chrono::hours(1);
    ChangesetInbox inbox;
};

TEST_F(ChangesetInboxTest, WakesOnceForAllThatLiesThere) {
    EXPECT_TRUE(inbox.put(changeset_of("tram", 1), now));
    EXPECT_FALSE(inbox.put(changeset_of("tram", 2), now));
    EXPECT_FALSE(inbox.put(changeset_of("bus", 1), now));
    const auto taken = inbox.take();
    ASSERT_EQ(taken.size(), 3U);
    EXPECT_EQ(taken[0].changeset->seq, 1);
    EXPECT_EQ(taken[1].changeset->seq, 2);
    EXPECT_EQ(taken[2].changeset->discussion.value, "bus");
    EXPECT_TRUE(inbox.take().empty());
    EXPECT_TRUE(inbox.put(changeset_of("tram", 3), now));
}

TEST_F(ChangesetInboxTest, WhatComesForARoomThatGathersWaitsForIt) {
    inbox.promise({"tram"}, now + milliseconds(50));
    EXPECT_FALSE(inbox.put(changeset_of("tram", 1), now + milliseconds(10)));
    EXPECT_EQ(inbox.first_promise(now + milliseconds(10)), now + milliseconds(50));
    EXPECT_TRUE(inbox.put(changeset_of("bus", 1), now + milliseconds(20))) << "another room";
    EXPECT_EQ(inbox.take().size(), 2U);
    EXPECT_TRUE(inbox.put(changeset_of("tram", 2), now + milliseconds(50))) << "its time has come";
}

TEST_F(ChangesetInboxTest, KeptPromisesAreForgotten) {
    inbox.promise({"tram"}, now + milliseconds(50));
    inbox.promise({"bus"}, now + milliseconds(20));
    EXPECT_EQ(inbox.first_promise(now), now + milliseconds(20));
    EXPECT_EQ(inbox.first_promise(now + milliseconds(20)), now + milliseconds(50));
    EXPECT_EQ(inbox.first_promise(now + milliseconds(50)), std::nullopt);
}

// The writer read the clock before the deadline and got the lock after the owner had looked.
TEST_F(ChangesetInboxTest, WhatCameTooLateForAPromiseIsNotLeftLying) {
    inbox.promise({"tram"}, now + milliseconds(50));
    EXPECT_TRUE(inbox.take().empty());
    EXPECT_FALSE(inbox.put(changeset_of("tram", 1), now + milliseconds(49)));
    EXPECT_EQ(inbox.first_promise(now + milliseconds(50)), now + milliseconds(50)) << "look again";
    EXPECT_EQ(inbox.take().size(), 1U);
    EXPECT_EQ(inbox.first_promise(now + milliseconds(50)), std::nullopt);
}

TEST_F(ChangesetInboxTest, WhatTakesTextAwayWaitsForNobody) {
    inbox.promise({"tram"}, now + milliseconds(50));
    EXPECT_FALSE(inbox.put(changeset_of("tram", 1), now));
    EXPECT_TRUE(inbox.put(changeset_of("tram", 2, true), now));
}

TEST_F(ChangesetInboxTest, NeitherManyNorLargeOnesPileUp) {
    inbox.promise({"tram"}, now + milliseconds(50));
    Seq seq = 0;
    while (!inbox.put(changeset_of("tram", ++seq), now)) {
        ASSERT_LE(static_cast<std::size_t>(seq), inbox_unread_changesets_max);
    }
    EXPECT_EQ(inbox.take().size(), inbox_unread_changesets_max + 1);
    EXPECT_TRUE(inbox.put(changeset_of("tram", ++seq, false, inbox_unread_bytes_max), now));
}

TEST_F(ChangesetInboxTest, ForVeryManyBusyRoomsTheLoopIsWoken) {
    for (int i = 0; i < 1'000; ++i) inbox.promise({std::to_string(i)}, now + milliseconds(50));
    EXPECT_FALSE(inbox.put(changeset_of("0", 1), now));
    EXPECT_TRUE(inbox.put(changeset_of("999", 1), now));
}

}  // namespace
}  // namespace parley
