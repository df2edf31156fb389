#include "live/outbox.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

Frame frame_of(std::size_t bytes) { return std::make_shared<const std::string>(bytes, 'x'); }

TEST(Outbox, TakesFramesInOrderAndCountsTheirBytes) {
    Outbox outbox(100);
    EXPECT_EQ(outbox.push({frame_of(40), std::nullopt}), Outbox::Push::queued);
    EXPECT_EQ(outbox.push({frame_of(60), Outbox::Mark{0, 7}}), Outbox::Push::queued);
    EXPECT_EQ(outbox.bytes(), 100u);
    EXPECT_EQ(outbox.pop()->frame->size(), 40u);
    EXPECT_EQ(outbox.pop()->mark->seq, 7);
    EXPECT_EQ(outbox.bytes(), 0u);
    EXPECT_FALSE(outbox.pop().has_value());
}

TEST(Outbox, RefusesWhatWouldNotFitAndKeepsWhatItHas) {
    Outbox outbox(100);
    ASSERT_EQ(outbox.push({frame_of(80), std::nullopt}), Outbox::Push::queued);
    EXPECT_EQ(outbox.push({frame_of(21), std::nullopt}), Outbox::Push::overflow);
    EXPECT_EQ(outbox.bytes(), 80u);
}

TEST(Outbox, TakesOneFrameOfAnySizeWhenEmpty) {
    Outbox outbox(100);
    EXPECT_EQ(outbox.push({frame_of(1'000), std::nullopt}), Outbox::Push::queued);
}

TEST(Outbox, DropsUpdatesAndKeepsOtherFrames) {
    Outbox outbox(1'000);
    ASSERT_EQ(outbox.push({frame_of(1), Outbox::Mark{0, 1}}), Outbox::Push::queued);
    ASSERT_EQ(outbox.push({frame_of(2), std::nullopt}), Outbox::Push::queued);
    ASSERT_EQ(outbox.push({frame_of(4), Outbox::Mark{1, 1}}), Outbox::Push::queued);
    outbox.drop_slot(1);
    EXPECT_EQ(outbox.bytes(), 3u);
    outbox.drop_updates();
    EXPECT_EQ(outbox.bytes(), 2u);
    EXPECT_EQ(outbox.pop()->frame->size(), 2u);
    EXPECT_TRUE(outbox.empty());
}

}  // namespace
}  // namespace parley
