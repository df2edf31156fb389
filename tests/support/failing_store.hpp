#pragma once

#include "store/store.hpp"
#include "support/state_builder.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace parley::test {

// A reader of an empty store.
class EmptyReader : public StoreReader {
public:
    result<std::optional<DiscussionDetail>> discussion(const DiscussionId&) override {
        return std::optional<DiscussionDetail>();
    }
    result<DiscussionPage> discussions(std::size_t, const std::optional<std::string>&) override {
        return DiscussionPage{};
    }
    result<Window> window(const WindowRequest&) override {
        return make_error(Errc::unknown_discussion);
    }
    result<Changeset> changes_since(const DiscussionId&, const std::optional<Epoch>&,
                                    Seq) override {
        return make_error(Errc::unknown_discussion);
    }
    result<std::vector<std::pair<DiscussionId, Position>>> positions(
        std::span<const DiscussionId>) override {
        return std::vector<std::pair<DiscussionId, Position>>();
    }
    result<std::vector<CommentCount>> counts(std::span<const DiscussionId>) override {
        return std::vector<CommentCount>();
    }
    result<AccountEvents> account_events(std::int64_t) override { return AccountEvents(); }
    result<std::vector<PendingComment>> pending(const PendingQuery&) override {
        return std::vector<PendingComment>();
    }
    result<std::optional<CommentView>> comment(CommentId) override {
        return std::optional<CommentView>();
    }
    result<std::optional<AccountRow>> account(AccountId) override {
        return std::optional<AccountRow>();
    }
    result<std::optional<AccountRow>> account_by_name_key(std::string_view) override {
        return std::optional<AccountRow>();
    }
    result<std::vector<AccountRow>> accounts(std::size_t, AccountId) override {
        return std::vector<AccountRow>();
    }
    result<std::optional<AccountRow>> session_account(const Digest256&, WallTime) override {
        return std::optional<AccountRow>();
    }
    result<std::vector<VoteOnRecord>> votes_of(AccountId, const DiscussionId&) override {
        return std::vector<VoteOnRecord>();
    }
    result<std::vector<DiscussionId>> discussions_of(AccountId) override {
        return std::vector<DiscussionId>();
    }
    result<std::vector<AccountId>> accounts_being_erased(std::size_t) override {
        return std::vector<AccountId>{};
    }
    result<std::vector<CommentId>> removed_but_quoted(std::size_t) override {
        return std::vector<CommentId>();
    }
    result<void> each_discussion(const std::function<bool(const DiscussionRow&)>&) override {
        return {};
    }
    result<void> each_account(const std::function<bool(const AccountRow&)>&) override { return {}; }
    result<void> each_comment(const DiscussionId&,
                              const std::function<bool(const CommentRow&)>&) override {
        return {};
    }
    result<void> each_vote(const DiscussionId&,
                           const std::function<bool(AccountId, CommentId, int)>&) override {
        return {};
    }
    result<std::vector<CheckFinding>> check() override { return std::vector<CheckFinding>(); }
};

// A store in memory that fails where a test says so. Its transactions are as real ones: nothing is
// kept that was not committed. `world` may be touched only while nobody uses the store.
class FailingStore final : public Store {
public:
    enum class Step {
        begin,
        load,
        save,
        commit,         // fails before anything is kept
        commit_answer,  // fails after everything was kept: the caller cannot know
    };

    StateBuilder world;
    // Called on the user's thread at each step (with what save() was given, from then on); the
    // error that it returns is what the step answers. May throw, and may block.
    std::function<std::optional<Error>(Step, const State&)> fault;
    // The error of the n-th open_reader(), counted from 0, where there is one.
    std::function<std::optional<Error>(int)> reader_fault;

    int begun = 0;
    int committed = 0;
    int open_transactions = 0;
    int readers_opened = 0;

    // Fails the next `times` times that `step` is reached.
    void fail(Step step, Errc code, int times = 1) {
        fault = [=](Step at, const State&) mutable -> std::optional<Error> {
            if (at != step || times == 0) return std::nullopt;
            --times;
            return make_error(code);
        };
    }

    result<std::unique_ptr<WriteTransaction>> begin() override {
        ++begun;
        if (auto error = fault_at(Step::begin, State{})) return std::move(*error);
        return std::unique_ptr<WriteTransaction>(new Transaction(*this));
    }

    result<std::unique_ptr<StoreReader>> open_reader() override {
        if (reader_fault) {
            if (auto error = reader_fault(readers_opened)) return std::move(*error);
        }
        ++readers_opened;
        return std::unique_ptr<StoreReader>(new EmptyReader);
    }

    [[nodiscard]] Epoch epoch() const override { return world.memory.rows.epoch; }

private:
    class Transaction final : public WriteTransaction {
    public:
        explicit Transaction(FailingStore& store) : store_(store) { ++store_.open_transactions; }
        ~Transaction() override { --store_.open_transactions; }
        Transaction(const Transaction&) = delete;
        Transaction& operator=(const Transaction&) = delete;

        result<void> load(const Needs& needs, State& state) override {
            if (auto error = store_.fault_at(Step::load, state)) return std::move(*error);
            state = store_.world.memory.load(needs);
            return {};
        }
        result<void> save(const State& state) override {
            if (auto error = store_.fault_at(Step::save, state)) return std::move(*error);
            saved_ = state;
            return {};
        }
        result<void> commit() override {
            if (auto error = store_.fault_at(Step::commit, saved_)) return std::move(*error);
            store_.world.memory.save(saved_);
            ++store_.committed;
            if (auto error = store_.fault_at(Step::commit_answer, saved_)) return std::move(*error);
            return {};
        }

    private:
        FailingStore& store_;
        State saved_;
    };

    [[nodiscard]] std::optional<Error> fault_at(Step step, const State& state) {
        return fault ? fault(step, state) : std::nullopt;
    }
};

}  // namespace parley::test
