#include "unit/service/service_fixture.hpp"

#include <future>
#include <thread>

namespace parley {
namespace {

using std::chrono::milliseconds;

Changeset changeset_at(Seq seq, bool takes_text_away) {
    Changeset changeset;
    changeset.discussion = DiscussionId{"tram"};
    changeset.epoch = Epoch{"a"};
    changeset.prev = seq - 1;
    changeset.seq = seq;
    changeset.takes_text_away = takes_text_away;
    return changeset;
}

class ServiceSnapshots : public test::ServiceWorld {
protected:
    using Answer = result<SnapshotAnswer>;

    [[nodiscard]] WindowQuery window_query() const {
        WindowQuery query;
        query.request.discussion = tram;
        return query;
    }
    // Asks and waits for the answer.
    template <class Start>
    Answer ask(Start start) {
        std::optional<Answer> answer;
        start([&answer](Answer given) { answer = std::move(given); });
        loop.run_until([&answer] { return answer.has_value(); });
        return std::move(*answer);
    }
    Answer window() {
        return ask([this](auto reply) { service.window(window_query(), reply); });
    }
    Answer changes(Seq since) {
        return ask([this, since](auto reply) {
            service.changes({tram, Epoch{"a"}, since}, std::move(reply));
        });
    }
    Answer page() {
        return ask([this](auto reply) {
            const PageRenderer render = [this](const DiscussionPageData& data) {
                ++rendered;
                return result<std::string>("page " + data.detail.view.id.value);
            };
            service.page(window_query().request, render, std::move(reply));
        });
    }

    std::atomic<int> rendered = 0;
    test::Loop loop;
    Service service{parts(loop)};
};

TEST_F(ServiceSnapshots, GivesFromMemoryAtOnceWhatWasReadOnce) {
    EXPECT_FALSE(service.window_at_hand(window_query()));
    const auto first = window().value();
    EXPECT_EQ(first.snapshot->position.seq, 1);
    EXPECT_NE(first.snapshot->identity.find("\"seq\":1"), std::string::npos);
    EXPECT_EQ(service.window_at_hand(window_query())->snapshot, first.snapshot);
    EXPECT_EQ(window()->snapshot, first.snapshot);
    EXPECT_EQ(store.reads(), 1);
    WindowQuery other = window_query();
    other.request.limit = 7;
    EXPECT_FALSE(service.window_at_hand(other));
}

TEST_F(ServiceSnapshots, AsksForThePositionAloneWhereNothingChanged) {
    const auto first = window().value();
    clock.advance(snapshot_stale_max_ms + milliseconds{1});
    EXPECT_EQ(window()->snapshot, first.snapshot);
    EXPECT_EQ(store.reads(), 1);
    clock.advance(snapshot_stale_max_ms + milliseconds{1});
    store.move_to({Epoch{"a"}, 2});
    EXPECT_EQ(window()->snapshot->position.seq, 2);
    EXPECT_EQ(store.reads(), 2);
}

TEST_F(ServiceSnapshots, TheSweepKeepsWatchedOnesFresh) {
    const auto first = window().value();
    clock.advance(milliseconds{400});
    bool swept = false;
    service.positions({tram}, [&swept](const auto&) { swept = true; });
    loop.run_until([&swept] { return swept; });
    clock.advance(milliseconds{400});
    EXPECT_EQ(service.window_at_hand(window_query())->snapshot, first.snapshot);
}

TEST_F(ServiceSnapshots, AThousandOnTwoLoopsCostOneRead) {
    std::promise<void> go_on;
    store.on_read = [released = go_on.get_future().share()] { released.wait(); };
    constexpr int askers_each = 500;
    const auto ask_many = [this](test::Loop& own, std::atomic<int>& asked, int& answered) {
        Service mine(parts(own));
        const auto asker = std::this_thread::get_id();
        for (int i = 0; i < askers_each; ++i) {
            mine.window(window_query(), [&answered, asker](const Answer& answer) {
                EXPECT_TRUE(answer.has_value());
                EXPECT_EQ(std::this_thread::get_id(), asker) << "each on the loop that asked";
                ++answered;
            });
            ++asked;
        }
        own.run_until([&answered] { return answered == askers_each; });
        // Whoever began the read is still used by it until that has landed.
        readers->stop();
    };
    test::Loop one;
    test::Loop two;
    std::atomic<int> asked = 0;
    int answered_one = 0;
    int answered_two = 0;
    std::thread first([&] { ask_many(one, asked, answered_one); });
    std::thread second([&] { ask_many(two, asked, answered_two); });
    while (asked < 2 * askers_each) std::this_thread::yield();
    go_on.set_value();
    first.join();
    second.join();
    EXPECT_EQ(store.reads(), 1);
    EXPECT_EQ(answered_one + answered_two, 2 * askers_each);
}

TEST_F(ServiceSnapshots, ARemovalDuringAReadReachesNobodyWhoAsksAfterIt) {
    std::promise<void> reading;
    std::promise<void> go_on;
    store.on_read = [&, first = true]() mutable {
        if (!std::exchange(first, false)) return;
        reading.set_value();
        go_on.get_future().wait();
    };
    std::optional<Answer> before;
    service.window(window_query(), [&before](Answer given) { before = std::move(given); });
    reading.get_future().wait();
    store.move_to({Epoch{"a"}, 2});
    shared.on_changeset(changeset_at(2, true));
    EXPECT_EQ(window()->snapshot->position.seq, 2) << "the other is still being read";
    go_on.set_value();
    loop.run_until([&before] { return before.has_value(); });
    EXPECT_EQ(before->value().snapshot->position.seq, 1);
    EXPECT_EQ(service.window_at_hand(window_query())->snapshot->position.seq, 2);
}

TEST_F(ServiceSnapshots, EveryChangeEndsChangesAndPagesAsWell) {
    EXPECT_EQ(changes(1)->snapshot->tag, "a:1");
    EXPECT_EQ(page()->snapshot->identity, "page tram");
    EXPECT_EQ(page()->snapshot->identity, "page tram");
    EXPECT_EQ(rendered, 1);
    store.move_to({Epoch{"a"}, 2});
    shared.on_changeset(changeset_at(2, false));
    EXPECT_EQ(changes(1)->snapshot->tag, "a:2");
    EXPECT_EQ(page()->snapshot->position.seq, 2);
    EXPECT_EQ(rendered, 2);
    shared.on_hint(tram, {Epoch{"a"}, 3});
    EXPECT_FALSE(service.changes_at_hand({tram, Epoch{"a"}, 1}));
    EXPECT_FALSE(service.page_at_hand(window_query().request));
}

TEST_F(ServiceSnapshots, AnOutageGivesWindowsMarkedAsStaleButNoChanges) {
    const auto first = window().value();
    EXPECT_TRUE(changes(1).has_value());
    store.fail_with(Errc::unavailable);
    clock.advance(milliseconds{60'000});
    const auto stale = window().value();
    EXPECT_EQ(stale.snapshot, first.snapshot);
    EXPECT_EQ(stale.stale_for, milliseconds{60'000});
    EXPECT_TRUE(service.window_at_hand(window_query())->stale_for);
    EXPECT_EQ(changes(1).error().code, Errc::unavailable);
    WindowQuery more = window_query();
    more.epoch = Epoch{"a"};
    more.min_seq = 2;
    const auto refused =
        ask([&](auto reply) { service.window(std::move(more), std::move(reply)); });
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    store.fail_with(std::nullopt);
    clock.advance(snapshot_stale_max_ms);
    EXPECT_FALSE(window()->stale_for);
}

TEST_F(ServiceSnapshots, AReadThatThrowsFailsOnceAndKeepsNobodyWaiting) {
    store.on_read = [] { throw std::runtime_error("a bug"); };
    EXPECT_EQ(window().error().code, Errc::internal);
    store.on_read = nullptr;
    EXPECT_TRUE(window().has_value());
}

TEST_F(ServiceSnapshots, AReadThatWaitedTooLongIsAnOutageToo) {
    const auto first = window().value();
    clock.advance(milliseconds{600});
    service.abandon_reads();
    EXPECT_EQ(window()->snapshot, first.snapshot);
    EXPECT_TRUE(window()->stale_for);
}

TEST_F(ServiceSnapshots, WithoutReadersTheAnswerIsBusy) {
    readers->stop();
    const auto refused = window();
    EXPECT_EQ(refused.error().code, Errc::busy);
    EXPECT_TRUE(refused.error().retry_after);
}

TEST_F(ServiceSnapshots, RatesAndKnownSessionsAreOneForAllLoops) {
    config.limits.posts_per_minute_max = 1;
    ServiceShared few(config.limits);
    const auto now = clock.monotonic_now();
    std::atomic<int> allowed = 0;
    const auto take = [&] {
        for (int i = 0; i < 100; ++i) {
            if (!few.take_token(RateLimiter::Kind::post, "account 1", now)) ++allowed;
        }
    };
    std::thread other(take);
    take();
    other.join();
    EXPECT_EQ(allowed, 1);
    EXPECT_FALSE(few.known_session(Digest256{}));
    few.remember(Digest256{}, {AccountId{3}, Role::moderator});
    EXPECT_EQ(few.known_session(Digest256{})->account, AccountId{3});
}

TEST_F(ServiceSnapshots, RatesAreSharedByWhatEachLetThrough) {
    config.limits.posts_per_minute_max = 2;
    ServiceShared one(config.limits);
    ServiceShared two(config.limits);
    constexpr std::string_view secret = "a secret of at least thirty-two characters";
    const auto now = clock.monotonic_now();
    std::vector<std::string> told;
    one.share_rates(secret, [&](RateLimiter::Kind kind, std::string_view key) {
        told.emplace_back(key);
        two.on_spent(kind, key, 1, now);
    });
    two.share_rates(secret, [](RateLimiter::Kind, std::string_view) {});
    EXPECT_FALSE(one.take_token(RateLimiter::Kind::post, "192.0.2.7", now));
    EXPECT_FALSE(two.take_token(RateLimiter::Kind::post, "192.0.2.7", now));
    EXPECT_TRUE(two.take_token(RateLimiter::Kind::post, "192.0.2.7", now));
    EXPECT_FALSE(two.take_token(RateLimiter::Kind::post, "192.0.2.8", now));
    ASSERT_EQ(told.size(), 1U) << "only what was let through is told";
    EXPECT_EQ(told.front().size(), 32U);
    EXPECT_EQ(told.front().find("192"), std::string::npos);
    EXPECT_FALSE(one.take_token(RateLimiter::Kind::post, "192.0.2.7", now));
    EXPECT_TRUE(one.take_token(RateLimiter::Kind::post, "192.0.2.7", now));
    EXPECT_EQ(told.size(), 2U);
}

TEST_F(ServiceSnapshots, RatesThatAreOffAreNotShared) {
    config.limits.rates_enabled = false;
    ServiceShared one(config.limits);
    int told = 0;
    one.share_rates("secret", [&](RateLimiter::Kind, std::string_view) { ++told; });
    EXPECT_FALSE(one.take_token(RateLimiter::Kind::post, "x", clock.monotonic_now()));
    EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace parley
