#include "bus/bus.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace parley {
namespace {

std::shared_ptr<const Changeset> changeset_of(std::string discussion, Seq seq) {
    auto changeset = std::make_shared<Changeset>();
    changeset->discussion = DiscussionId{std::move(discussion)};
    changeset->prev = seq - 1;
    changeset->seq = seq;
    return changeset;
}

TEST(LocalBus, BringsWhatIsPublishedStraightBackInOrder) {
    const auto bus = make_local_bus();
    std::vector<std::shared_ptr<const Changeset>> received;
    bus->subscribe({.changeset = [&](const auto& changeset) { received.push_back(changeset); }});
    const auto first = changeset_of("tram-line", 1);
    const auto second = changeset_of("tram-line", 2);
    bus->publish(first);
    bus->publish(second);
    // The very same object: nothing is copied or encoded on the way.
    EXPECT_EQ(received, (std::vector{first, second}));
}

TEST(LocalBus, LosesWhatIsPublishedBeforeAnybodyListens) {
    const auto bus = make_local_bus();
    bus->publish(changeset_of("tram-line", 1));
    int received = 0;
    bus->subscribe({.changeset = [&](const auto&) { ++received; }});
    EXPECT_EQ(received, 0);
    bus->subscribe({});
    bus->publish(changeset_of("tram-line", 2));
    EXPECT_EQ(received, 0);
}

TEST(LocalBus, AHandlerThatThrowsDoesNotReachThePublisher) {
    const auto bus = make_local_bus();
    bus->subscribe({.changeset = [](const auto&) { throw std::runtime_error("a bug"); }});
    EXPECT_NO_THROW(bus->publish(changeset_of("tram-line", 1)));
}

TEST(LocalBus, MayBePublishedToByManyThreads) {
    const auto bus = make_local_bus();
    std::atomic<int> received = 0;
    bus->subscribe({.changeset = [&](const auto&) { ++received; }});
    std::vector<std::thread> publishers;
    publishers.reserve(4);
    for (int i = 0; i < 4; ++i) {
        publishers.emplace_back([&] {
            for (Seq seq = 1; seq <= 250; ++seq) bus->publish(changeset_of("tram-line", seq));
        });
    }
    for (std::thread& publisher : publishers) publisher.join();
    EXPECT_EQ(received, 1'000);
}

}  // namespace
}  // namespace parley
