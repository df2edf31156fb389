#include "protocol/frames.hpp"

#include "unit/protocol/samples.hpp"

#include <gtest/gtest.h>

namespace parley {

namespace {

using std::chrono::milliseconds;

Changeset sample_changeset() {
    Changeset changeset;
    changeset.discussion = {"tram-line"};
    changeset.epoch = {"k3v9"};
    changeset.prev = 41;
    changeset.seq = 57;
    changeset.comment_count = 20;
    return changeset;
}

TEST(Frames, AreThoseOfTheContract) {
    const std::string topic = topic_of({"tram-line"});
    const Position position{{"k3v9"}, 57};
    const Tally score{CommentId{3}, 5, 19, -14, 1, 57};
    Changeset nothing = sample_changeset();
    Changeset scores = nothing;
    scores.scores = {score};
    Changeset all = scores;
    all.comments = {test::sample_tombstone(), test::sample_comment()};
    const DiscussionView discussion = test::sample_discussion();
    all.info = DiscussionInfo{discussion.title, discussion.url, DiscussionState::locked,
                              discussion.channels, 57};
    const std::vector<std::string> frames{
        encode_update(all),
        encode_update(scores),
        encode_update(nothing),
        encode_subscribed(topic, position),
        encode_reload(topic, position.epoch, ReloadReason::epoch),
        encode_reload(topic, position.epoch, ReloadReason::too_far),
        encode_reload(topic, position.epoch, ReloadReason::ahead),
        encode_current(topic, position, milliseconds(250), false),
        encode_presence(topic, 128),
        encode_live_error(make_error(Errc::unknown_discussion), "discussion:nowhere"),
        encode_live_error(make_error(Errc::malformed, "This is not valid JSON."), {}),
    };
    const std::vector<std::string> expected = test::read_vector_items("frames_from_server.json");
    ASSERT_EQ(frames.size(), expected.size());
    for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(frames[i], expected[i]) << i;
}

TEST(Frames, PresenceIsANumber) {
    EXPECT_EQ(encode_presence(topic_of({"tram-line"}), 128),
              R"({"type":"presence","topic":"discussion:tram-line","reading":128})");
}

TEST(Frames, AnEventStreamIsResumedFromAPosition) {
    EXPECT_EQ(event_id_of({"k3v9"}, 57), "k3v9:57");
    EXPECT_EQ(event_id_of({"k3v9"}, 0), "k3v9:0");
}

TEST(Frames, ErrorSaysWhenToTryAgain) {
    const std::string frame = encode_live_error(make_retry(Errc::busy, milliseconds(700)), "t");
    EXPECT_NE(frame.find(R"(,"retry_after_ms":700})"), std::string::npos) << frame;
}

TEST(Frames, TopicThatAClientMadeUpIsEscaped) {
    const std::string frame =
        encode_live_error(make_error(Errc::unknown_discussion), "a\"},{\"\n\xFF");
    EXPECT_NE(frame.find("\"topic\":\"a\\\"},{\\\"\\n\xEF\xBF\xBD\""), std::string::npos) << frame;
}

}  // namespace

}  // namespace parley
