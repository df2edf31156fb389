#include "service/import_batch.hpp"

#include "store/writer_batch.hpp"

#include <utility>

namespace parley {

namespace {

class CommittingBatch final : public ImportBatch {
public:
    CommittingBatch(Store& store, const Limits& limits, const Clock& clock)
        : store_(store), limits_(limits), clock_(clock) {}

    [[nodiscard]] std::vector<result<Outcome>> run(std::span<const Command> commands) override {
        // Nobody follows the discussions meanwhile: changesets go nowhere.
        BatchResult batch = run_batch(store_, commands, limits_, clock_, {});
        if (batch.fatal) return {commands.size(), *batch.fatal};
        return std::move(batch.answers);
    }

private:
    Store& store_;
    const Limits& limits_;
    const Clock& clock_;
};

class TrialBatch final : public ImportBatch {
public:
    TrialBatch(Store& store, const Limits& limits) : store_(store), limits_(limits) {}

    [[nodiscard]] std::vector<result<Outcome>> run(std::span<const Command> commands) override {
        State state;
        if (auto loaded = load(commands, state); loaded.has_error()) {
            return {commands.size(), loaded.error()};
        }
        std::vector<result<Done>> done;
        for (const Command& command : commands) done.push_back(decide(state, command, limits_));
        // What follows is decided on top of what is saved here, so nothing less would do.
        if (auto saved = transaction_->save(state); saved.has_error()) {
            return {commands.size(), saved.error()};
        }
        std::vector<result<Outcome>> outcomes;
        for (const result<Done>& one : done) {
            if (one.has_error()) outcomes.emplace_back(one.error());
            else outcomes.emplace_back(outcome_of(state, *one));
        }
        return outcomes;
    }

private:
    [[nodiscard]] result<void> load(std::span<const Command> commands, State& state) {
        if (!transaction_) {
            auto begun = store_.begin();
            if (begun.has_error()) return begun.error();
            transaction_ = std::move(*begun);
        }
        Needs needs;
        for (const Command& command : commands) collect_needs(command, needs);
        return transaction_->load(needs, state);
    }

    Store& store_;
    const Limits& limits_;
    std::unique_ptr<WriteTransaction> transaction_;
};

}  // namespace

std::unique_ptr<ImportBatch> make_committing_batch(Store& store, const Limits& limits,
                                                   const Clock& clock) {
    return std::make_unique<CommittingBatch>(store, limits, clock);
}

std::unique_ptr<ImportBatch> make_trial_batch(Store& store, const Limits& limits) {
    return std::make_unique<TrialBatch>(store, limits);
}

}  // namespace parley
