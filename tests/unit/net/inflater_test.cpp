#include "net/websocket/inflater.hpp"

#include "support/client_frames.hpp"

#include <gtest/gtest.h>

#include <random>

namespace parley {
namespace {

using test::deflated;
using Status = Inflater::Status;

constexpr std::size_t bytes_max = 65'536;

std::string inflated(Inflater& inflater, std::string_view payload) {
    const Inflater::Output output = inflater.inflate(payload, bytes_max);
    EXPECT_EQ(output.status, Status::done);
    return std::string(output.bytes);
}

TEST(Inflater, ReadsTheExamplesOfTheStandard) {
    Inflater inflater;
    using namespace std::string_view_literals;
    // RFC 7692, sections 7.2.3.1, 7.2.3.3, 7.2.3.4, 7.2.3.5 and 7.2.3.6.
    EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"sv), "Hello");
    EXPECT_EQ(inflated(inflater, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"sv), "Hello");
    EXPECT_EQ(inflated(inflater, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv), "Hello");
    EXPECT_EQ(inflated(inflater, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"sv),
              "Hello");
    EXPECT_EQ(inflated(inflater, "\x00"sv), "");
}

TEST(Inflater, KeepsNothingFromOneMessageToTheNext) {
    Inflater inflater;
    const std::string text = "some words, some words";
    const std::string packed = deflated(text);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(inflated(inflater, packed), text);
    EXPECT_EQ(inflater.inflate("\xFF\xFF", bytes_max).status, Status::bad_data);
    EXPECT_EQ(inflated(inflater, packed), text);
    EXPECT_EQ(inflater.inflate(packed, 5).status, Status::too_large);
    EXPECT_EQ(inflated(inflater, packed), text);
}

TEST(Inflater, ReadsEveryWindow) {
    Inflater inflater;
    std::mt19937 random(7);
    std::string text;
    for (int i = 0; i < 60'000; ++i) text += static_cast<char>('a' + random() % 4);
    for (int bits = 9; bits <= 15; ++bits)
        EXPECT_EQ(inflated(inflater, deflated(text, bits)), text);
}

TEST(Inflater, StopsAtTheBound) {
    Inflater inflater;
    const std::string bomb = deflated(std::string(std::size_t{64} * 1024 * 1024, '\0'));
    EXPECT_LT(bomb.size(), bytes_max + 1'000);
    EXPECT_EQ(inflater.inflate(bomb, bytes_max).status, Status::too_large);
    const std::string exact(bytes_max, 'x');
    EXPECT_EQ(inflated(inflater, deflated(exact)), exact);
    EXPECT_EQ(inflater.inflate(deflated(exact + "x"), bytes_max).status, Status::too_large);
    EXPECT_EQ(inflater.inflate(deflated("x"), 0).status, Status::too_large);
    EXPECT_EQ(inflater.inflate(std::string(1, '\0'), 0).status, Status::done);
}

TEST(Inflater, RefusesWhatIsNotWhole) {
    Inflater inflater;
    const std::string packed =
        deflated("Words that take more than a few bytes when they are deflated.");
    for (std::size_t size = 0; size < packed.size(); ++size) {
        EXPECT_EQ(inflater.inflate(packed.substr(0, size), bytes_max).status, Status::bad_data)
            << size;
    }
    // A last block without the byte that must follow it.
    EXPECT_EQ(inflater.inflate(deflated("x", 15, Z_FINISH), bytes_max).status, Status::bad_data);
}

TEST(Inflater, SurvivesNoise) {
    Inflater inflater;
    std::mt19937 random(11);
    for (int i = 0; i < 5'000; ++i) {
        std::string noise(random() % 200, '\0');
        for (char& byte : noise) byte = static_cast<char>(random());
        const Inflater::Output output = inflater.inflate(noise, 1'000);
        EXPECT_LE(output.bytes.size(), 1'000U);
    }
    EXPECT_EQ(inflated(inflater, deflated("still well")), "still well");
}

}  // namespace
}  // namespace parley
