#include "contract/bus/bus_fixture.hpp"

#include <algorithm>
#include <chrono>

namespace parley::test {
namespace {

class RedisDelivery : public RedisBusTest {
protected:
    RedisDelivery() : RedisBusTest(PARLEY_SOURCE_DIR) {}
    std::string url = "redis://" + lab.start("a");
};

TEST_F(RedisDelivery, AChangesetArrivesAsItWasPublished) {
    Instance one(url, "one");
    Instance two(url, "two");
    ASSERT_TRUE(reach_each_other(one, two));
    RandomChangesets random(3);
    const std::size_t before = two.listener.changesets().size();
    std::vector<std::shared_ptr<const Changeset>> sent;
    for (int i = 0; i < 100; ++i) {
        sent.push_back(random.next());
        one.bus->publish(sent.back());
    }
    ASSERT_TRUE(comes_about([&] { return two.listener.changesets().size() >= before + 100; }));
    const auto arrived = two.listener.changesets();
    ASSERT_EQ(arrived.size(), before + 100);
    // One connection carries all, so even the order is kept.
    for (std::size_t i = 0; i < 100; ++i) {
        EXPECT_EQ(describe(*arrived[before + i]), describe(*sent[i])) << i;
    }
}

TEST_F(RedisDelivery, ThePublisherHearsItselfOnce) {
    Instance one(url, "one");
    Instance two(url, "two");
    ASSERT_TRUE(reach_each_other(one, two));
    const std::uint64_t received = one.bus->stats().received;
    for (Seq seq = 1; seq <= 50; ++seq) one.bus->publish(changeset_of("tram-line", seq));
    ASSERT_TRUE(two.hears("tram-line 50"));
    // What it published itself has come back to it by the time that it hears the other's answer.
    two.bus->publish(changeset_of("answer", 1));
    ASSERT_TRUE(one.hears("answer 1"));
    for (Seq seq = 1; seq <= 50; ++seq) {
        EXPECT_EQ(one.listener.count("tram-line " + std::to_string(seq)), 1) << seq;
        EXPECT_EQ(two.listener.count("tram-line " + std::to_string(seq)), 1) << seq;
    }
    EXPECT_EQ(one.bus->stats().received, received + 1);
}

TEST_F(RedisDelivery, WhatIsTooLargeArrivesAsAHint) {
    Instance one(url, "one");
    Instance two(url, "two");
    ASSERT_TRUE(reach_each_other(one, two));
    auto large = std::make_shared<Changeset>(*changeset_of("tram-line", 7));
    CommentContent content;
    content.id = CommentId{1};
    content.body = std::string(bus_message_bytes_max, 'x');
    large->comments = {
        {std::make_shared<const CommentContent>(std::move(content)), {CommentId{1}}}};
    one.bus->publish(large);
    EXPECT_TRUE(two.hears("hint tram-line 7"));
    EXPECT_TRUE(one.listener.has("tram-line 7")) << "who published it has the whole";
    EXPECT_FALSE(two.listener.has("tram-line 7"));
}

TEST_F(RedisDelivery, PresenceReachesTheOthersWithTheNameOfTheInstance) {
    Instance one(url, "one");
    Instance two(url, "two");
    Instance again(url, "one");
    ASSERT_TRUE(reach_each_other(one, two) && again.comes_up());
    one.bus->tell_presence({"tram-line"}, 128);
    ASSERT_TRUE(two.hears("presence tram-line 128"));
    const std::string first = two.listener.instance();
    EXPECT_TRUE(first.starts_with("one.")) << first;
    again.bus->tell_presence({"tram-line"}, 3);
    ASSERT_TRUE(two.hears("presence tram-line 3"));
    EXPECT_NE(two.listener.instance(), first) << "a name alone is not enough";
    EXPECT_FALSE(one.listener.has("presence tram-line 128"));
}

TEST_F(RedisDelivery, WhatWasSpentReachesTheOthersInSum) {
    Instance one(url, "one");
    Instance two(url, "two");
    ASSERT_TRUE(reach_each_other(one, two));
    const auto told = [&](const std::string& key) {
        int sum = 0;
        for (const std::string& line : two.listener.lines()) {
            const std::string begin = "spent 2 " + key + " ";
            if (line.starts_with(begin)) sum += std::stoi(line.substr(begin.size()));
        }
        return sum;
    };
    for (int i = 0; i < 100; ++i) one.bus->tell_spent(2, "aa");
    one.bus->tell_spent(2, "bb");
    EXPECT_TRUE(comes_about([&] { return told("aa") == 100 && told("bb") == 1; }));
    EXPECT_LT(two.bus->stats().received, 20U) << "not one message for each";
    // More buckets than one message tells do not wait for their time.
    for (std::size_t i = 0; i < 2 * rates_told_count_max; ++i) {
        one.bus->tell_spent(2, "k" + std::to_string(i));
    }
    EXPECT_TRUE(comes_about([&] {
        return told("k0") == 1 && told("k" + std::to_string(2 * rates_told_count_max - 1)) == 1;
    }));
    EXPECT_EQ(one.listener.count("spent 2 bb 1"), 0);
}

TEST_F(RedisDelivery, InstallationsThatShareARedisDoNotMix) {
    Instance one(url, "one");
    Instance two(url, "two");
    Instance other_secret(url, "other", "another secret of at least thirty-two");
    Instance other_prefix(url + "?prefix=staging", "other");
    ASSERT_TRUE(reach_each_other(one, two));
    ASSERT_TRUE(other_secret.comes_up() && other_prefix.comes_up());
    for (Instance* other : {&other_secret, &other_prefix}) {
        other->bus->publish(changeset_of("elsewhere", 1));
    }
    one.bus->publish(changeset_of("here", 1));
    ASSERT_TRUE(two.hears("here 1"));
    ASSERT_TRUE(reaches(one, two) && reaches(two, one));
    EXPECT_FALSE(one.listener.has("elsewhere 1"));
    EXPECT_FALSE(two.listener.has("elsewhere 1"));
    for (Instance* other : {&other_secret, &other_prefix}) {
        EXPECT_FALSE(other->listener.has("here 1"));
        EXPECT_EQ(other->bus->stats().received, 0U);
        EXPECT_EQ(other->bus->stats().refused, 0U) << "they do not even see each other";
    }
}

TEST_F(RedisDelivery, EveryInstanceIsSubscribedToTheSameChannelsFromTheStart) {
    Instance one(url, "one");
    Instance two(url, "two");
    ASSERT_TRUE(reach_each_other(one, two));
    const auto names = channel_names("parley", installation_of(secret));
    std::string expected;
    for (const std::string& name : names) expected += name + " 2 ";
    std::string words;
    for (const std::string& name : names) words += " " + name;
    EXPECT_EQ(lab.ask("cli a PUBSUB NUMSUB" + words), expected);
}

TEST_F(RedisDelivery, AStopSendsWhatIsQueued) {
    Instance two(url, "two");
    {
        Instance one(url, "one");
        ASSERT_TRUE(reach_each_other(one, two));
        for (Seq seq = 1; seq <= 100; ++seq) one.bus->publish(changeset_of("last-words", seq));
    }
    // Whatever arrived by then, nothing more can come: the connection it came by is closed.
    EXPECT_TRUE(two.hears("last-words 100"));
    EXPECT_EQ(two.listener.count("last-words 1"), 1);
}

TEST_F(RedisDelivery, TheProbeTellsHowLongAMessageTakes) {
    Instance one(url, "one");
    ASSERT_TRUE(one.comes_up());
    const auto first = one.bus->stats();
    ASSERT_TRUE(first.probe_time && first.probe_age);
    EXPECT_GT(first.probe_time->count(), 0);
    EXPECT_LT(*first.probe_age, bus_probe_age_max_ms);
    EXPECT_EQ(first.connects, 1U);
    // Another comes without anybody asking for it: the age grows first, and then falls. (Of a
    // probe that came back in this very millisecond the age is 0: nothing is younger.)
    std::chrono::milliseconds oldest = *first.probe_age;
    EXPECT_TRUE(comes_about([&] {
        const auto now = one.bus->stats();
        if (!now.probe_age) return false;
        oldest = std::max(oldest, *now.probe_age);
        return *now.probe_age < oldest;
    }));
}

}  // namespace
}  // namespace parley::test
