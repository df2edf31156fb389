#include "base/gzip.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <random>
#include <string>

namespace parley {
namespace {

// Unpacks by zlib, which checks the header, the sum and the length of the gzip form.
std::string gunzip(std::string packed, std::size_t expected_bytes) {
    std::string out(expected_bytes + 1, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(stream.avail_in, 0U);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

TEST(Gzip, UnpacksToTheSameBytes) {
    const std::string text("The first public tram leaves at nine.\0 And a second line.\n", 58);
    for (const std::string& bytes : {std::string{}, std::string("a"), text}) {
        EXPECT_EQ(gunzip(gzip(bytes), bytes.size()), bytes);
    }
    EXPECT_EQ(gunzip(gzip({}), 0), "");
}

TEST(Gzip, LargeAndRandomBytes) {
    constexpr std::uint32_t seed = 20'220'122;
    std::mt19937 random(seed);
    for (const std::size_t size : {100UL, 65'535UL, 65'536UL, 1'000'000UL}) {
        std::string bytes(size, '\0');
        for (char& c : bytes) c = static_cast<char>(random() & 0xFFU);
        EXPECT_EQ(gunzip(gzip(bytes), size), bytes) << "size " << size << ", seed " << seed;
        const std::string even(size, 'x');
        EXPECT_EQ(gunzip(gzip(even), size), even);
        EXPECT_LT(gzip(even).size(), size);
    }
}

}  // namespace
}  // namespace parley
