#include "contract/bus/bus_fixture.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

namespace parley::test {
namespace {

// What whoever uses a bus may rely on, whichever it is and whether or not anybody else is there.

enum class Kind : std::uint8_t { local, redis, redis_alone };

struct NamedKind {
    Kind kind;
    const char* name;
};

class EveryBus : public ::testing::TestWithParam<NamedKind> {
protected:
    void SetUp() override {
        if (GetParam().kind == Kind::local) {
            bus = make_local_bus();
            return;
        }
        lab = std::make_unique<RedisLab>(PARLEY_SOURCE_DIR);
        const std::string address = lab->start("a");
        if (GetParam().kind == Kind::redis_alone) lab->ask("kill a");
        bus = make_redis_bus({"redis://" + address, std::string(secret), "one"}).value();
        if (GetParam().kind == Kind::redis_alone) return;
        ASSERT_TRUE(comes_about([this] { return bus->stats().state == Bus::State::up; }));
    }

    std::unique_ptr<RedisLab> lab;
    Listener listener;
    std::unique_ptr<Bus> bus;
};

TEST_P(EveryBus, BringsWhatIsPublishedStraightBackInOrder) {
    bus->subscribe(listener.handlers());
    const auto first = changeset_of("tram-line", 1);
    const auto second = changeset_of("tram-line", 2);
    bus->publish(first);
    bus->publish(second);
    // The very same objects, before publish() has returned.
    EXPECT_EQ(listener.changesets(), (std::vector{first, second}));
}

TEST_P(EveryBus, LosesWhatIsPublishedBeforeAnybodyListens) {
    bus->publish(changeset_of("tram-line", 1));
    bus->subscribe(listener.handlers());
    EXPECT_FALSE(listener.has("tram-line 1"));
    bus->subscribe({});
    bus->publish(changeset_of("tram-line", 2));
    EXPECT_FALSE(listener.has("tram-line 2"));
}

TEST_P(EveryBus, AHandlerThatThrowsDoesNotReachThePublisher) {
    bus->subscribe({.changeset = [](const auto&) { throw std::runtime_error("a bug"); }});
    EXPECT_NO_THROW(bus->publish(changeset_of("tram-line", 1)));
    bus->subscribe(listener.handlers());
    bus->publish(changeset_of("tram-line", 2));
    EXPECT_TRUE(listener.has("tram-line 2"));
}

TEST_P(EveryBus, WhatIsForOthersDoesNotComeBack) {
    bus->subscribe(listener.handlers());
    bus->tell_presence({"tram-line"}, 3);
    bus->tell_spent(1, "key");
    bus->publish(changeset_of("tram-line", 1));
    EXPECT_FALSE(listener.has("presence tram-line 3"));
    EXPECT_FALSE(listener.has("spent 1 key 1"));
}

TEST_P(EveryBus, NothingIsPublishedWithoutAChangeset) {
    bus->subscribe(listener.handlers());
    bus->publish(nullptr);
    EXPECT_TRUE(listener.changesets().empty());
}

TEST_P(EveryBus, MayBePublishedToByManyThreads) {
    std::atomic<int> received = 0;
    bus->subscribe({.changeset = [&](const auto&) { ++received; }});
    std::vector<std::thread> publishers;
    publishers.reserve(4);
    for (int i = 0; i < 4; ++i) {
        publishers.emplace_back([&] {
            for (Seq seq = 1; seq <= 250; ++seq) {
                bus->publish(changeset_of("tram-line", seq));
                bus->tell_presence({"tram-line"}, 1);
                static_cast<void>(bus->stats());
            }
        });
    }
    for (std::thread& publisher : publishers) publisher.join();
    EXPECT_EQ(received, 1'000);
}

TEST_P(EveryBus, SaysHowItIs) {
    const Bus::Stats stats = bus->stats();
    switch (GetParam().kind) {
        case Kind::local: EXPECT_EQ(stats.state, Bus::State::local); break;
        case Kind::redis: EXPECT_EQ(stats.state, Bus::State::up); break;
        case Kind::redis_alone: EXPECT_EQ(stats.state, Bus::State::down); break;
    }
    EXPECT_EQ(stats.probe_age.has_value(), GetParam().kind == Kind::redis);
    EXPECT_EQ(stats.received + stats.refused, 0U);
}

// What the bus itself holds does not grow without a bound, and none of it delays a publisher.
TEST_P(EveryBus, WhatIsHeldIsBounded) {
    bus->subscribe(listener.handlers());
    for (Seq seq = 1; seq <= Seq{bus_publish_count_max} + 100; ++seq) {
        bus->publish(changeset_of("tram-line", seq));
        ASSERT_LE(bus->stats().queued_bytes, bus_publish_bytes_max);
    }
    EXPECT_EQ(listener.changesets().size(), bus_publish_count_max + 100);
}

INSTANTIATE_TEST_SUITE_P(Implementations, EveryBus,
                         ::testing::Values(NamedKind{Kind::local, "Local"},
                                           NamedKind{Kind::redis, "Redis"},
                                           NamedKind{Kind::redis_alone, "RedisWhereNobodyIs"}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace parley::test
