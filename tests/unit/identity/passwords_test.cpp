#include "identity/passwords.hpp"

#include "identity/common_passwords.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

namespace parley {
namespace {

constexpr std::string_view argon2id_parameters = "$argon2id$v=19$m=19456,t=2,p=1$";

TEST(PasswordHash, VerifiesItsPasswordAndNoOther) {
    const std::string hash = hash_password("tram, teapot, gravel, ivy").value();
    EXPECT_TRUE(hash.starts_with(argon2id_parameters)) << hash;
    EXPECT_TRUE(verify_password("tram, teapot, gravel, ivy", hash));
    EXPECT_FALSE(verify_password("tram, teapot, gravel, iv", hash));
    EXPECT_FALSE(verify_password("Tram, teapot, gravel, ivy", hash));
    EXPECT_FALSE(verify_password("", hash));
    EXPECT_NE(hash_password("tram, teapot, gravel, ivy").value(), hash) << "has no salt";
}

TEST(PasswordHash, TakesAllOfThePasswordIntoAccount) {
    const std::string with_zero("before\0after", 12);
    const std::string hash = hash_password(with_zero).value();
    EXPECT_TRUE(verify_password(with_zero, hash));
    EXPECT_FALSE(verify_password("before", hash));
}

TEST(PasswordHash, WhatIsNoHashVerifiesNothing) {
    EXPECT_FALSE(verify_password("", ""));
    EXPECT_FALSE(verify_password("secret", "secret"));
    EXPECT_FALSE(verify_password("secret", "$argon2id$"));
    EXPECT_FALSE(verify_password("secret", std::string(5'000, '$')));
}

TEST(PasswordHash, NobodysIsWellFormedAndAsCostlyAsAnyOther) {
    const std::string real = hash_password("tram, teapot, gravel, ivy").value();
    const std::string& nobodys = nobodys_password_hash();
    EXPECT_TRUE(nobodys.starts_with(argon2id_parameters)) << nobodys;
    EXPECT_EQ(nobodys.size(), real.size());
    EXPECT_EQ(nobodys.rfind('$'), real.rfind('$'));
    EXPECT_FALSE(verify_password("", nobodys));
}

TEST(CheckPassword, CountsCharactersNotBytes) {
    const Limits limits;
    EXPECT_TRUE(check_password("gravel i", limits).has_value());
    EXPECT_TRUE(check_password("äöüßéèçñ", limits).has_value());
    const auto too_short = check_password("äöüßéèç", limits);
    ASSERT_TRUE(too_short.has_error());
    EXPECT_EQ(too_short.error().code, Errc::invalid_field);
    EXPECT_EQ(too_short.error().field, "password");
    EXPECT_NE(too_short.error().message.find("at least 8"), std::string::npos);
    std::string longest;
    for (int i = 0; i < 64; ++i) longest += "ä ";
    EXPECT_TRUE(check_password(longest, limits).has_value());
    const auto too_long = check_password(longest + "x", limits);
    ASSERT_TRUE(too_long.has_error());
    EXPECT_NE(too_long.error().message.find("at most 128"), std::string::npos);
}

TEST(CheckPassword, RefusesTheOnesThatAreGuessedFirst) {
    const Limits limits;
    for (const char* common :
         {"password", "PassWord", "password123", "iloveyou", "zxcvbnm123", "trustno1", "1q2w3e4r",
          "aaaaaaaaaa", "        ", "12345678", "87654321", "7890123456", "abcdefghij", "zyxwvuts",
          "QWERTYUIOP", "poiuytrewq", "qwertzuiop", "asdfghjkl"}) {
        const auto checked = check_password(common, limits);
        ASSERT_TRUE(checked.has_error()) << common;
        EXPECT_EQ(checked.error().field, "password");
    }
    for (const char* fine :
         {"tramteapotgravelivy", "Xk2#m9!qLz", "aaaaaaab", "12345689", "password and a lot more"}) {
        EXPECT_TRUE(check_password(fine, limits).has_value()) << fine;
    }
}

TEST(CommonPasswords, TheFirstAndTheLastOfTheListAreFound) {
    EXPECT_TRUE(is_common_password("0123456789"));
    EXPECT_TRUE(is_common_password("10203040"));
    EXPECT_TRUE(is_common_password("zxczxczxc"));
    EXPECT_TRUE(is_common_password(""));
}

TEST(PasswordPool, HashesAndVerifiesOnThreadsOfItsOwn) {
    PasswordPool pool{Limits{}};
    std::promise<std::string> hashed;
    std::thread::id hashed_on;
    ASSERT_TRUE(pool.hash("tram, teapot",
                          [&](result<std::string> hash) {
                              hashed_on = std::this_thread::get_id();
                              hashed.set_value(std::move(hash).value());
                          })
                    .has_value());
    const std::string hash = hashed.get_future().get();
    EXPECT_NE(hashed_on, std::this_thread::get_id());
    std::promise<bool> right;
    std::promise<bool> wrong;
    const auto set = [](std::promise<bool>& promise) {
        return [&promise](bool verified) { promise.set_value(verified); };
    };
    ASSERT_TRUE(pool.verify("tram, teapot", hash, set(right)).has_value());
    ASSERT_TRUE(pool.verify("teapot, tram", hash, set(wrong)).has_value());
    EXPECT_TRUE(right.get_future().get());
    EXPECT_FALSE(wrong.get_future().get());
    pool.stop();  // before the promises go, which its threads may still be setting
}

// Holds both threads of a pool until it is released.
class HeldPool {
public:
    explicit HeldPool(const Limits& limits) : pool(limits) {
        for (std::promise<void>& holding : holding_) {
            EXPECT_TRUE(pool.verify("", "",
                                    [this, &holding](bool) {
                                        holding.set_value();
                                        released_.wait();
                                    })
                            .has_value());
            holding.get_future().wait();
        }
    }
    void release() { release_.set_value(); }

private:
    std::promise<void> release_;
    std::shared_future<void> released_ = release_.get_future().share();
    std::array<std::promise<void>, 2> holding_;

public:
    PasswordPool pool;  // the last member: its threads use the others
};

TEST(PasswordPool, AnswersBusyWhenItsQueueIsFull) {
    Limits limits;
    limits.password_queue_count_max = 3;
    HeldPool held(limits);
    std::atomic<int> called = 0;
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(held.pool.verify("", "", [&](bool) { ++called; }).has_value());
    }
    const auto refused = held.pool.verify("", "", [&](bool) { called += 100; });
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::busy);
    EXPECT_TRUE(refused.error().retry_after);
    held.release();
    held.pool.stop();
    EXPECT_EQ(called, 3);
}

TEST(PasswordPool, StopFinishesWhatIsQueuedAndTakesNothingMore) {
    HeldPool held{Limits{}};
    std::atomic<int> called = 0;
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(held.pool.verify("", "", [&](bool) { ++called; }).has_value());
    }
    held.release();
    held.pool.stop();
    EXPECT_EQ(called, 10);
    EXPECT_EQ(held.pool.hash("late", [](result<std::string>) {}).error().code, Errc::busy);
    held.pool.stop();
}

TEST(PasswordPool, OutlivesACompletionThatThrows) {
    PasswordPool pool{Limits{}};
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(
            pool.verify("", "", [](bool) { throw std::runtime_error("a bug"); }).has_value());
    }
    std::promise<bool> after;
    ASSERT_TRUE(pool.verify("", "", [&](bool right) { after.set_value(right); }).has_value());
    EXPECT_FALSE(after.get_future().get());
    pool.stop();
}

}  // namespace
}  // namespace parley
