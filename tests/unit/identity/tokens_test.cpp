#include "identity/tokens.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <set>

namespace parley {
namespace {

std::string hex(const Digest256& digest) {
    std::string text;
    for (const std::uint8_t byte : digest) {
        std::array<char, 3> pair{};
        std::snprintf(pair.data(), pair.size(), "%02x", byte);
        text += pair.data();
    }
    return text;
}

TEST(Tokens, AreLongRandomAndFitForAHeader) {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        const std::string token = make_session_token();
        EXPECT_EQ(token.size(), 43U);
        EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789-_"),
                  std::string::npos);
        EXPECT_TRUE(seen.insert(token).second) << "twice: " << token;
    }
}

TEST(Tokens, HaveADigestThatIsTheirSha256) {
    const std::string token = make_session_token();
    const auto digest = session_token_digest(token);
    ASSERT_TRUE(digest);
    EXPECT_EQ(*digest, sha256(token));
    EXPECT_EQ(session_token_digest(token), digest);
    EXPECT_NE(session_token_digest(make_session_token()), digest);
}

TEST(Tokens, WithoutTheirShapeHaveNoDigest) {
    const std::string token(43, 'A');
    EXPECT_TRUE(session_token_digest(token));
    EXPECT_FALSE(session_token_digest(""));
    EXPECT_FALSE(session_token_digest(token.substr(1)));
    EXPECT_FALSE(session_token_digest(token + "A"));
    EXPECT_FALSE(session_token_digest(token.substr(1) + "="));
    EXPECT_FALSE(session_token_digest(token.substr(1) + "+"));
    EXPECT_FALSE(session_token_digest(token.substr(1) + " "));
    EXPECT_FALSE(session_token_digest(token.substr(1) + std::string(1, '\0')));
    // 43 characters are 258 bits: the two that are left over must be zero, or one token would have
    // four spellings.
    EXPECT_FALSE(session_token_digest(token.substr(1) + "B"));
}

TEST(Sha256, IsTheStandardOne) {
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Blinded, IsTheSameForWhoeverHasTheSecret) {
    const std::string once = blinded("secret", "192.0.2.7");
    EXPECT_EQ(once.size(), 32U);
    EXPECT_EQ(once.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(once, blinded("secret", "192.0.2.7"));
    EXPECT_NE(once, blinded("secret", "192.0.2.8"));
    EXPECT_NE(once, blinded("another", "192.0.2.7"));
}

}  // namespace
}  // namespace parley
