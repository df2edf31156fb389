#include "store/writer.hpp"

#include "base/log.hpp"
#include "support/failing_store.hpp"
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace parley {
namespace {

using std::chrono::milliseconds;
using test::FailingStore;
using test::StateBuilder;
using Lane = Writer::Lane;
using Step = FailingStore::Step;

// Collects answers, from any thread.
class Answers {
public:
    Writer::Completion next() {
        const std::lock_guard lock(mutex_);
        const std::size_t index = answers_.size();
        answers_.emplace_back();
        return [this, index](result<Outcome> answer) {
            const std::lock_guard inner(mutex_);
            answers_[index] += answer.has_value() ? "ok" : wire_code(answer.error().code);
        };
    }
    // In the order of next(), "" where there is none yet, "okok" where one was answered twice.
    [[nodiscard]] std::vector<std::string> all() const {
        const std::lock_guard lock(mutex_);
        return answers_;
    }
    [[nodiscard]] std::size_t count(const std::string& what) const {
        const auto answers = all();
        return static_cast<std::size_t>(std::count(answers.begin(), answers.end(), what));
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> answers_;
};

class WriterTest : public testing::Test {
public:
    FailingStore store;
    test::ManualClock clock;
    Limits limits;
    Actor ada = store.world.person("Ada");
    DiscussionId tram_line = store.world.open_discussion();
    Answers answers;

    Command post(const std::string& body) {
        return StateBuilder::command(ada, PostComment{tram_line, {}, body, {}},
                                     store.world.fresh_key());
    }
    bool submit(Writer& writer, Command command, Lane lane = Lane::everybody) {
        return writer.submit(std::move(command), lane, answers.next()).has_value();
    }
    std::unique_ptr<Writer> make_writer(Writer::Hooks hooks = {}) {
        return std::make_unique<Writer>(store, limits, clock, std::move(hooks));
    }

    // Makes the first transaction wait until release(), so that a test can fill the queue.
    void hold_first_transaction() {
        store.fault = [this](Step step, const State&) -> std::optional<Error> {
            if (step != Step::begin || held_once_) return std::nullopt;
            held_once_ = true;
            reached_.set_value();
            released_.wait();
            return std::nullopt;
        };
    }
    void wait_until_held() { reached_.get_future().wait(); }
    void release() { release_.set_value(); }

private:
    bool held_once_ = false;
    std::promise<void> reached_;
    std::promise<void> release_;
    std::shared_future<void> released_ = release_.get_future().share();
};

TEST_F(WriterTest, AnswersAfterTheChangesetWasHandedOn) {
    std::vector<std::string> order;
    auto writer =
        make_writer({[&](const auto& changesets) {
                         order.push_back("committed " + std::to_string(changesets[0]->seq));
                     },
                     {}});
    std::promise<void> answered;
    const auto done = [&](result<Outcome> answer) {
        order.emplace_back(answer.has_value() ? "answered" : "refused");
        answered.set_value();
    };
    ASSERT_TRUE(writer->submit(post("one"), Lane::everybody, done).has_value());
    answered.get_future().wait();
    writer->stop();
    EXPECT_EQ(order, (std::vector<std::string>{"committed 2", "answered"}));
    EXPECT_EQ(writer->stats().commits, 1U);
    EXPECT_EQ(writer->stats().commands, 1U);
}

TEST_F(WriterTest, GroupsWhatCameWhileACommitWasUnderWay) {
    hold_first_transaction();
    auto writer = make_writer();
    EXPECT_TRUE(submit(*writer, post("first")));
    wait_until_held();
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(submit(*writer, post("more")));
    EXPECT_EQ(writer->stats().queued, 100U);
    release();
    writer->stop();
    EXPECT_EQ(answers.count("ok"), 101U);
    EXPECT_EQ(writer->stats().commits, 2U);
    EXPECT_EQ(writer->stats().commands, 101U);
    EXPECT_EQ(writer->stats().queued, 0U);
    EXPECT_EQ(store.world.discussion(tram_line).seq, 3);
}

TEST_F(WriterTest, AStormOfVotesFromTwoThreadsIsFewCommitsAndLosesNone) {
    constexpr int voters_count = 100;
    constexpr int comments_count = 100;
    std::vector<Actor> voters;
    voters.reserve(voters_count);
    for (int i = 0; i < voters_count; ++i) {
        voters.push_back(store.world.person("Voter " + std::to_string(i)));
    }
    std::vector<CommentId> comments;
    comments.reserve(comments_count);
    for (int i = 0; i < comments_count; ++i) {
        comments.push_back(store.world.post(ada, tram_line, "one"));
    }
    const Seq before = store.world.discussion(tram_line).seq;
    limits.writer_queue_count_max = voters_count * comments_count;
    Seq expected_prev = before;
    bool in_order = true;
    auto writer = make_writer({[&](const auto& changesets) {
                                   for (const auto& changeset : changesets) {
                                       in_order = in_order && changeset->prev == expected_prev;
                                       expected_prev = changeset->seq;
                                   }
                               },
                               {}});
    const auto vote = [&](std::size_t from) {
        for (std::size_t voter = from; voter < voters.size(); voter += 2) {
            for (const CommentId comment : comments) {
                EXPECT_TRUE(
                    submit(*writer, StateBuilder::command(voters[voter], CastVote{comment, 1})));
            }
        }
    };
    std::thread other([&] { vote(1); });
    vote(0);
    other.join();
    writer->stop();

    EXPECT_EQ(answers.count("ok"), std::size_t{voters_count} * comments_count);
    for (const CommentId comment : comments) {
        EXPECT_EQ(store.world.comment(comment).up, voters_count);
    }
    const Writer::Stats stats = writer->stats();
    EXPECT_EQ(stats.commands, std::uint64_t{voters_count} * comments_count);
    EXPECT_GE(stats.commits, stats.commands / limits.writer_batch_count_max);
    EXPECT_LT(stats.commits, stats.commands / 2) << "hardly anything was grouped";
    EXPECT_TRUE(in_order);
    EXPECT_EQ(store.world.discussion(tram_line).seq, before + static_cast<Seq>(stats.commits));
}

TEST_F(WriterTest, MeasuresItsCommitsAndTellsWhenABatchHangs) {
    store.fault = [&](Step step, const State&) -> std::optional<Error> {
        if (step == Step::save) clock.advance(milliseconds(30));
        if (step == Step::commit) clock.advance(milliseconds(12));
        return std::nullopt;
    };
    {
        auto writer = make_writer();
        EXPECT_TRUE(submit(*writer, post("one")));
        writer->stop();
        const Writer::Stats stats = writer->stats();
        EXPECT_FALSE(stats.takes_commands);
        EXPECT_EQ(stats.busy_for, std::nullopt);
        EXPECT_EQ(stats.commit_us.sum(), 12'000U);
        EXPECT_EQ(stats.transaction_us.sum(), 42'000U);
        EXPECT_EQ(stats.batch_commands.sum(), 1U);
    }
    hold_first_transaction();
    auto writer = make_writer();
    EXPECT_TRUE(writer->stats().takes_commands);
    EXPECT_TRUE(submit(*writer, post("held")));
    wait_until_held();
    EXPECT_TRUE(submit(*writer, post("queued")));
    EXPECT_TRUE(submit(*writer, post("queued"), Lane::moderators));
    clock.advance(milliseconds(2'500));
    EXPECT_EQ(writer->stats().busy_for, milliseconds(2'500));
    EXPECT_EQ(writer->stats().queued, 2U);
    EXPECT_EQ(writer->stats().queued_moderators, 1U);
    release();
    writer->stop();
    EXPECT_EQ(writer->stats().queued, 0U);
    EXPECT_EQ(writer->stats().busy_for, std::nullopt);
}

TEST_F(WriterTest, WhatASlowCommitIsCanBeSaid) {
    store.fault = [&](Step step, const State&) -> std::optional<Error> {
        if (step == Step::commit) clock.advance(milliseconds(100));
        return std::nullopt;
    };
    configure_log(LogLevel::info, LogFormat::json, "");  // forgets what other tests have logged
    auto writer = make_writer();
    const auto log_of = [&](milliseconds slow) {
        writer->set_slow_commit(slow);
        testing::internal::CaptureStderr();
        std::promise<void> answered;
        EXPECT_TRUE(
            writer->submit(post("x"), Lane::everybody, [&](const auto&) { answered.set_value(); })
                .has_value());
        answered.get_future().wait();
        flush_log();
        return testing::internal::GetCapturedStderr();
    };
    EXPECT_EQ(log_of(milliseconds(100)), "");
    EXPECT_EQ(log_of(milliseconds(0)), "") << "0: none is slow";
    EXPECT_NE(log_of(milliseconds(99)).find("store.slow_commit"), std::string::npos);
}

TEST_F(WriterTest, AFullLaneIsBusyAndLeavesRoomForModerators) {
    limits.writer_queue_count_max = 4;
    hold_first_transaction();
    auto writer = make_writer();
    EXPECT_TRUE(submit(*writer, post("held")));
    wait_until_held();
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(submit(*writer, post("queued")));
    bool called = false;
    const auto refused =
        writer->submit(post("refused"), Lane::everybody, [&](auto) { called = true; });
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::busy);
    EXPECT_TRUE(refused.error().retry_after);
    EXPECT_TRUE(submit(*writer, post("moderator"), Lane::moderators));
    EXPECT_FALSE(submit(*writer, post("moderator"), Lane::moderators));
    release();
    writer->stop();
    EXPECT_FALSE(called);
    EXPECT_EQ(answers.count("ok"), 6U);
    EXPECT_EQ(writer->stats().refused_busy, 2U);
}

TEST_F(WriterTest, ACommandThatWaitedTooLongIsNotRun) {
    limits.command_deadline_ms = 5'000;
    hold_first_transaction();
    auto writer = make_writer();
    EXPECT_TRUE(submit(*writer, post("held")));
    wait_until_held();
    EXPECT_TRUE(submit(*writer, post("late")));
    clock.advance(milliseconds{1});
    EXPECT_TRUE(submit(*writer, post("in time")));
    clock.advance(milliseconds{5'000});
    release();
    writer->stop();
    EXPECT_EQ(answers.all(), (std::vector<std::string>{"ok", "busy", "ok"}));
    EXPECT_EQ(store.world.memory.rows.comments.size(), 2U);
    EXPECT_EQ(writer->stats().refused_busy, 1U);
}

TEST_F(WriterTest, StopFinishesWhatIsQueuedAndTakesNothingMore) {
    hold_first_transaction();
    limits.writer_batch_count_max = 10;
    auto writer = make_writer();
    EXPECT_TRUE(submit(*writer, post("held")));
    wait_until_held();
    for (int i = 0; i < 95; ++i) EXPECT_TRUE(submit(*writer, post("queued")));
    release();
    writer->stop();
    EXPECT_EQ(answers.count("ok"), 96U);
    EXPECT_FALSE(submit(*writer, post("late")));
    EXPECT_EQ(answers.count(""), 1U) << "a refused command has no completion";
    writer->stop();
}

TEST_F(WriterTest, ItsEndFinishesWhatIsQueued) {
    {
        auto writer = make_writer();
        for (int i = 0; i < 50; ++i) EXPECT_TRUE(submit(*writer, post("queued")));
    }
    EXPECT_EQ(answers.count("ok"), 50U);
    EXPECT_EQ(store.world.memory.rows.comments.size(), 50U);
}

TEST_F(WriterTest, ACompletionMaySubmitStopOrThrow) {
    auto writer = make_writer();
    std::promise<bool> followed;
    const auto first = [&](auto) {
        const auto second = [&](auto) {
            const auto third = [&](auto answer) {
                writer->stop();
                followed.set_value(answer.has_value());
            };
            EXPECT_TRUE(writer->submit(post("third"), Lane::everybody, third).has_value());
            throw std::runtime_error("a bug");
        };
        EXPECT_TRUE(writer->submit(post("second"), Lane::everybody, second).has_value());
    };
    EXPECT_TRUE(writer->submit(post("first"), Lane::everybody, first).has_value());
    EXPECT_TRUE(followed.get_future().get());
    writer->stop();
    EXPECT_EQ(store.world.memory.rows.comments.size(), 3U);
}

TEST_F(WriterTest, AfterAFatalCommitNothingIsAcknowledgedOrTaken) {
    std::promise<void> reached;
    std::promise<void> release_commit;
    store.fault = [&](Step step, const State&) -> std::optional<Error> {
        if (step != Step::commit) return std::nullopt;
        reached.set_value();
        release_commit.get_future().wait();
        return make_error(Errc::internal);
    };
    std::vector<Errc> fatal;
    auto writer = make_writer({{}, [&](const Error& error) { fatal.push_back(error.code); }});
    EXPECT_TRUE(submit(*writer, post("held")));
    reached.get_future().wait();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(submit(*writer, post("queued")));
    release_commit.set_value();
    writer->stop();
    EXPECT_EQ(answers.count("unavailable"), 21U);
    EXPECT_EQ(fatal, std::vector{Errc::internal});
    EXPECT_EQ(store.begun, 1) << "the store was used after a failed commit";
    EXPECT_TRUE(store.world.memory.rows.comments.empty());
    EXPECT_FALSE(submit(*writer, post("late")));
}

TEST_F(WriterTest, LivesOnAfterAFullDisk) {
    store.fail(Step::commit, Errc::storage_full);
    auto writer = make_writer();
    std::promise<Errc> refused;
    const auto done = [&](result<Outcome> answer) { refused.set_value(answer.error().code); };
    EXPECT_TRUE(writer->submit(post("one"), Lane::everybody, done).has_value());
    EXPECT_EQ(refused.get_future().get(), Errc::storage_full);
    EXPECT_TRUE(submit(*writer, post("two")));
    writer->stop();
    EXPECT_EQ(answers.all(), std::vector<std::string>{"ok"});
}

}  // namespace
}  // namespace parley
