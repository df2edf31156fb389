#include "store/writer_batch.hpp"

#include "base/log.hpp"
#include "base/mutants.hpp"

#include <algorithm>
#include <exception>
#include <iterator>

namespace parley {

namespace {

constexpr std::chrono::milliseconds retry_after{1'000};

enum class Step : std::uint8_t { begin, load, decide, save, commit };

constexpr std::string_view name_of(Step step) {
    switch (step) {
        case Step::begin: return "begin";
        case Step::load: return "load";
        case Step::decide: return "decide";
        case Step::save: return "save";
        case Step::commit: return "commit";
    }
    return "";
}

// Why a transaction came to nothing.
struct Failure {
    Step step = Step::begin;
    Error error;
};

enum class Remedy : std::uint8_t { once_more, refuse_all, one_by_one, stop };

Remedy remedy_for(const Failure& failure) {
    const Errc code = failure.error.code;
    if (code == Errc::busy || code == Errc::unavailable) return Remedy::once_more;
    // Without a transaction no command can be told from another.
    if (code == Errc::storage_full || failure.step == Step::begin) return Remedy::refuse_all;
    if (code == Errc::invalid_field || code == Errc::conflict) return Remedy::one_by_one;
    return failure.step == Step::commit ? Remedy::stop : Remedy::one_by_one;
}

template <class Rows>
bool any_marked(const Rows& rows) {
    return std::any_of(rows.begin(), rows.end(), [](const auto& entry) {
        const auto& tracked = entry.second;
        return tracked.fresh || tracked.dirty || tracked.narrow_dirty || tracked.gone;
    });
}

class BatchRun {
public:
    BatchRun(Store& store, const Limits& limits, const Clock& clock, const CommittedHook& committed,
             std::chrono::milliseconds slow_commit)
        : store_(store),
          limits_(limits),
          clock_(clock),
          committed_(committed),
          slow_commit_(slow_commit) {}

    [[nodiscard]] BatchResult run(std::span<const Command> commands) {
        BatchResult result;
        result.answers.reserve(commands.size());
        run_into(commands, result);
        return result;
    }

private:
    // Adds an answer for each command. Returns the error where it is one of the store as a whole,
    // which other commands would get as well.
    std::optional<Error> run_into(std::span<const Command> commands, BatchResult& result) {
        std::optional<Failure> failure = attempt(commands, result);
        if (failure && remedy_for(*failure) == Remedy::once_more) {
            failure = attempt(commands, result);
        }
        if (!failure) return std::nullopt;
        const Remedy remedy = remedy_for(*failure);
        if (remedy == Remedy::one_by_one) {
            if (commands.size() > 1) return run_one_by_one(commands, result);
            refuse(commands, failure->error, result);
            return std::nullopt;
        }
        Error answer = std::move(failure->error);
        if (remedy == Remedy::once_more) answer = make_retry(answer.code, retry_after);
        if (remedy == Remedy::stop) {
            result.fatal = std::move(answer);
            answer = make_retry(Errc::unavailable, retry_after);
        }
        refuse(commands, answer, result);
        return answer;
    }

    std::optional<Error> run_one_by_one(std::span<const Command> commands, BatchResult& result) {
        for (std::size_t i = 0; i < commands.size(); ++i) {
            if (auto down = run_into(commands.subspan(i, 1), result)) {
                refuse(commands.subspan(i + 1), *down, result);
                return down;
            }
        }
        return std::nullopt;
    }

    static void refuse(std::span<const Command> commands, const Error& error, BatchResult& result) {
        result.answers.insert(result.answers.end(), commands.size(), error);
    }

    // One transaction. Adds an answer for each command, or says why there is none.
    [[nodiscard]] std::optional<Failure> attempt(std::span<const Command> commands,
                                                 BatchResult& result) {
        Step step = Step::begin;
        std::optional<Failure> failure;
        try {
            if (auto done = transact(commands, step, result); done.has_error()) {
                failure = Failure{step, std::move(done.error())};
            }
        } catch (const std::exception& bug) {
            failure = Failure{step, make_error(Errc::internal)};
            log_event(LogLevel::error, "store.batch_threw",
                      {{"step", name_of(step)}, {"reason", bug.what()}});
        }
        if (failure) {
            log_event(LogLevel::error, "store.commit_failed",
                      {{"step", name_of(failure->step)},
                       {"code", wire_code(failure->error.code)},
                       {"reason", failure->error.message},
                       {"commands", commands.size()}});
        }
        return failure;
    }

    [[nodiscard]] parley::result<void> transact(std::span<const Command> commands, Step& step,
                                                BatchResult& result) {
        step = Step::begin;
        const MonotonicTime began = clock_.monotonic_now();
        auto transaction = store_.begin();
        if (transaction.has_error()) return std::move(transaction.error());

        step = Step::load;
        Needs needs;
        for (const Command& command : commands) collect_needs(command, needs);
        State state;
        if (auto loaded = (*transaction)->load(needs, state); loaded.has_error()) return loaded;

        step = Step::decide;
        std::vector<parley::result<Outcome>> answers = decide_all(commands, state);
        if (!has_changes(state)) {
            append(std::move(answers), result);  // destroying the transaction rolls it back
            return {};
        }
        // Made before the commit, so that nothing can go wrong between it and the answers.
        const auto changesets = changesets_of(state);

        step = Step::save;
        if (auto saved = (*transaction)->save(state); saved.has_error()) return saved;

        step = Step::commit;
        const MonotonicTime commit_began = clock_.monotonic_now();
        if (auto done = (*transaction)->commit();
            done.has_error() && !is_mutated(Mutant::failed_commit_answered)) {
            return done;
        }
        const MonotonicTime ended = clock_.monotonic_now();
        ++result.commits;
        result.measured.push_back({ended - commit_began, ended - began, commands.size()});
        append(std::move(answers), result);
        result.has_account_events = result.has_account_events || !state.account_events.empty();
        tell_if_slow(ended - commit_began, commands.size());
        if (!changesets.empty()) hand_on(changesets);
        return {};
    }

    [[nodiscard]] std::vector<parley::result<Outcome>> decide_all(std::span<const Command> commands,
                                                                  State& state) const {
        std::vector<parley::result<Done>> decided;
        decided.reserve(commands.size());
        for (const Command& command : commands) decided.push_back(decide(state, command, limits_));
        // Only now: an answer tells how things stand after the whole batch.
        std::vector<parley::result<Outcome>> answers;
        answers.reserve(commands.size());
        for (parley::result<Done>& done : decided) {
            if (done.has_error()) answers.emplace_back(std::move(done.error()));
            else answers.emplace_back(outcome_of(state, *done));
        }
        return answers;
    }

    static void append(std::vector<parley::result<Outcome>> answers, BatchResult& result) {
        std::move(answers.begin(), answers.end(), std::back_inserter(result.answers));
    }

    void tell_if_slow(std::chrono::nanoseconds took, std::size_t commands) const noexcept {
        const auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took);
        if (slow_commit_.count() == 0 || took_ms <= slow_commit_) return;
        log_event(LogLevel::warn, "store.slow_commit",
                  {{"duration_ms", took_ms}, {"commands", commands}});
    }

    // The commit stands, whatever becomes of the hook.
    void hand_on(const std::vector<std::shared_ptr<const Changeset>>& changesets) const noexcept {
        if (!committed_) return;
        try {
            committed_(changesets);
        } catch (const std::exception& bug) {
            log_event(LogLevel::error, "store.hook_failed", {{"reason", bug.what()}});
        }
    }

    Store& store_;
    const Limits& limits_;
    const Clock& clock_;
    const CommittedHook& committed_;
    const std::chrono::milliseconds slow_commit_;
};

}  // namespace

bool has_changes(const State& state) {
    const auto is_fresh = [](const auto& entry) { return entry.second.fresh; };
    const auto is_dirty = [](const auto& entry) { return entry.second.dirty; };
    return any_marked(state.discussions) || any_marked(state.comments) ||
           any_marked(state.accounts) || any_marked(state.sessions) || any_marked(state.keys) ||
           std::any_of(state.votes.begin(), state.votes.end(), is_dirty) ||
           std::any_of(state.imports.begin(), state.imports.end(), is_fresh) ||
           any_marked(state.tickets) || !state.account_events.empty() || !state.versions.empty() ||
           !state.versions_gone.empty();
}

BatchResult run_batch(Store& store, std::span<const Command> commands, const Limits& limits,
                      const Clock& clock, const CommittedHook& committed,
                      std::chrono::milliseconds slow_commit) {
    return BatchRun(store, limits, clock, committed, slow_commit).run(commands);
}

}  // namespace parley
