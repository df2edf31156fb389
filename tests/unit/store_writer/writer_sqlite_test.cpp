// The writer and the readers together over a real database.
#include "store/reader_pool.hpp"
#include "store/writer.hpp"
#include "support/state_builder.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace parley {
namespace {

using test::StateBuilder;
using Lane = Writer::Lane;

constexpr std::uint32_t voters_count = 100;
constexpr std::uint32_t comments_count = 100;
constexpr std::uint32_t votes_count = voters_count * comments_count;

class WriterOverSqlite : public testing::Test {
public:
    SystemClock clock;
    Limits limits;
    std::unique_ptr<Store> store = open_store("sqlite::memory:", StoreAccess::serve).value();
    DiscussionId tram_line{"tram-line"};
    std::atomic<Seq> handed_on = 0;
    std::atomic<bool> in_order = true;
    std::unique_ptr<Writer> writer;

    void SetUp() override {
        limits.writer_queue_count_max = votes_count;
        limits.command_deadline_ms = 120'000;  // a slow disk is no failure of this test
        writer = std::make_unique<Writer>(*store, limits, clock,
                                          Writer::Hooks{[this](const auto& changesets) {
                                                            for (const auto& one : changesets) {
                                                                follow(*one);
                                                            }
                                                        },
                                                        {}});
        const PutDiscussion put{tram_line, "The new tram line", {}, {}, {}, {}, {}};
        (void)apply(StateBuilder::command(TheOperator{}, put));
    }

    // Runs on the writer's thread.
    void follow(const Changeset& changeset) {
        if (changeset.prev != handed_on || changeset.seq != changeset.prev + 1) in_order = false;
        handed_on = changeset.seq;
    }

    Outcome apply(Command command) {
        std::promise<result<Outcome>> answered;
        const auto done = [&](result<Outcome> answer) { answered.set_value(std::move(answer)); };
        EXPECT_TRUE(writer->submit(std::move(command), Lane::everybody, done).has_value());
        return answered.get_future().get().value();
    }

    Actor person(const std::string& name) {
        const CreateAccount create{name, name, "hash of " + name, Role::member};
        const Outcome made = apply(StateBuilder::command(TheOperator{}, create));
        const AccountId account = std::get<AccountOutcome>(made).account.id;
        const Digest256 token = StateBuilder::digest(name);
        const CreateSession session{account, "hash of " + name, token};
        (void)apply(StateBuilder::command(TheOperator{}, session));
        return token;
    }

    std::vector<CommentId> post_comments(const Actor& author) {
        std::vector<CommentId> comments;
        comments.reserve(comments_count);
        for (std::uint32_t i = 0; i < comments_count; ++i) {
            const std::string text = "Comment " + std::to_string(i);
            const PostComment post{tram_line, {}, text, {}};
            const Outcome made = apply(StateBuilder::command(author, post, text));
            comments.push_back(std::get<CommentOutcome>(made).comment.id());
        }
        return comments;
    }
};

TEST_F(WriterOverSqlite, AStormOfVotesIsFewCommitsAndReadersSeeItGrow) {
    const std::vector<CommentId> comments = post_comments(person("author"));
    std::vector<Actor> voters;
    voters.reserve(voters_count);
    for (std::uint32_t i = 0; i < voters_count; ++i) {
        voters.push_back(person("voter " + std::to_string(i)));
    }
    const Writer::Stats before = writer->stats();
    const Seq seq_before = handed_on;

    std::atomic<std::uint32_t> answered = 0;
    std::atomic<std::uint32_t> refused = 0;
    const auto vote_from = [&](std::size_t first) {
        for (std::size_t voter = first; voter < voters.size(); voter += 2) {
            for (const CommentId comment : comments) {
                auto vote = StateBuilder::command(voters[voter], CastVote{comment, 1},
                                                  "vote " + to_string(comment));
                const auto done = [&](const result<Outcome>& answer) {
                    ++answered;
                    if (answer.has_error()) ++refused;
                };
                EXPECT_TRUE(writer->submit(std::move(vote), Lane::everybody, done).has_value());
            }
        }
    };
    auto readers = ReaderPool::open(*store, limits).value();
    std::atomic<bool> behind = false;
    const auto read = [&](StoreReader& reader) {
        // What was handed on was committed, so that every reader sees it from then on.
        const Seq expected = handed_on;
        const auto positions = reader.positions(std::span(&tram_line, 1)).value();
        if (positions.at(0).second.seq < expected) behind = true;
    };
    std::thread other([&] { vote_from(1); });
    vote_from(0);
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(readers->submit(read).has_value());
    other.join();
    writer->stop();
    readers->stop();

    EXPECT_EQ(answered, votes_count);
    EXPECT_EQ(refused, 0U);
    EXPECT_FALSE(behind);
    EXPECT_TRUE(in_order);
    const Writer::Stats after = writer->stats();
    EXPECT_EQ(after.commands - before.commands, votes_count);
    EXPECT_LT(after.commits - before.commits, votes_count / 4) << "hardly anything was grouped";
    EXPECT_EQ(handed_on - seq_before, static_cast<Seq>(after.commits - before.commits));

    const auto reader = store->open_reader().value();
    const Window window = reader->window({tram_line, SortOrder::oldest, {}, 1'000, {}}).value();
    ASSERT_EQ(window.comments.size(), comments_count);
    for (const CommentView& comment : window.comments) {
        EXPECT_EQ(comment.tally.up, static_cast<std::int64_t>(voters_count));
    }
    EXPECT_EQ(window.position.seq, handed_on);
    EXPECT_TRUE(reader->check().value().empty());
}

TEST_F(WriterOverSqlite, ABatchMixesRefusalsRepetitionsAndNewOnes) {
    const Actor ada = person("ada");
    const PostComment post{tram_line, {}, "Once", {}};
    const Outcome first = apply(StateBuilder::command(ada, post, "a key"));
    const Outcome again = apply(StateBuilder::command(ada, post, "a key"));
    EXPECT_EQ(std::get<CommentOutcome>(first).comment.id(),
              std::get<CommentOutcome>(again).comment.id());

    std::vector<std::future<result<Outcome>>> answers;
    const auto submit = [&](Command command) {
        auto answered = std::make_shared<std::promise<result<Outcome>>>();
        answers.push_back(answered->get_future());
        const auto done = [answered](result<Outcome> answer) {
            answered->set_value(std::move(answer));
        };
        EXPECT_TRUE(writer->submit(std::move(command), Lane::everybody, done).has_value());
    };
    submit(StateBuilder::command(ada, post, "a key", "another request"));
    submit(StateBuilder::command(ada, PostComment{tram_line, {}, "Twice", {}}, "another key"));
    submit(StateBuilder::command(ada, PostComment{tram_line, {}, "Twice", {}}, "another key"));
    submit(StateBuilder::command(ada, CastVote{CommentId{4'711}, 1}));
    writer->stop();

    EXPECT_EQ(answers[0].get().error().code, Errc::key_reused);
    const Outcome second = answers[1].get().value();
    const Outcome repeated = answers[2].get().value();
    EXPECT_EQ(std::get<CommentOutcome>(second).comment.id(),
              std::get<CommentOutcome>(repeated).comment.id());
    EXPECT_EQ(answers[3].get().error().code, Errc::unknown_comment);
    const auto reader = store->open_reader().value();
    EXPECT_EQ(reader->discussion(tram_line).value()->view.comment_count, 2);
}

}  // namespace
}  // namespace parley
