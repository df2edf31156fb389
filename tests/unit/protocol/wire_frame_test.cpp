#include "protocol/wire_frame.hpp"

#include "base/limits.hpp"

#include <gtest/gtest.h>

// Makes zlib say that it does not write to its input.
#define ZLIB_CONST
#include <zlib.h>

#include <random>

namespace parley {
namespace {

using namespace std::string_literals;

// The payload of the deflated form, as a client inflates it.
std::string inflated(const WireFrame& frame) {
    const auto form = static_cast<unsigned char>(frame.deflated[1]);
    const std::size_t header = form == 126 ? 4 : form == 127 ? 10 : 2;
    std::string input = frame.deflated.substr(header) + "\x00\x00\xff\xff"s;
    std::string out(frame.payload().size() + 100, '\0');
    z_stream z{};
    inflateInit2(&z, -15);
    z.next_in = reinterpret_cast<const Bytef*>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&z, Z_SYNC_FLUSH), Z_OK);
    EXPECT_EQ(z.avail_in, 0U);
    out.resize(z.total_out);
    inflateEnd(&z);
    return out;
}

std::string words(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes)
        text += R"({"id":")" + std::to_string(text.size()) + R"(","up":9},)";
    text.resize(bytes);
    return text;
}

TEST(WireFrame, HasTheShortestLength) {
    FrameEncoder encoder;
    const auto header = [&](std::size_t size) {
        const WireFramePtr frame = encoder.text(std::string(size, 'x'), false);
        EXPECT_EQ(frame->payload(), std::string(size, 'x'));
        EXPECT_TRUE(frame->deflated.empty());
        return frame->plain.substr(0, frame->plain.size() - size);
    };
    EXPECT_EQ(header(0), "\x81\x00"s);
    EXPECT_EQ(header(125), "\x81\x7d"s);
    EXPECT_EQ(header(126), "\x81\x7e\x00\x7e"s);
    EXPECT_EQ(header(65'535), "\x81\x7e\xff\xff"s);
    EXPECT_EQ(header(65'536), "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(WireFrame, IsDeflatedWhereThatSaves) {
    FrameEncoder encoder;
    EXPECT_TRUE(encoder.text(words(deflate_threshold_bytes - 1), true)->deflated.empty());
    EXPECT_TRUE(encoder.text(words(deflate_threshold_bytes), false)->deflated.empty());
    for (const std::size_t size :
         {deflate_threshold_bytes, std::size_t{5'000}, std::size_t{300'000}}) {
        const std::string text = words(size);
        const WireFramePtr frame = encoder.text(text, true);
        ASSERT_FALSE(frame->deflated.empty()) << size;
        EXPECT_EQ(static_cast<unsigned char>(frame->deflated[0]), 0xC1);
        EXPECT_LT(frame->deflated.size(), frame->plain.size() / 2);
        EXPECT_EQ(inflated(*frame), text);
        EXPECT_EQ(frame->bytes_for(true), frame->deflated);
        EXPECT_EQ(frame->bytes_for(false), frame->plain);
    }
    std::mt19937 random(5);
    std::string noise(2'000, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    const WireFramePtr frame = encoder.text(noise, true);
    EXPECT_TRUE(frame->deflated.empty());
    EXPECT_EQ(frame->bytes_for(true), frame->plain);
}

TEST(WireFrame, DependsOnNoFrameBefore) {
    FrameEncoder encoder;
    const std::string text = words(3'000);
    const std::string first = encoder.text(text, true)->deflated;
    EXPECT_EQ(encoder.text(text, true)->deflated, first);
    for (int level = 1; level <= 9; ++level) {
        FrameEncoder other(level);
        EXPECT_EQ(inflated(*other.text(text, true)), text);
    }
}

TEST(WireFrame, ControlFramesNeverExceedTheirBound) {
    EXPECT_EQ(FrameEncoder::control(WireOpcode::ping)->plain, "\x89\x00"s);
    EXPECT_EQ(FrameEncoder::control(WireOpcode::pong, "abc")->plain,
              "\x8a\x03"
              "abc"s);
    EXPECT_EQ(FrameEncoder::control(WireOpcode::pong, std::string(200, 'x'))->plain,
              "\x8a\x7d" + std::string(125, 'x'));
    EXPECT_EQ(FrameEncoder::close(1005)->plain, "\x88\x00"s);
    EXPECT_EQ(FrameEncoder::close(1012, "later")->plain, "\x88\x07\x03\xf4later"s);
    // Two bytes a character, from an odd place: the one on the edge goes whole.
    std::string reason = "a";
    while (reason.size() < 200) reason += "\xC3\xA9";
    EXPECT_EQ(FrameEncoder::close(1000, reason)->payload().substr(2), reason.substr(0, 123));
    EXPECT_EQ(FrameEncoder::close(1000, "b" + reason)->payload().substr(2),
              "b" + reason.substr(0, 121));
}

TEST(WireFrame, ItsBytesAreCountedOnceWhileItLives) {
    FrameEncoder encoder;
    const std::size_t before = FrameEncoder::alive_bytes();
    WireFramePtr frame = encoder.text(words(5'000), true);
    const std::size_t one = FrameEncoder::alive_bytes() - before;
    EXPECT_EQ(one, frame->bytes());
    EXPECT_GE(one, frame->plain.size() + frame->deflated.size());
    EXPECT_LE(one, frame->plain.size() + frame->deflated.size() + 256);
    const WireFramePtr shared = frame;
    EXPECT_EQ(FrameEncoder::alive_bytes() - before, one);
    frame.reset();
    EXPECT_EQ(FrameEncoder::alive_bytes() - before, one);
}

}  // namespace
}  // namespace parley
