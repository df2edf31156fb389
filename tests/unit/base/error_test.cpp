#include "base/error.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace parley {
namespace {

result<int> half_of(int number) {
    if (number % 2 != 0)
        return make_error(Errc::invalid_field, "The number must be even.", "number");
    return number / 2;
}

TEST(Error, ResultCarriesAValueOrAReason) {
    EXPECT_EQ(half_of(8).value(), 4);
    const result<int> odd = half_of(7);
    ASSERT_FALSE(odd);
    EXPECT_EQ(odd.error().code, Errc::invalid_field);
    EXPECT_EQ(odd.error().message, "The number must be even.");
    EXPECT_EQ(odd.error().field, "number");
    EXPECT_FALSE(odd.error().retry_after);
}

TEST(Error, TakingAValueThatIsNotThereIsABugAndSaysWhere) {
    try {
        (void)half_of(7).value();
        FAIL() << "value() of a failed result returned";
    } catch (const std::logic_error& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("invalid_field: The number must be even."), std::string::npos) << text;
        EXPECT_NE(text.find("error_test.cpp"), std::string::npos) << text;
    }
}

TEST(Error, CodesOfTheContract) {
    EXPECT_EQ(wire_code(Errc::edit_window_over), "edit_window_over");
    EXPECT_EQ(wire_code(Errc::precondition_too_far), "reload");
    EXPECT_EQ(http_status(Errc::precondition_too_far), 409);
    EXPECT_EQ(http_status(Errc::epoch_required), 400);
    EXPECT_EQ(http_status(Errc::unauthenticated), 401);
    EXPECT_EQ(http_status(Errc::origin_refused), 403);
    EXPECT_EQ(http_status(Errc::method_not_allowed), 405);
    EXPECT_EQ(http_status(Errc::too_large), 413);
    EXPECT_EQ(http_status(Errc::unsupported_media), 415);
    EXPECT_EQ(http_status(Errc::key_reused), 422);
    EXPECT_EQ(http_status(Errc::rate_limited), 429);
    EXPECT_EQ(http_status(Errc::busy), 503);
    EXPECT_EQ(http_status(Errc::storage_full), 507);
}

// A client may repeat what failed by the server's state, and must not repeat what it did wrong
// itself.
TEST(Error, OnlyWhatHealsByItselfIsRetryable) {
    for (int i = 0; i <= static_cast<int>(Errc::internal); ++i) {
        const auto code = static_cast<Errc>(i);
        const bool heals = code == Errc::busy || code == Errc::rate_limited ||
                           code == Errc::unavailable || code == Errc::storage_full;
        EXPECT_EQ(is_retryable(code), heals) << wire_code(code);
        if (heals) {
            EXPECT_TRUE(http_status(code) == 429 || http_status(code) >= 503) << wire_code(code);
        }
    }
}

TEST(Error, EveryCodeHasASentence) {
    for (int i = 0; i <= static_cast<int>(Errc::internal); ++i) {
        const Error error = make_error(static_cast<Errc>(i));
        EXPECT_EQ(error.message.back(), '.') << wire_code(error.code);
        EXPECT_FALSE(title(error.code).empty());
        EXPECT_FALSE(error.retry_after);
    }
}

TEST(Error, RetryHasItsDelay) {
    const Error error = make_retry(Errc::busy, std::chrono::milliseconds{250});
    EXPECT_EQ(error.retry_after, std::chrono::milliseconds{250});
    EXPECT_EQ(error.message, make_error(Errc::busy).message);
}

TEST(Error, ACodeFromNowhereIsInternal) {
    EXPECT_EQ(wire_code(static_cast<Errc>(200)), "internal");
    EXPECT_EQ(http_status(static_cast<Errc>(200)), 500);
}

}  // namespace
}  // namespace parley
