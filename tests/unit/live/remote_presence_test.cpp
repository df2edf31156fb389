#include "live/remote_presence.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::chrono::milliseconds;

constexpr MonotonicTime start{std::chrono::hours(1)};
const DiscussionId tram{"tram"};
const DiscussionId bridge{"bridge"};

TEST(RemotePresence, SumsTheLastNumberOfEachInstance) {
    RemotePresence presence;
    EXPECT_TRUE(presence.on_told("one", tram, 3, start));
    EXPECT_TRUE(presence.on_told("two", tram, 4, start));
    EXPECT_TRUE(presence.on_told("one", bridge, 10, start));
    EXPECT_EQ(presence.readers(tram), 7U);
    EXPECT_EQ(presence.readers(bridge), 10U);
    EXPECT_EQ(presence.readers({"nowhere"}), 0U);
    EXPECT_TRUE(presence.on_told("one", tram, 1, start));
    EXPECT_EQ(presence.readers(tram), 5U);
    EXPECT_FALSE(presence.on_told("one", tram, 1, start)) << "nothing is new";
    EXPECT_TRUE(presence.on_told("two", tram, 0, start));
    EXPECT_EQ(presence.readers(tram), 1U);
    EXPECT_EQ(presence.size(), 2U);
    EXPECT_FALSE(presence.on_told("three", tram, 0, start));
}

TEST(RemotePresence, ForgetsWhatWasNotToldAgain) {
    RemotePresence presence;
    EXPECT_FALSE(presence.next_due());
    presence.on_told("one", tram, 3, start);
    presence.on_told("two", tram, 4, start + milliseconds(1));
    presence.on_told("one", tram, 3, start + milliseconds(20'000));
    EXPECT_EQ(presence.next_due(), start + milliseconds(1) + presence_forget_ms);
    EXPECT_TRUE(presence.forget(start + presence_forget_ms).empty());
    EXPECT_EQ(presence.forget(start + milliseconds(1) + presence_forget_ms),
              (std::vector<DiscussionId>{tram}));
    EXPECT_EQ(presence.readers(tram), 3U);
    EXPECT_EQ(presence.forget(start + milliseconds(20'000) + presence_forget_ms),
              (std::vector<DiscussionId>{tram}));
    EXPECT_EQ(presence.size(), 0U);
    EXPECT_FALSE(presence.next_due());
}

TEST(RemotePresence, HearsNoMoreInstancesThanItsBound) {
    RemotePresence presence;
    for (std::size_t i = 0; i < presence_instances_count_max; ++i) {
        EXPECT_TRUE(presence.on_told(std::to_string(i), tram, 1, start));
    }
    EXPECT_FALSE(presence.on_told("one more", tram, 1, start));
    EXPECT_TRUE(presence.on_told("7", bridge, 1, start)) << "a known one";
    EXPECT_TRUE(presence.on_told("0", tram, 0, start));
    EXPECT_TRUE(presence.on_told("one more", tram, 5, start)) << "there is room again";
}

TEST(RemotePresence, HoldsNoMoreNumbersThanItsBound) {
    RemotePresence presence;
    for (std::size_t i = 0; i < presence_entries_count_max; ++i) {
        presence.on_told("one", {std::to_string(i)}, 1, start);
    }
    EXPECT_EQ(presence.size(), presence_entries_count_max);
    EXPECT_FALSE(presence.on_told("one", tram, 1, start));
    EXPECT_TRUE(presence.on_told("one", {"7"}, 2, start)) << "what is known is heard";
    EXPECT_EQ(presence.size(), presence_entries_count_max);
}

TEST(RemotePresence, ASumDoesNotOverflow) {
    RemotePresence presence;
    presence.on_told("one", tram, 4'000'000'000, start);
    presence.on_told("two", tram, 4'000'000'000, start);
    EXPECT_EQ(presence.readers(tram), 4'294'967'295U);
}

}  // namespace
}  // namespace parley
