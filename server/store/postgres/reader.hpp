#pragma once

#include "store/postgres/link.hpp"
#include "store/store.hpp"

#include <utility>

namespace parley::postgres {

// One call is one statement, or one transaction in REPEATABLE READ: one snapshot of the database.
class PostgresReader final : public StoreReader {
public:
    explicit PostgresReader(Link link) : link_(std::move(link)) {}

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
    [[nodiscard]] result<Rows> run(const Request& request);

    // Calls `read_it(connection)`; once more where the connection was closed under it, as when the
    // server restarts. One that does not answer is not asked again.
    template <class Read>
    [[nodiscard]] auto read(Read read_it) -> decltype(read_it(std::declval<Connection&>())) {
        auto connection = link_.get();
        if (connection.has_error()) return connection.error();
        auto answer = read_it(**connection);
        const bool was_cut = answer.has_error() && answer.error().code == Errc::unavailable &&
                             (*connection)->was_cut();
        if (!was_cut) return answer;
        connection = link_.get();
        if (connection.has_error()) return connection.error();
        return read_it(**connection);
    }

    Link link_;
};

// Private to reader_*.cpp and check.cpp.

// The first request of a transaction that reads one snapshot, and the last.
inline constexpr Sql begin_snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
inline constexpr Sql end_snapshot = "COMMIT";

// Ends the transaction where the reading stopped before its end.
class SnapshotEnd {
public:
    explicit SnapshotEnd(Connection& connection) : connection_(connection) {}
    ~SnapshotEnd() { connection_.rollback(); }
    SnapshotEnd(const SnapshotEnd&) = delete;
    SnapshotEnd& operator=(const SnapshotEnd&) = delete;

private:
    Connection& connection_;
};

// Where a discussion stands: id, seq, comment_count, epoch.
struct Standing {
    std::int64_t row_id = 0;
    Position position;
    std::int64_t comment_count = 0;
};
[[nodiscard]] Request select_standing(const DiscussionId& id);
// unknown_discussion where there is none.
[[nodiscard]] result<Standing> read_standing(const Rows& rows);

[[nodiscard]] result<std::vector<CheckFinding>> check_database(Connection& connection);

}  // namespace parley::postgres
