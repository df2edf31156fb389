#include "bench/server/world.hpp"

#include "bench/server/injector.hpp"
#include "bench/shared/tool.hpp"
#include "identity/tokens.hpp"

#include <unistd.h>

#include <future>
#include <utility>

namespace parley::bench {

namespace {

// Fewer than writer_queue_count_max, so that nothing is refused.
constexpr int answers_waited_for_max = 200;

}  // namespace

World::World(Writer& writer, Store& store) : writer_(writer) {
    auto reader = store.open_reader();
    if (reader.has_error()) fail(reader.error().message);
    reader_ = std::move(*reader);
    author_ = sign_up("A steady writer");
    voter_ = sign_up("A steady voter");
}

Outcome World::run(Command command) {
    std::promise<result<Outcome>> answer;
    auto accepted = writer_.submit(
        std::move(command), Writer::Lane::everybody,
        [&answer](result<Outcome> outcome) { answer.set_value(std::move(outcome)); });
    if (accepted.has_error()) fail(accepted.error().message);
    result<Outcome> outcome = answer.get_future().get();
    if (outcome.has_error()) fail(outcome.error().message);
    return std::move(*outcome);
}

Digest256 World::sign_up(const std::string& name) {
    const std::string hash = "no hash";
    const Outcome made =
        run({TheOperator{}, {}, {}, CreateAccount{name, name, hash, Role::member}});
    const Digest256 token = sha256(name);
    run({NobodyInParticular{},
         {},
         {},
         CreateSession{std::get<AccountOutcome>(made).account.id, hash, token}});
    return token;
}

DiscussionId World::open_discussion() {
    DiscussionId id{"bench-" + std::to_string(++discussions_)};
    run({TheOperator{}, {}, {}, PutDiscussion{id, "A benchmark", {}, {}, {}, {}, {}}});
    return id;
}

Position World::position_of(const DiscussionId& discussion) {
    auto positions = reader_->positions({&discussion, 1});
    if (positions.has_error()) fail(positions.error().message);
    if (positions->empty()) fail("no discussion " + discussion.value);
    return positions->front().second;
}

void World::submit(Command command) {
    {
        const std::lock_guard lock(mutex_);
        ++open_answers_;
    }
    const auto done = [this](const result<Outcome>& outcome) {
        const std::lock_guard lock(mutex_);
        if (outcome.has_error()) refusal_ = outcome.error().message;
        --open_answers_;
        answered_.notify_all();
    };
    auto accepted = writer_.submit(std::move(command), Writer::Lane::everybody, done);
    if (accepted.has_error()) fail(accepted.error().message);
}

void World::submit_post(const DiscussionId& discussion, int body_bytes) {
    const std::string key = "post " + std::to_string(++keys_);
    submit({author_, key, sha256(key),
            PostComment{discussion, {}, timed_body(now_ns(), body_bytes), {}}});
}

void World::submit_vote(CommentId comment) {
    submit({voter_, {}, {}, CastVote{comment, votes_ % 2 == 0 ? 1 : -1}});
}

void World::wait_for_answers() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return open_answers_ == 0; });
    if (!refusal_.empty()) fail("the writer refused: " + refusal_);
}

void World::post(const DiscussionId& discussion, int count, int body_bytes) {
    for (int i = 0; i < count; ++i) {
        submit_post(discussion, body_bytes);
        if (i % answers_waited_for_max == answers_waited_for_max - 1) wait_for_answers();
    }
    wait_for_answers();
}

void World::write(const DiscussionId& discussion, const Traffic& traffic) {
    std::vector<CommentId> comments;
    auto walked = reader_->each_comment(discussion, [&](const CommentRow& row) {
        comments.push_back(row.id);
        return true;
    });
    if (walked.has_error()) fail(walked.error().message);
    if (comments.empty() && traffic.votes_per_post > 0) fail("no comment to vote on: post first");
    std::size_t next = 0;
    schedule_.run(traffic.posts_per_s, traffic.seconds, STDIN_FILENO, [&](std::int64_t) {
        for (int i = 0; i < traffic.votes_per_post; ++i) {
            // The value changes from round to round, so that each vote changes a score.
            if (next == comments.size()) {
                next = 0;
                ++votes_;
            }
            submit_vote(comments[next++]);
        }
        submit_post(discussion, traffic.body_bytes);
    });
    ++votes_;
    wait_for_answers();
}

}  // namespace parley::bench
