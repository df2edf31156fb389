#include "protocol/answers.hpp"

#include <gtest/gtest.h>

#include <random>

namespace parley {

namespace {

TEST(Cursors, KnownForms) {
    // The vectors of RFC 4648, section 10, without padding.
    EXPECT_EQ(encode_cursor("f"), "Zg");
    EXPECT_EQ(encode_cursor("fo"), "Zm8");
    EXPECT_EQ(encode_cursor("foo"), "Zm9v");
    EXPECT_EQ(encode_cursor("foob"), "Zm9vYg");
    EXPECT_EQ(encode_cursor("fooba"), "Zm9vYmE");
    EXPECT_EQ(encode_cursor("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encode_cursor("\xFF\xFE\xFB"), "__77");
}

TEST(Cursors, EveryOrderKeyComesBack) {
    constexpr unsigned seed = 20260122;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (std::size_t length = 1; length <= 260; ++length) {
        std::string key;
        for (std::size_t i = 0; i < length; ++i) key += static_cast<char>(random() & 0xFFU);
        const auto back = decode_cursor(encode_cursor(key));
        ASSERT_TRUE(back.has_value()) << length;
        EXPECT_EQ(*back, key);
    }
}

TEST(Cursors, WhatNobodyGaveOutIsRefused) {
    for (const std::string_view cursor : {"", "A", "Zg==", "Zm9v Zm9v", "Zm9v\n", "Zm+v", "Zm/v",
                                          "Zh", "Zm9", "AAAAA", "Zm9v\xC3\xA9", "<script>"}) {
        const auto key = decode_cursor(cursor);
        ASSERT_TRUE(key.has_error()) << cursor;
        EXPECT_EQ(key.error().code, Errc::invalid_field);
        EXPECT_EQ(key.error().field, "cursor");
    }
    EXPECT_TRUE(decode_cursor(std::string_view("Zg\0A", 4)).has_error());
}

}  // namespace

}  // namespace parley
