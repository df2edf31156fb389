#include "base/limits.hpp"
#include "store/postgres/reader.hpp"
#include "store/reading.hpp"

namespace parley::postgres {

namespace {

constexpr std::string_view declare = "DECLARE walk NO SCROLL CURSOR FOR SELECT ";
constexpr std::string_view from_all_discussions =
    ", d.article FROM discussions d JOIN discussion_seqs s ON s.discussion = d.id ORDER BY d.id";
constexpr std::string_view from_all_accounts = " FROM accounts a ORDER BY a.id";
// The ids are sorted alone, which is little; each comment is then read where it lies.
constexpr std::string_view from_comments_of =
    " FROM (SELECT id FROM comments WHERE discussion = (SELECT id FROM discussions WHERE slug = $1)"
    " ORDER BY id OFFSET 0) o CROSS JOIN LATERAL (SELECT * FROM comments WHERE id = o.id OFFSET 0) "
    "c"
    " CROSS JOIN LATERAL (SELECT * FROM tallies WHERE comment = c.id OFFSET 0) t ORDER BY o.id";

constexpr Sql declare_all_discussions = joined<declare, discussion_columns, from_all_discussions>;
constexpr Sql declare_all_accounts = joined<declare, account_columns, from_all_accounts>;
constexpr Sql declare_comments_of = joined<declare, comment_columns, from_comments_of>;

// An article may be large; so few of them are held at once.
constexpr std::size_t articles_count_max = 20;

// Reads through a cursor of the server in one snapshot, `step` rows at a time, until there is none
// or `visit(row)`, a result<bool>, has seen enough. The session's limits on time are off meanwhile:
// whoever visits may be slow, and a sort may take long.
template <class Visit>
result<void> walk(Connection& connection, Request cursor, std::size_t step, const Visit& visit) {
    const SnapshotEnd end(connection);
    const std::array begin{
        Request{begin_snapshot},
        Request{"SELECT set_config('statement_timeout', '0', true),"
                " set_config('idle_in_transaction_session_timeout', '0', true)"},
        std::move(cursor),
    };
    if (auto begun = connection.run(begin, store_long_answer_timeout_ms); begun.has_error()) {
        return std::move(begun.error());
    }
    const Request fetch{step == articles_count_max ? Sql("FETCH FORWARD 20 FROM walk")
                                                   : Sql("FETCH FORWARD 500 FROM walk")};
    for (;;) {
        const auto rows = connection.run(fetch, store_long_answer_timeout_ms);
        if (rows.has_error()) return rows.error();
        for (int i = 0; i < rows->size(); ++i) {
            const result<bool> more = visit(rows->at(i));
            if (more.has_error()) return more.error();
            if (!*more) return {};
        }
        if (static_cast<std::size_t>(rows->size()) < step) return {};
    }
}
static_assert(articles_count_max == 20 && store_walk_rows_count_max == 500, "see the statements");

}  // namespace

result<void> PostgresReader::each_discussion(
    const std::function<bool(const DiscussionRow&)>& visit) {
    const result<Connection*> connection = link_.get();
    if (connection.has_error()) return connection.error();
    return walk(**connection, Request{declare_all_discussions}, articles_count_max,
                [&](const Row& row) -> result<bool> {
                    const result<DiscussionRow> discussion = read_discussion(row);
                    if (discussion.has_error()) return discussion.error();
                    return visit(*discussion);
                });
}

result<void> PostgresReader::each_account(const std::function<bool(const AccountRow&)>& visit) {
    const result<Connection*> connection = link_.get();
    if (connection.has_error()) return connection.error();
    return walk(**connection, Request{declare_all_accounts}, store_walk_rows_count_max,
                [&](const Row& row) -> result<bool> {
                    const result<AccountRow> account = read_account(row);
                    if (account.has_error()) return account.error();
                    return visit(*account);
                });
}

// In the order of their ids: a parent was there before its children.
result<void> PostgresReader::each_comment(const DiscussionId& id,
                                          const std::function<bool(const CommentRow&)>& visit) {
    const result<Connection*> connection = link_.get();
    if (connection.has_error()) return connection.error();
    return walk(**connection, Request{declare_comments_of, Arguments().add(id.value)},
                store_walk_rows_count_max, [&](const Row& row) -> result<bool> {
                    const result<CommentRow> comment = read_comment(row, id);
                    if (comment.has_error()) return comment.error();
                    return visit(*comment);
                });
}

result<void> PostgresReader::each_vote(
    const DiscussionId& id, const std::function<bool(AccountId, CommentId, int)>& visit) {
    const result<Connection*> connection = link_.get();
    if (connection.has_error()) return connection.error();
    return walk(**connection,
                Request{"DECLARE walk NO SCROLL CURSOR FOR SELECT v.account, v.comment, v.value"
                        " FROM (SELECT id FROM comments WHERE discussion ="
                        " (SELECT id FROM discussions WHERE slug = $1) ORDER BY id OFFSET 0) o"
                        " JOIN votes v ON v.comment = o.id ORDER BY o.id, v.account",
                        Arguments().add(id.value)},
                store_walk_rows_count_max, [&](const Row& row) -> result<bool> {
                    return visit(row.id<AccountId>(0), row.id<CommentId>(1),
                                 static_cast<int>(row.integer(2)));
                });
}

result<std::vector<CheckFinding>> PostgresReader::check() {
    const result<Connection*> connection = link_.get();
    if (connection.has_error()) return connection.error();
    return check_database(**connection);
}

}  // namespace parley::postgres
