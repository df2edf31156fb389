#pragma once

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace parley::sqlite {

class SqliteReader final : public StoreReader {
public:
    // `files` is kept as long as the reader: what it reads must not be removed below it.
    SqliteReader(std::unique_ptr<Connection> connection, std::shared_ptr<const void> files)
        : files_(std::move(files)), connection_(std::move(connection)) {}

    [[nodiscard]] result<std::optional<DiscussionDetail>> discussion(
        const DiscussionId& id) override;
    [[nodiscard]] result<DiscussionPage> discussions(
        std::size_t limit, const std::optional<std::string>& after) override;
    [[nodiscard]] result<Window> window(const WindowRequest& request) override;
    [[nodiscard]] result<Changeset> changes_since(const DiscussionId& id,
                                                  const std::optional<Epoch>& epoch,
                                                  Seq since) override;
    [[nodiscard]] result<std::vector<std::pair<DiscussionId, Position>>> positions(
        std::span<const DiscussionId> ids) override;
    [[nodiscard]] result<std::vector<CommentCount>> counts(
        std::span<const DiscussionId> ids) override;
    [[nodiscard]] result<std::optional<CommentView>> comment(CommentId id) override;
    [[nodiscard]] result<std::optional<AccountRow>> account(AccountId id) override;
    [[nodiscard]] result<std::optional<AccountRow>> account_by_name_key(
        std::string_view name_key) override;
    [[nodiscard]] result<std::vector<AccountRow>> accounts(std::size_t limit,
                                                           AccountId after) override;
    [[nodiscard]] result<std::optional<AccountRow>> session_account(const Digest256& token,
                                                                    WallTime now) override;
    [[nodiscard]] result<std::vector<VoteOnRecord>> votes_of(
        AccountId account, const DiscussionId& discussion) override;
    [[nodiscard]] result<AccountEvents> account_events(std::int64_t after) override;
    [[nodiscard]] result<std::vector<PendingComment>> pending(const PendingQuery& query) override;
    [[nodiscard]] result<std::vector<DiscussionId>> discussions_of(AccountId account) override;
    [[nodiscard]] result<std::vector<CommentId>> removed_but_quoted(std::size_t limit) override;
    [[nodiscard]] result<std::vector<AccountId>> accounts_being_erased(std::size_t limit) override;
    [[nodiscard]] result<void> each_discussion(
        const std::function<bool(const DiscussionRow&)>& visit) override;
    [[nodiscard]] result<void> each_account(
        const std::function<bool(const AccountRow&)>& visit) override;
    [[nodiscard]] result<void> each_comment(
        const DiscussionId& id, const std::function<bool(const CommentRow&)>& visit) override;
    [[nodiscard]] result<void> each_vote(
        const DiscussionId& id,
        const std::function<bool(AccountId, CommentId, int)>& visit) override;
    [[nodiscard]] result<std::vector<CheckFinding>> check() override;

private:
    std::shared_ptr<const void> files_;  // goes after the connection
    std::unique_ptr<Connection> connection_;
};

// Private to reader_*.cpp: where a discussion stands, in the snapshot that is open.
struct Standing {
    std::int64_t row_id = 0;
    Position position;
    std::int64_t comment_count = 0;
};
// unknown_discussion where there is none.
[[nodiscard]] result<Standing> read_standing(Connection& connection, const DiscussionId& id);
[[nodiscard]] result<Epoch> read_epoch(Connection& connection);

// check.cpp
[[nodiscard]] result<std::vector<CheckFinding>> check_database(Connection& connection);

}  // namespace parley::sqlite
