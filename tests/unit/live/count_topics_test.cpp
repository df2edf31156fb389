#include "live/count_topics.hpp"

#include "base/limits.hpp"

#include <gtest/gtest.h>

#include <map>

namespace parley::test {
namespace {

class CountTopicsTest : public ::testing::Test {
protected:
    using Lines = std::vector<std::string>;

    static CommentCount count(const char* id, std::int64_t number, Seq seq) {
        return {DiscussionId{id}, Position{Epoch{"e"}, seq}, number};
    }
    void read(std::vector<CommentCount> found) {
        std::vector<DiscussionId> asked = topics.watched();
        topics.on_counts(asked, found);
    }
    // What this reader was told since the last call, without what never differs.
    Lines told(ConnectionId reader) { return std::exchange(lines[reader.index], {}); }

    FrameEncoder encoder;
    bool has_room = true;
    std::map<std::uint32_t, Lines> lines;
    CountTopics topics{encoder, [this](ConnectionId reader, const Frame& frame) {
                           if (!has_room) return false;
                           const std::string text(frame->payload());
                           Lines& mine = lines[reader.index];
                           if (text.find("\"subscribed\"") != std::string::npos) {
                               mine.emplace_back("subscribed");
                           } else if (text.find("\"error\"") != std::string::npos) {
                               mine.emplace_back("error");
                           } else {
                               mine.push_back(text.substr(text.find("\"comment_count\":") + 16));
                           }
                           return true;
                       }};
    const DiscussionId tram{"tram"};
    const DiscussionId hall{"hall"};
    const ConnectionId ann{1, 1};
    const ConnectionId bob{2, 1};
};

TEST_F(CountTopicsTest, EachReaderIsToldTheNumberAndThenOnlyWhatChanges) {
    ASSERT_TRUE(topics.subscribe(ann, tram));
    EXPECT_EQ(topics.take_unread(), std::vector{tram});
    EXPECT_FALSE(topics.has_unread());
    read({count("tram", 7, 10)});
    EXPECT_EQ(told(ann), (Lines{"subscribed", "7}"}));
    read({count("tram", 7, 11)});
    EXPECT_EQ(told(ann), Lines{}) << "a vote changes no number";
    ASSERT_TRUE(topics.subscribe(bob, tram));
    read({count("tram", 8, 12)});
    EXPECT_EQ(told(ann), Lines{"8}"});
    EXPECT_EQ(told(bob), (Lines{"subscribed", "8}"}));
}

TEST_F(CountTopicsTest, OneFrameServesAllReaders) {
    std::vector<Frame> frames;
    CountTopics shared(encoder, [&](ConnectionId, const Frame& frame) {
        frames.push_back(frame);
        return true;
    });
    for (const ConnectionId reader : {ann, bob}) ASSERT_TRUE(shared.subscribe(reader, tram));
    const std::vector found{count("tram", 7, 10)};
    shared.on_counts(std::vector{tram}, found);
    ASSERT_EQ(frames.size(), 4U);
    EXPECT_EQ(frames[0], frames[2]);
    EXPECT_EQ(frames[1], frames[3]);
}

TEST_F(CountTopicsTest, AnOlderReadChangesNothing) {
    ASSERT_TRUE(topics.subscribe(ann, tram));
    read({count("tram", 8, 12)});
    told(ann);
    read({count("tram", 7, 10)});
    EXPECT_EQ(told(ann), Lines{});
    CommentCount restored = count("tram", 3, 4);
    restored.position.epoch = Epoch{"f"};
    read({restored});
    EXPECT_EQ(told(ann), Lines{"3}"}) << "a new history begins where it begins";
}

TEST_F(CountTopicsTest, OneWithoutRoomIsToldWithALaterRead) {
    ASSERT_TRUE(topics.subscribe(ann, tram));
    has_room = false;
    read({count("tram", 7, 10)});
    EXPECT_EQ(told(ann), Lines{});
    has_room = true;
    read({count("tram", 7, 10)});
    EXPECT_EQ(told(ann), (Lines{"subscribed", "7}"}));
}

TEST_F(CountTopicsTest, WhatDoesNotExistIsSaidOnceAndWatchedNoMore) {
    ASSERT_TRUE(topics.subscribe(ann, tram));
    ASSERT_TRUE(topics.subscribe(ann, hall));
    read({count("hall", 1, 1)});
    EXPECT_EQ(told(ann), (Lines{"subscribed", "1}", "error"}));
    EXPECT_EQ(topics.watched(), std::vector{hall});
}

TEST_F(CountTopicsTest, WhoLeavesIsForgotten) {
    ASSERT_TRUE(topics.subscribe(ann, tram));
    ASSERT_TRUE(topics.subscribe(ann, hall));
    ASSERT_TRUE(topics.subscribe(bob, tram));
    topics.unsubscribe(ann, hall);
    EXPECT_EQ(topics.watched(), std::vector{tram});
    topics.disconnect(ann);
    read({count("tram", 7, 10)});
    EXPECT_EQ(told(ann), Lines{});
    // The index of a connection comes again, for somebody else.
    topics.disconnect(ConnectionId{bob.index, bob.generation + 1});
    EXPECT_EQ(topics.watched(), std::vector{tram});
    topics.disconnect(bob);
    EXPECT_TRUE(topics.watched().empty());
}

TEST_F(CountTopicsTest, AConnectionHasABoundAndSubscribingAgainAnswersAgain) {
    for (std::size_t i = 0; i < count_topics_per_connection_max; ++i) {
        ASSERT_TRUE(topics.subscribe(ann, DiscussionId{"d" + std::to_string(i)}));
    }
    EXPECT_FALSE(topics.subscribe(ann, tram));
    EXPECT_TRUE(topics.subscribe(ann, DiscussionId{"d0"}));
    EXPECT_TRUE(topics.subscribe(bob, tram));
    EXPECT_EQ(topics.watched().size(), count_topics_per_connection_max + 1);
    read({count("d0", 2, 1)});
    const Lines first = told(ann);
    ASSERT_GE(first.size(), 2U);
    ASSERT_TRUE(topics.subscribe(ann, DiscussionId{"d0"}));
    read({count("d0", 2, 1)});
    EXPECT_EQ(told(ann), (Lines{"subscribed", "2}"}));
}

}  // namespace
}  // namespace parley::test
