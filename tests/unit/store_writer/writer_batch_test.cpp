#include "store/writer_batch.hpp"

#include "base/log.hpp"
#include "support/failing_store.hpp"
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace parley {
namespace {

using test::FailingStore;
using test::StateBuilder;
using Step = FailingStore::Step;

class WriterBatch : public testing::Test {
public:
    FailingStore store;
    test::ManualClock clock;
    Limits limits;
    Actor ada = store.world.person("Ada");
    Actor ben = store.world.person("Ben");
    DiscussionId tram_line = store.world.open_discussion();
    std::vector<std::shared_ptr<const Changeset>> handed_on;
    int hook_calls = 0;

    Command post(const std::string& body) {
        return StateBuilder::command(ada, PostComment{tram_line, {}, body, {}},
                                     store.world.fresh_key());
    }
    BatchResult run(const std::vector<Command>& commands) {
        BatchResult result = run_batch(store, commands, limits, clock, [&](const auto& changesets) {
            ++hook_calls;
            handed_on.insert(handed_on.end(), changesets.begin(), changesets.end());
        });
        EXPECT_EQ(result.answers.size(), commands.size());
        EXPECT_EQ(store.open_transactions, 0);
        return result;
    }
    [[nodiscard]] std::size_t comments() const { return store.world.memory.rows.comments.size(); }
    [[nodiscard]] Seq seq() const { return store.world.discussion(tram_line).seq; }

    // "ok" or the code of each answer.
    static std::string summary(const BatchResult& result) {
        std::string text;
        for (const auto& answer : result.answers) {
            text += answer.has_value() ? "ok" : std::string(wire_code(answer.error().code));
            text += " ";
        }
        return text;
    }
    static CommentId id_of(const result<Outcome>& answer) {
        return std::get<CommentOutcome>(answer.value()).comment.id();
    }
    // A comment of this text cannot be saved.
    void refuse_to_save(const std::string& body, Errc code) {
        store.fault = [=](Step step, const State& state) -> std::optional<Error> {
            if (step != Step::save) return std::nullopt;
            for (const auto& [id, tracked] : state.comments) {
                if (tracked.fresh && tracked.row.body == body) return make_error(code);
            }
            return std::nullopt;
        };
    }
};

TEST_F(WriterBatch, IsOneTransactionAndOneChangeset) {
    const Seq before = seq();
    const auto result = run({post("one"), post("two"), post("three")});
    EXPECT_EQ(summary(result), "ok ok ok ");
    EXPECT_EQ(result.commits, 1U);
    EXPECT_FALSE(result.fatal);
    EXPECT_EQ(store.begun, 1);
    EXPECT_EQ(store.committed, 1);
    ASSERT_EQ(handed_on.size(), 1U);
    EXPECT_EQ(handed_on[0]->prev, before);
    EXPECT_EQ(handed_on[0]->seq, before + 1);
    EXPECT_EQ(handed_on[0]->comments.size(), 3U);
    EXPECT_EQ(seq(), before + 1);
}

TEST_F(WriterBatch, ARefusalIsTheAnswerToItsCommandAlone) {
    const auto result = run({post("one"), StateBuilder::command(ada, CastVote{CommentId{999}, 1}),
                             StateBuilder::command(NobodyInParticular{}, CastVote{CommentId{1}, 1}),
                             post(""), post("five")});
    EXPECT_EQ(summary(result), "ok unknown_comment unauthenticated invalid_field ok ");
    EXPECT_EQ(result.commits, 1U);
    EXPECT_EQ(store.begun, 1) << "a refusal must not split the batch";
    EXPECT_EQ(comments(), 2U);
}

TEST_F(WriterBatch, AnswersTellHowThingsStandAfterTheWholeBatch) {
    const CommentId comment = store.world.post(ada, tram_line, "one");
    const Actor carl = store.world.person("Carl");
    const auto result = run({StateBuilder::command(ben, CastVote{comment, 1}),
                             StateBuilder::command(carl, CastVote{comment, 1})});
    for (const auto& answer : result.answers) {
        EXPECT_EQ(std::get<VoteOutcome>(answer.value()).tally.up, 2);
    }
}

TEST_F(WriterBatch, ThatChangesNothingIsNotCommitted) {
    const CommentId comment = store.world.post(ada, tram_line, "one");
    const auto same_vote = StateBuilder::command(ben, CastVote{comment, 1});
    EXPECT_EQ(run({same_vote}).commits, 1U);
    const auto result = run({same_vote, StateBuilder::command(ada, CastVote{comment, 1})});
    EXPECT_EQ(summary(result), "ok own_comment ");
    EXPECT_EQ(result.commits, 0U);
    EXPECT_EQ(store.committed, 1);
    EXPECT_EQ(hook_calls, 1);
}

TEST_F(WriterBatch, WithoutAPublicChangeIsCommittedButHandsNothingOn) {
    const CreateAccount account{"Dora", "dora", "hash", Role::member};
    const auto result = run({StateBuilder::command(TheOperator{}, account)});
    EXPECT_EQ(result.commits, 1U);
    EXPECT_EQ(hook_calls, 0);
}

TEST_F(WriterBatch, ABadCommandIsFoundByRunningEachAlone) {
    for (const Errc code : {Errc::conflict, Errc::invalid_field, Errc::corrupt_store}) {
        refuse_to_save("bad", code);
        const std::size_t before = comments();
        handed_on.clear();
        const auto result = run({post("one"), post("bad"), post("three")});
        EXPECT_EQ(summary(result), "ok " + std::string(wire_code(code)) + " ok ");
        EXPECT_EQ(result.commits, 2U);
        EXPECT_FALSE(result.fatal);
        EXPECT_EQ(comments(), before + 2);
        ASSERT_EQ(handed_on.size(), 2U) << "one after each commit";
        EXPECT_EQ(handed_on[1]->prev, handed_on[0]->seq);
    }
}

TEST_F(WriterBatch, ADeferredConstraintThatFailsAtCommitIsADataErrorToo) {
    store.fail(Step::commit, Errc::conflict);
    const auto result = run({post("one"), post("two")});
    EXPECT_EQ(summary(result), "ok ok ");
    EXPECT_EQ(result.commits, 2U);
}

TEST_F(WriterBatch, AnExceptionIsAnsweredInternalToItsCommandAlone) {
    store.fault = [](Step step, const State& state) -> std::optional<Error> {
        if (step != Step::save) return std::nullopt;
        for (const auto& [id, tracked] : state.comments) {
            if (tracked.fresh && tracked.row.body == "bad") throw std::bad_alloc();
        }
        return std::nullopt;
    };
    const auto result = run({post("one"), post("bad"), post("three")});
    EXPECT_EQ(summary(result), "ok internal ok ");
    EXPECT_FALSE(result.fatal);
    EXPECT_EQ(comments(), 2U);
}

TEST_F(WriterBatch, ALockIsTriedOnceMoreAsABatch) {
    for (const Step step : {Step::begin, Step::load, Step::save, Step::commit}) {
        store.begun = 0;
        store.fail(step, Errc::busy);
        const auto result = run({post("one"), post("two")});
        EXPECT_EQ(summary(result), "ok ok ");
        EXPECT_EQ(result.commits, 1U);
        EXPECT_EQ(store.begun, 2);
    }
    EXPECT_EQ(comments(), 8U);
}

TEST_F(WriterBatch, ALockThatStaysIsBusyToAll) {
    for (const Step step : {Step::begin, Step::commit}) {
        store.begun = 0;
        store.fail(step, Errc::busy, 2);
        const auto result = run({post("one"), post("two")});
        EXPECT_EQ(summary(result), "busy busy ");
        EXPECT_EQ(store.begun, 2) << "must not be run one by one";
        for (const auto& answer : result.answers) EXPECT_TRUE(answer.error().retry_after);
    }
    EXPECT_EQ(comments(), 0U);
}

TEST_F(WriterBatch, ALostAnswerToACommitDoesNothingTwice) {
    store.fail(Step::commit_answer, Errc::unavailable);
    const auto first = post("one");
    const auto second = post("two");
    const auto result = run({first, second});
    EXPECT_EQ(summary(result), "ok ok ");
    EXPECT_EQ(comments(), 2U);
    EXPECT_EQ(store.committed, 1) << "the second time there was nothing left to do";
    EXPECT_NE(id_of(result.answers[0]), id_of(result.answers[1]));
    EXPECT_TRUE(std::get<CommentOutcome>(result.answers[0].value()).created)
        << "answers as the first time";
    const auto again = run({first});
    EXPECT_EQ(id_of(again.answers[0]), id_of(result.answers[0]));
}

TEST_F(WriterBatch, AnAnswerThatIsLostTwiceIsUnavailableAndStillExistsOnce) {
    const auto command = post("one");
    int commits = 0;
    store.fault = [&](Step step, const State&) -> std::optional<Error> {
        if (step == Step::commit_answer) ++commits;
        const bool down = step == Step::commit_answer || (step == Step::begin && commits > 0);
        return down ? std::optional(make_error(Errc::unavailable)) : std::nullopt;
    };
    const auto result = run({command});
    EXPECT_EQ(summary(result), "unavailable ");
    EXPECT_TRUE(result.answers[0].error().retry_after);
    EXPECT_FALSE(result.fatal);
    store.fault = nullptr;
    EXPECT_EQ(summary(run({command})), "ok ");
    EXPECT_EQ(comments(), 1U);
}

TEST_F(WriterBatch, AFullDiskRefusesAllAndIsNotTheEnd) {
    for (const Step step : {Step::begin, Step::save, Step::commit}) {
        store.begun = 0;
        store.fail(step, Errc::storage_full);
        const auto result = run({post("one"), post("two")});
        EXPECT_EQ(summary(result), "storage_full storage_full ");
        EXPECT_FALSE(result.fatal);
        EXPECT_EQ(store.begun, 1);
    }
    EXPECT_EQ(comments(), 0U);
    EXPECT_EQ(summary(run({post("three")})), "ok ");
}

TEST_F(WriterBatch, ACommitThatFailsInAnyOtherWayIsFatal) {
    for (const Errc code : {Errc::internal, Errc::corrupt_store}) {
        store.begun = 0;
        store.fail(Step::commit, code);
        const auto result = run({post("one"), post("two")});
        EXPECT_EQ(summary(result), "unavailable unavailable ");
        ASSERT_TRUE(result.fatal);
        EXPECT_EQ(result.fatal->code, code);
        EXPECT_EQ(store.begun, 1);
    }
    EXPECT_EQ(hook_calls, 0);
}

TEST_F(WriterBatch, ATransactionThatCannotBeginIsRefusedToAll) {
    store.fail(Step::begin, Errc::corrupt_store, 100);
    const auto result = run({post("one"), post("two")});
    EXPECT_EQ(summary(result), "corrupt_store corrupt_store ");
    EXPECT_FALSE(result.fatal);
    EXPECT_EQ(store.begun, 1);
}

TEST_F(WriterBatch, WhatWasCommittedBeforeTheEndKeepsItsAnswer) {
    struct Case {
        Errc code;
        std::string answers;
        bool fatal;
    };
    for (const Case& expected :
         {Case{Errc::internal, "ok unavailable unavailable ", true},
          Case{Errc::storage_full, "ok storage_full storage_full ", false}}) {
        store.begun = 0;
        // The batch is split for the third; then the second meets the end of the store.
        int commits = 0;
        store.fault = [&](Step step, const State&) -> std::optional<Error> {
            if (step == Step::save && store.begun == 1) return make_error(Errc::conflict);
            if (step == Step::commit && ++commits == 2) return make_error(expected.code);
            return std::nullopt;
        };
        const auto result = run({post("one"), post("two"), post("three")});
        EXPECT_EQ(summary(result), expected.answers);
        EXPECT_EQ(result.fatal.has_value(), expected.fatal);
        EXPECT_EQ(result.commits, 1U);
        EXPECT_EQ(store.begun, 3) << "the third must not be tried";
    }
}

TEST_F(WriterBatch, AHookThatThrowsTakesNothingBack) {
    const std::vector<Command> commands{post("one")};
    const auto result = run_batch(store, commands, limits, clock,
                                  [](const auto&) { throw std::runtime_error("a bug"); });
    EXPECT_EQ(summary(result), "ok ");
    EXPECT_EQ(comments(), 1U);
}

TEST_F(WriterBatch, SaysInTheLogThatACommitWasSlowButNotWhatPeopleWrote) {
    store.fault = [&](Step step, const State&) -> std::optional<Error> {
        if (step == Step::commit) clock.advance(std::chrono::milliseconds{501});
        return std::nullopt;
    };
    configure_log(LogLevel::info, LogFormat::json, "");  // forgets what other tests have logged
    testing::internal::CaptureStderr();
    run({post("nobody's business")});
    store.fail(Step::commit, Errc::storage_full);
    run({post("nobody's business")});
    flush_log();
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("\"store.slow_commit\""), std::string::npos) << log;
    EXPECT_NE(log.find("\"duration_ms\":501"), std::string::npos) << log;
    EXPECT_NE(log.find("\"store.commit_failed\""), std::string::npos) << log;
    EXPECT_NE(log.find("\"storage_full\""), std::string::npos) << log;
    EXPECT_EQ(log.find("business"), std::string::npos) << log;
}

TEST(HasChanges, SeesEveryMark) {
    EXPECT_FALSE(has_changes(State{}));
    const std::vector<std::function<void(State&)>> marks{
        [](State& state) { state.discussions[DiscussionId{"a"}].narrow_dirty = true; },
        [](State& state) { state.discussions[DiscussionId{"a"}].fresh = true; },
        [](State& state) { state.comments[CommentId{1}].dirty = true; },
        [](State& state) { state.comments[CommentId{1}].narrow_dirty = true; },
        [](State& state) { state.accounts[AccountId{1}].dirty = true; },
        [](State& state) { state.sessions[Digest256{}].gone = true; },
        [](State& state) {
            state.keys[{AccountId{1}, "key"}].fresh = true;
        },
        [](State& state) { state.votes[VoteRef{}].dirty = true; },
        [](State& state) { state.imports[ImportKey{}].fresh = true; },
        [](State& state) { state.versions.emplace_back(); },
        [](State& state) { state.versions_gone.insert(CommentId{1}); },
    };
    for (std::size_t i = 0; i < marks.size(); ++i) {
        State state;
        state.discussions[DiscussionId{"a"}];
        state.comments[CommentId{1}];
        state.accounts[AccountId{1}];
        state.sessions[Digest256{}];
        state.keys[{AccountId{1}, "key"}];
        state.votes[VoteRef{}];
        state.imports[ImportKey{}];
        EXPECT_FALSE(has_changes(state)) << "what was only loaded is not to be saved";
        marks[i](state);
        EXPECT_TRUE(has_changes(state)) << "mark " << i;
    }
}

}  // namespace
}  // namespace parley
