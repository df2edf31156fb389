#include "contract/bus/bus_fixture.hpp"

namespace parley::test {
namespace {

// Whatever happens to Redis, a bus comes back by itself, says so while it is away, and tells its
// instance that something may have been missed.

class RedisFaults : public RedisBusTest {
protected:
    RedisFaults() : RedisBusTest(PARLEY_SOURCE_DIR) {}

    // Both are up and connected through a server named "a".
    void connect() {
        url = "redis://" + lab.start("a");
        one = std::make_unique<Instance>(url, "one");
        two = std::make_unique<Instance>(url, "two");
        ASSERT_TRUE(reach_each_other(*one, *two));
        gaps_before = two->listener.count("gap");
    }
    [[nodiscard]] bool heals() {
        return reach_each_other(*one, *two) &&
               comes_about([this] { return two->listener.count("gap") > gaps_before; });
    }

    std::string url;
    std::unique_ptr<Instance> one;
    std::unique_ptr<Instance> two;
    std::ptrdiff_t gaps_before = 0;
};

TEST_F(RedisFaults, ItBeginsWithAGap) {
    connect();
    // Who just came cannot know what was published before.
    EXPECT_EQ(two->listener.count("gap"), 1);
}

TEST_F(RedisFaults, KilledAndStartedAgain) {
    connect();
    for (int round = 0; round < 3; ++round) {
        gaps_before = two->listener.count("gap");
        lab.ask("kill a");
        ASSERT_TRUE(one->goes_down() && two->goes_down());
        const auto dropped = one->bus->stats().dropped;
        one->bus->publish(changeset_of("lost", round));
        EXPECT_TRUE(one->listener.has("lost " + std::to_string(round))) << "here it is known";
        ASSERT_TRUE(comes_about([&] { return one->bus->stats().dropped > dropped; }));
        lab.ask("restart a");
        ASSERT_TRUE(heals()) << round;
        EXPECT_FALSE(two->listener.has("lost " + std::to_string(round)));
    }
    EXPECT_GE(two->bus->stats().connects, 4U);
}

TEST_F(RedisFaults, ThereOnlyAfterTheInstances) {
    const std::string address = lab.start("a");
    lab.ask("kill a");
    one = std::make_unique<Instance>("redis://" + address, "one");
    two = std::make_unique<Instance>("redis://" + address, "two");
    EXPECT_FALSE(one->is_up());
    lab.ask("restart a");
    EXPECT_TRUE(heals());
}

TEST_F(RedisFaults, PausedItIsNoticedAndNothingWaitsForIt) {
    connect();
    lab.ask("pause a");
    ASSERT_TRUE(one->goes_down());
    // More than the queue, the connection and the kernel hold, from a thread that is never delayed.
    for (Seq seq = 1; seq <= 50'000; ++seq) one->bus->publish(changeset_of("paused", seq));
    EXPECT_EQ(one->listener.count("paused 50000"), 1);
    EXPECT_TRUE(comes_about([&] { return one->bus->stats().dropped > 0; }));
    EXPECT_LE(one->bus->stats().queued_bytes, bus_publish_bytes_max);
    lab.ask("resume a");
    EXPECT_TRUE(heals());
}

TEST_F(RedisFaults, PausedItDoesNotHoldUpAStop) {
    connect();
    lab.ask("pause a");
    for (Seq seq = 1; seq <= 1'000; ++seq) one->bus->publish(changeset_of("paused", seq));
    // Ends, or the test would hang; what is queued cannot leave.
    one.reset();
    two.reset();
    lab.ask("resume a");
}

TEST_F(RedisFaults, ASubscriberThatWasCutComesBack) {
    connect();
    // One message that is over what Redis may hold for a subscriber.
    lab.ask("cli a CONFIG SET client-output-buffer-limit pubsub\\ 64kb\\ 64kb\\ 60");
    RawClient client(port_of(url));
    client.publish(channel_names("parley", installation_of(secret)).front(),
                   std::string(300'000, 'x'));
    EXPECT_TRUE(comes_about([&] { return two->bus->stats().connects > 1; }));
    lab.ask("cli a CONFIG SET client-output-buffer-limit pubsub\\ 32mb\\ 8mb\\ 60");
    EXPECT_TRUE(heals());
}

TEST_F(RedisFaults, APublisherThatWasCutComesBack) {
    connect();
    lab.ask("cli a CLIENT KILL TYPE normal SKIPME yes");
    EXPECT_TRUE(reach_each_other(*one, *two));
}

TEST_F(RedisFaults, AChannelThatWasTakenAwayIsTakenUpAgain) {
    connect();
    // Redis has no command for it, so the whole user goes and comes back.
    lab.ask("cli a ACL SETUSER default resetchannels");
    ASSERT_TRUE(one->goes_down() && two->goes_down());
    lab.ask("cli a ACL SETUSER default allchannels");
    EXPECT_TRUE(heals());
}

TEST_F(RedisFaults, MadeAReplicaItIsLeftAndTakenAgainAsAMaster) {
    connect();
    lab.ask("cli a REPLICAOF 127.0.0.1 1");
    ASSERT_TRUE(one->goes_down() && two->goes_down());
    lab.ask("cli a REPLICAOF NO ONE");
    EXPECT_TRUE(heals());
}

TEST_F(RedisFaults, AServerThatSpeaksSomethingElseIsLeftAlone) {
    // A sentinel is one: it knows neither PUBLISH by clients nor ROLE master.
    lab.start("a");
    const std::string port = lab.ask("sentinel s " + lab.ask("cli a CONFIG GET port").substr(5));
    Instance lost("redis://127.0.0.1:" + port, "lost");
    EXPECT_FALSE(lost.is_up());
    Instance other("redis://" + lab.start("b"), "other");
    ASSERT_TRUE(other.comes_up());
    EXPECT_FALSE(lost.is_up());
}

TEST_F(RedisFaults, AMessageOverEveryBoundCostsAConnectionAndNoMore) {
    connect();
    RawClient client(port_of(url));
    client.publish(channel_names("parley", installation_of(secret)).front(),
                   std::string(8'000'000, 'x'));
    EXPECT_TRUE(comes_about([&] { return two->bus->stats().connects > 1; }));
    EXPECT_TRUE(heals());
}

class RedisSentinels : public RedisFaults {
protected:
    void SetUp() override {
        const std::string master = lab.start("master");
        const std::string port = master.substr(master.find(':') + 1);
        lab.start("replica", "--replicaof 127.0.0.1 " + port);
        url = "redis+sentinel://";
        for (const char* name : {"s1", "s2", "s3"}) {
            url += (url.ends_with('/') ? "127.0.0.1:" : ",127.0.0.1:") +
                   lab.ask(std::string("sentinel ") + name + " " + port);
        }
        url += "/mymaster";
        // They have found each other and the replica.
        ASSERT_TRUE(comes_about([this] {
            return lab.ask("cli s1 SENTINEL CKQUORUM mymaster").starts_with("OK 3") &&
                   lab.ask("cli s1 SENTINEL REPLICAS mymaster").find("flags slave ") !=
                       std::string::npos;
        }));
        one = std::make_unique<Instance>(url, "one");
        two = std::make_unique<Instance>(url, "two");
        ASSERT_TRUE(reach_each_other(*one, *two));
        gaps_before = two->listener.count("gap");
    }
    [[nodiscard]] bool is_promoted() {
        return comes_about([this] {
            return lab.ask("cli replica ROLE").starts_with("master") &&
                   lab.ask("cli replica PUBSUB CHANNELS").find("parley:") != std::string::npos;
        });
    }
};

TEST_F(RedisSentinels, TheMasterDiesAndItsReplicaIsFollowed) {
    lab.ask("kill master");
    EXPECT_TRUE(is_promoted());
    EXPECT_TRUE(heals());
}

TEST_F(RedisSentinels, AFailoverOnPurposeIsFollowedThoughTheOldMasterLives) {
    EXPECT_EQ(lab.ask("cli s1 SENTINEL FAILOVER mymaster"), "OK ");
    EXPECT_TRUE(is_promoted());
    EXPECT_TRUE(heals());
    EXPECT_TRUE(comes_about([this] { return lab.ask("cli master ROLE").starts_with("slave"); }));
    EXPECT_TRUE(reach_each_other(*one, *two));
}

TEST_F(RedisSentinels, OneDeadSentinelDoesNotMatter) {
    lab.ask("kill s1");
    Instance three(url, "three");
    EXPECT_TRUE(reach_each_other(*one, three));
}

}  // namespace
}  // namespace parley::test
