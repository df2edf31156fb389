#include "interchange/lines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace parley {
namespace {

TEST(IdOrder, CountsAsPeopleDo) {
    const std::vector<std::string> sorted = {"",   "1",   "01x",  "2",     "10", "10a", "c1",
                                             "c2", "c10", "c10a", "c010b", "d",  "é"};
    for (std::size_t left = 0; left < sorted.size(); ++left) {
        for (std::size_t right = 0; right < sorted.size(); ++right) {
            EXPECT_EQ(id_less(sorted[left], sorted[right]), left < right)
                << sorted[left] << " and " << sorted[right];
        }
    }
}

TEST(IdOrder, NumbersOfAnyLengthFit) {
    EXPECT_TRUE(id_less("9223372036854775807", "9223372036854775808"));
    EXPECT_TRUE(id_less(std::string(100, '9'), "1" + std::string(100, '0')));
}

TEST(IdOrder, LeadingZerosDecideLast) {
    EXPECT_TRUE(id_less("01", "1") || id_less("1", "01"));
    EXPECT_TRUE(id_less("01", "2"));
    EXPECT_TRUE(id_less("1", "02"));
}

// Sorting is only defined for a strict weak order.
TEST(IdOrder, IsATotalOrder) {
    constexpr unsigned seed = 20220122;
    RecordProperty("seed", seed);
    std::mt19937 random(seed);
    std::vector<std::string> ids;
    for (int count = 0; count < 60; ++count) {
        std::string id;
        for (auto length = random() % 5; length > 0; --length) id += "019ab-"[random() % 6];
        ids.push_back(id);
    }
    for (const std::string& a : ids) {
        for (const std::string& b : ids) {
            EXPECT_EQ(int{id_less(a, b)} + int{id_less(b, a)}, a == b ? 0 : 1) << a << ' ' << b;
            for (const std::string& c : ids) {
                if (id_less(a, b) && id_less(b, c)) {
                    ASSERT_TRUE(id_less(a, c)) << a << ' ' << b << ' ' << c;
                }
            }
        }
    }
}

}  // namespace
}  // namespace parley
