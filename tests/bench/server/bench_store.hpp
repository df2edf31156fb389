#pragma once

#include "bench/server/injected_history.hpp"
#include "store/store.hpp"

#include <atomic>
#include <memory>
#include <utility>

namespace parley::bench {

// How often a store was asked what readers of the live feed ask.
struct ReadCounts {
    std::atomic<std::int64_t> changes = 0;
    std::atomic<std::int64_t> positions = 0;
};

// What the readers of a benchmark's store have in common.
struct BesideTheStore {
    ReadCounts counts;
    InjectedHistory injected;
};

// A reader that counts, and asks another one about all that was not injected.
class BenchReader final : public StoreReader {
public:
    BenchReader(std::unique_ptr<StoreReader> inner, BesideTheStore& beside)
        : inner_(std::move(inner)), beside_(beside) {}

    result<std::optional<DiscussionDetail>> discussion(const DiscussionId& id) override {
        return inner_->discussion(id);
    }
    result<DiscussionPage> discussions(std::size_t limit,
                                       const std::optional<std::string>& after) override {
        return inner_->discussions(limit, after);
    }
    result<Window> window(const WindowRequest& request) override { return inner_->window(request); }
    result<Changeset> changes_since(const DiscussionId& id, const std::optional<Epoch>& epoch,
                                    Seq since) override {
        ++beside_.counts.changes;
        if (auto answer = beside_.injected.changes_since(id, epoch, since)) {
            return std::move(*answer);
        }
        return inner_->changes_since(id, epoch, since);
    }
    result<std::vector<std::pair<DiscussionId, Position>>> positions(
        std::span<const DiscussionId> ids) override {
        ++beside_.counts.positions;
        auto positions = inner_->positions(ids);
        if (positions.has_error()) return positions;
        for (auto& [id, position] : *positions) {
            if (const auto injected = beside_.injected.position_of(id)) position = *injected;
        }
        return positions;
    }
    result<std::vector<CommentCount>> counts(std::span<const DiscussionId> ids) override {
        return inner_->counts(ids);
    }
    result<AccountEvents> account_events(std::int64_t after) override {
        return inner_->account_events(after);
    }
    result<std::vector<PendingComment>> pending(const PendingQuery& query) override {
        return inner_->pending(query);
    }
    result<std::optional<CommentView>> comment(CommentId id) override {
        return inner_->comment(id);
    }
    result<std::optional<AccountRow>> account(AccountId id) override { return inner_->account(id); }
    result<std::optional<AccountRow>> account_by_name_key(std::string_view name_key) override {
        return inner_->account_by_name_key(name_key);
    }
    result<std::vector<AccountRow>> accounts(std::size_t limit, AccountId after) override {
        return inner_->accounts(limit, after);
    }
    result<std::optional<AccountRow>> session_account(const Digest256& token,
                                                      WallTime now) override {
        return inner_->session_account(token, now);
    }
    result<std::vector<VoteOnRecord>> votes_of(AccountId account,
                                               const DiscussionId& discussion) override {
        return inner_->votes_of(account, discussion);
    }
    result<std::vector<DiscussionId>> discussions_of(AccountId account) override {
        return inner_->discussions_of(account);
    }
    result<std::vector<AccountId>> accounts_being_erased(std::size_t limit) override {
        return inner_->accounts_being_erased(limit);
    }
    result<std::vector<CommentId>> removed_but_quoted(std::size_t limit) override {
        return inner_->removed_but_quoted(limit);
    }
    result<void> each_discussion(const std::function<bool(const DiscussionRow&)>& visit) override {
        return inner_->each_discussion(visit);
    }
    result<void> each_account(const std::function<bool(const AccountRow&)>& visit) override {
        return inner_->each_account(visit);
    }
    result<void> each_comment(const DiscussionId& id,
                              const std::function<bool(const CommentRow&)>& visit) override {
        return inner_->each_comment(id, visit);
    }
    result<void> each_vote(const DiscussionId& id,
                           const std::function<bool(AccountId, CommentId, int)>& visit) override {
        return inner_->each_vote(id, visit);
    }
    result<std::vector<CheckFinding>> check() override { return inner_->check(); }

private:
    std::unique_ptr<StoreReader> inner_;
    BesideTheStore& beside_;
};

// A store whose readers count and know what was injected.
class BenchStore final : public Store {
public:
    explicit BenchStore(std::unique_ptr<Store> inner) : inner_(std::move(inner)) {}

    result<std::unique_ptr<WriteTransaction>> begin() override { return inner_->begin(); }
    result<std::unique_ptr<StoreReader>> open_reader() override {
        auto reader = inner_->open_reader();
        if (reader.has_error()) return reader;
        return std::unique_ptr<StoreReader>(
            std::make_unique<BenchReader>(std::move(*reader), beside_));
    }
    [[nodiscard]] Epoch epoch() const override { return inner_->epoch(); }

    [[nodiscard]] const ReadCounts& counts() const { return beside_.counts; }
    [[nodiscard]] InjectedHistory& injected() { return beside_.injected; }

private:
    std::unique_ptr<Store> inner_;
    BesideTheStore beside_;
};

}  // namespace parley::bench
