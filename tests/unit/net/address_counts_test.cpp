#include "net/address_counts.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace parley {
namespace {

using Address = AddressCounts::Address;

Address address(const char* text) { return boost::asio::ip::make_address(text); }

bool nobody(const Address& /*address*/) { return false; }

TEST(AddressCounts, AnAddressHasSoManySeatsAndOthersHaveTheirs) {
    AddressCounts counts(2, nobody);
    auto first = counts.take(address("192.0.2.1"));
    const auto second = counts.take(address("192.0.2.1"));
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(counts.take(address("192.0.2.1")));
    EXPECT_TRUE(counts.take(address("192.0.2.2")));
    first.reset();
    EXPECT_TRUE(counts.take(address("192.0.2.1")));
}

TEST(AddressCounts, ASeatThatMovesIsGivenUpOnce) {
    AddressCounts counts(1, nobody);
    AddressCounts::Seat kept;
    {
        auto taken = counts.take(address("192.0.2.1"));
        ASSERT_TRUE(taken);
        AddressCounts::Seat moved = *std::move(taken);
        kept = std::move(moved);
    }
    EXPECT_FALSE(counts.take(address("192.0.2.1")));
    kept = AddressCounts::Seat();
    EXPECT_TRUE(counts.take(address("192.0.2.1")));
}

TEST(AddressCounts, OneCustomersNetworkIsOneAddress) {
    AddressCounts counts(1, nobody);
    const auto v6 = counts.take(address("2001:db8:1:2::1"));
    EXPECT_FALSE(counts.take(address("2001:db8:1:2:ffff::7")));
    EXPECT_TRUE(counts.take(address("2001:db8:1:3::1")));
    const auto v4 = counts.take(address("192.0.2.1"));
    EXPECT_FALSE(counts.take(address("::ffff:192.0.2.1"))) << "the same one";
    EXPECT_TRUE(counts.take(address("::ffff:192.0.2.2")));
}

TEST(AddressCounts, WhoIsExemptIsNotCounted) {
    AddressCounts counts(1, [](const Address& one) { return one == address("192.0.2.9"); });
    std::vector<AddressCounts::Seat> seats;
    for (int i = 0; i < 5; ++i) {
        auto seat = counts.take(address("192.0.2.9"));
        ASSERT_TRUE(seat);
        seats.push_back(*std::move(seat));
    }
    EXPECT_EQ(counts.size(), 0U);
}

TEST(AddressCounts, TheLogIsToldTheNetworkAlone) {
    const auto told = [](const char* one) { return AddressCounts::network_of(address(one)); };
    EXPECT_EQ(told("192.0.2.77"), "192.0.2.0/24");
    EXPECT_EQ(told("::ffff:192.0.2.77"), "192.0.2.0/24");
    EXPECT_EQ(told("2001:db8:1:2::7"), "2001:db8:1::/48");
}

TEST(AddressCounts, NothingIsKeptOfThoseWhoLeft) {
    AddressCounts counts(1'000, nobody);
    for (unsigned i = 0; i < 10'000; ++i) {
        const auto seat = counts.take(boost::asio::ip::address_v4(i));
        EXPECT_EQ(counts.size(), 1U);
    }
    EXPECT_EQ(counts.size(), 0U);
}

TEST(AddressCounts, ShardsCountTogether) {
    constexpr std::size_t most = 100;
    AddressCounts counts(most, nobody);
    std::atomic<std::size_t> taken = 0;
    std::vector<std::thread> shards;
    std::array<std::vector<AddressCounts::Seat>, 4> seats;
    for (auto& mine : seats) {
        shards.emplace_back([&] {
            for (std::size_t i = 0; i < most; ++i) {
                auto seat = counts.take(address("192.0.2.1"));
                if (!seat) continue;
                ++taken;
                mine.push_back(*std::move(seat));
            }
        });
    }
    for (std::thread& shard : shards) shard.join();
    EXPECT_EQ(taken, most);
    for (auto& mine : seats) mine.clear();
    EXPECT_EQ(counts.size(), 0U);
}

}  // namespace
}  // namespace parley
