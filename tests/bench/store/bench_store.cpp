// What a store takes through the writer: clients that each wait for the answer to one command
// before they give the next, without HTTP around it.
//
//     bench_store URL CLIENTS SECONDS     prints posts_per_s and votes_per_s, all durable

#include "bench/shared/time.hpp"
#include "bench/shared/tool.hpp"
#include "identity/tokens.hpp"
#include "store/writer.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>

namespace parley::bench {

namespace {

constexpr int voted_count = 100;
constexpr int body_bytes = 204;

class Clients {
public:
    Clients(Writer& writer, int count)
        : writer_(writer), count_(count), ballots_(static_cast<std::size_t>(count)) {}

    void sign_up() {
        // The last one writes what the others vote on: nobody votes on their own.
        for (int i = 0; i <= count_; ++i) {
            const std::string name = "Client " + std::to_string(i);
            const Outcome made =
                run({TheOperator{}, {}, {}, CreateAccount{name, name, "none", Role::member}});
            tokens_.push_back(sha256(name));
            run({NobodyInParticular{},
                 {},
                 {},
                 CreateSession{std::get<AccountOutcome>(made).account.id, "none", tokens_.back()}});
        }
        run({TheOperator{}, {}, {}, PutDiscussion{discussion_, "A benchmark", {}, {}, {}, {}, {}}});
        for (int i = 0; i < voted_count; ++i) {
            const Outcome posted = run(post_of(static_cast<std::size_t>(count_)));
            comments_.push_back(std::get<CommentOutcome>(posted).comment.id());
        }
    }

    // How many a second, for so long. Nothing is open when it returns.
    template <class Next>
    double measure(double seconds, Next next) {
        done_ = 0;
        open_ = count_;
        const std::int64_t began = now_ns();
        until_ = began + static_cast<std::int64_t>(seconds * static_cast<double>(ns_per_s));
        for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) give(i, next);
        std::unique_lock lock(mutex_);
        all_idle_.wait(lock, [this] { return open_ == 0; });
        if (!refusal_.empty()) fail("the writer refused: " + refusal_);
        return static_cast<double>(done_) / (static_cast<double>(now_ns() - began) / 1e9);
    }

    Command post_of(std::size_t client) {
        const std::string key = "post " + std::to_string(++keys_);
        return {tokens_[client], key, sha256(key),
                PostComment{discussion_, {}, std::string(body_bytes, 'x'), {}}};
    }
    // Each vote changes a score.
    Command vote_of(std::size_t client) {
        Ballot& ballot = ballots_.at(client);
        const std::string key = "vote " + std::to_string(++keys_);
        const Command command{tokens_[client], key, sha256(key),
                              CastVote{comments_[ballot.next], ballot.value}};
        if (++ballot.next == comments_.size()) ballot = {0, -ballot.value};
        return command;
    }

private:
    Outcome run(Command command) {
        std::promise<result<Outcome>> answer;
        auto accepted = writer_.submit(
            std::move(command), Writer::Lane::everybody,
            [&answer](result<Outcome> outcome) { answer.set_value(std::move(outcome)); });
        if (accepted.has_error()) fail(accepted.error().message);
        result<Outcome> outcome = answer.get_future().get();
        if (outcome.has_error()) fail(outcome.error().message);
        return std::move(*outcome);
    }

    template <class Next>
    void give(std::size_t client, Next next) {
        auto accepted = writer_.submit(
            next(client), Writer::Lane::everybody,
            [this, client, next](const result<Outcome>& outcome) { take(outcome, client, next); });
        if (accepted.has_error()) end_of_one(accepted.error().message);
    }
    template <class Next>
    void take(const result<Outcome>& outcome, std::size_t client, Next next) {
        if (outcome.has_error()) return end_of_one(outcome.error().message);
        ++done_;
        if (now_ns() >= until_) return end_of_one({});
        give(client, next);
    }
    void end_of_one(const std::string& refusal) {
        const std::lock_guard lock(mutex_);
        if (!refusal.empty()) refusal_ = refusal;
        if (--open_ == 0) all_idle_.notify_all();
    }

    // Where a client is in its round over the comments.
    struct Ballot {
        std::size_t next = 0;
        int value = 1;
    };

    Writer& writer_;
    const int count_;
    const DiscussionId discussion_{"bench"};
    std::vector<Digest256> tokens_;
    std::vector<CommentId> comments_;
    std::vector<Ballot> ballots_;
    std::atomic<std::int64_t> keys_ = 0;
    std::atomic<std::int64_t> done_ = 0;
    std::atomic<std::int64_t> until_ = 0;
    std::mutex mutex_;
    std::condition_variable all_idle_;
    int open_ = 0;         // protected by mutex_
    std::string refusal_;  // protected by mutex_
};

void run_store(int argc, char** argv) {
    if (argc != 4) fail("bench_store URL CLIENTS SECONDS");
    const int count = std::atoi(argv[2]);
    const double seconds = std::atof(argv[3]);
    if (count < 1 || seconds <= 0) fail("bench_store URL CLIENTS SECONDS");
    auto store = open_store(argv[1], StoreAccess::serve);
    if (store.has_error()) fail(store.error().message);
    const SystemClock clock;
    Writer writer(**store, Limits(), clock, {});
    Clients clients(writer, count);
    clients.sign_up();
    const auto stats = [&] { return writer.stats(); };
    const auto before = stats();
    const double posts =
        clients.measure(seconds, [&](std::size_t client) { return clients.post_of(client); });
    const auto between = stats();
    const double votes =
        clients.measure(seconds, [&](std::size_t client) { return clients.vote_of(client); });
    const auto after = stats();
    const auto batch = [](const Writer::Stats& from, const Writer::Stats& to) {
        const auto commits = static_cast<double>(to.commits - from.commits);
        return static_cast<double>(to.commands - from.commands) / std::max(commits, 1.0);
    };
    print_line({{"posts_per_s", posts},
                {"posts_per_commit", batch(before, between)},
                {"votes_per_s", votes},
                {"votes_per_commit", batch(between, after)}});
    writer.stop();
}

}  // namespace

}  // namespace parley::bench

int main(int argc, char** argv) {
    return parley::bench::run_tool("bench_store", [&] { parley::bench::run_store(argc, argv); });
}
