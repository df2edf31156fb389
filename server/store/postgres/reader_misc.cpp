#include "base/limits.hpp"
#include "store/postgres/reader.hpp"
#include "store/reading.hpp"

#include <algorithm>
#include <utility>

namespace parley::postgres {

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view from_one_discussion =
    ", d.article, (SELECT epoch FROM history WHERE one = 1)"
    " FROM discussions d JOIN discussion_seqs s ON s.discussion = d.id WHERE d.slug = $1";
constexpr std::string_view from_active_discussions =
    ", ''::text, (SELECT epoch FROM history WHERE one = 1)"
    " FROM (SELECT * FROM discussion_seqs WHERE (active_at, discussion) < ($1, $2)"
    " ORDER BY active_at DESC, discussion DESC LIMIT $3) s"
    " CROSS JOIN LATERAL (SELECT * FROM discussions WHERE id = s.discussion OFFSET 0) d"
    " ORDER BY s.active_at DESC, s.discussion DESC";
constexpr std::string_view from_account = " FROM accounts a WHERE a.id = $1";
constexpr std::string_view from_account_by_name_key =
    " FROM accounts a WHERE a.name_key = $1 AND a.name_key <> ''";
constexpr std::string_view from_accounts_after =
    " FROM accounts a WHERE a.id > $1 ORDER BY a.id LIMIT $2";
constexpr std::string_view from_session =
    " FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.token = $1 AND s.expires_at > $2";

constexpr Sql select_discussion = joined<select, discussion_columns, from_one_discussion>;
constexpr Sql select_active_discussions =
    joined<select, discussion_columns, from_active_discussions>;
constexpr Sql select_account = joined<select, account_columns, from_account>;
constexpr Sql select_account_by_name_key =
    joined<select, account_columns, from_account_by_name_key>;
constexpr Sql select_accounts = joined<select, account_columns, from_accounts_after>;
constexpr Sql select_session_account = joined<select, account_columns, from_session>;

constexpr int epoch_column = discussion_columns_count + 1;

result<Epoch> epoch_of(const Row& row) {
    if (row.is_null(epoch_column)) return corrupt_row("history", 1);
    return Epoch{row.text(epoch_column)};
}

// The account of the one row, if there is one.
result<std::optional<AccountRow>> optional_account(const result<Rows>& rows) {
    if (rows.has_error()) return rows.error();
    if (rows->empty()) return std::optional<AccountRow>();
    result<AccountRow> row = read_account(rows->front());
    if (row.has_error()) return std::move(row.error());
    return std::optional(std::move(*row));
}

}  // namespace

// One statement is one snapshot: none of these needs a transaction of its own.

result<Rows> PostgresReader::run(const Request& request) {
    return read([&](Connection& connection) { return connection.run(request); });
}

result<std::optional<DiscussionDetail>> PostgresReader::discussion(const DiscussionId& id) {
    const auto rows = run(Request{select_discussion, Arguments().add(id.value)});
    if (rows.has_error()) return rows.error();
    if (rows->empty()) return std::optional<DiscussionDetail>();
    const result<Epoch> epoch = epoch_of(rows->front());
    if (epoch.has_error()) return epoch.error();
    result<DiscussionRow> row = read_discussion(rows->front());
    if (row.has_error()) return std::move(row.error());
    DiscussionDetail detail{public_discussion(*row, *epoch), std::move(row->article)};
    return std::optional(std::move(detail));
}

result<DiscussionPage> PostgresReader::discussions(std::size_t limit,
                                                   const std::optional<std::string>& after) {
    const std::optional<ListPlace> place = list_place(after);
    if (!place) return bad_cursor();
    limit = std::clamp<std::size_t>(limit, 1, discussions_page_max);
    const auto rows =
        run(Request{select_active_discussions,
                    Arguments().add(place->active_at).add(place->row_id).add(limit + 1)});
    if (rows.has_error()) return rows.error();
    DiscussionPage page;
    std::string last;
    const auto add = [&](const Row& row) -> result<void> {
        if (page.discussions.size() == limit) {
            page.next = last;
            return {};
        }
        const result<Epoch> epoch = epoch_of(row);
        if (epoch.has_error()) return epoch.error();
        const result<DiscussionRow> discussion = read_discussion(row);
        if (discussion.has_error()) return discussion.error();
        page.discussions.push_back(public_discussion(*discussion, *epoch));
        last = place_after(*discussion);
        return {};
    };
    if (auto done = rows->each(add); done.has_error()) return std::move(done.error());
    return page;
}

result<std::optional<AccountRow>> PostgresReader::account(AccountId id) {
    return optional_account(run(Request{select_account, Arguments().add(id)}));
}

result<std::optional<AccountRow>> PostgresReader::account_by_name_key(std::string_view name_key) {
    return optional_account(run(Request{select_account_by_name_key, Arguments().add(name_key)}));
}

result<std::vector<AccountRow>> PostgresReader::accounts(std::size_t limit, AccountId after) {
    const auto rows = run(Request{select_accounts, Arguments().add(after).add(limit)});
    if (rows.has_error()) return rows.error();
    std::vector<AccountRow> accounts;
    const auto add = [&](const Row& row) -> result<void> {
        result<AccountRow> account = read_account(row);
        if (account.has_error()) return std::move(account.error());
        accounts.push_back(std::move(*account));
        return {};
    };
    if (auto done = rows->each(add); done.has_error()) return std::move(done.error());
    return accounts;
}

result<std::optional<AccountRow>> PostgresReader::session_account(const Digest256& token,
                                                                  WallTime now) {
    return optional_account(run(Request{select_session_account, Arguments().add(token).add(now)}));
}

result<std::vector<VoteOnRecord>> PostgresReader::votes_of(AccountId account,
                                                           const DiscussionId& discussion) {
    const auto rows = run(
        Request{"SELECT comment, value FROM votes WHERE account = $1"
                " AND discussion = (SELECT id FROM discussions WHERE slug = $2) ORDER BY comment",
                Arguments().add(account).add(discussion.value)});
    if (rows.has_error()) return rows.error();
    std::vector<VoteOnRecord> votes;
    for (int i = 0; i < rows->size(); ++i) {
        const Row row = rows->at(i);
        votes.push_back({row.id<CommentId>(0), static_cast<int>(row.integer(1))});
    }
    return votes;
}

result<std::vector<DiscussionId>> PostgresReader::discussions_of(AccountId account) {
    const auto rows =
        run(Request{"SELECT slug FROM discussions WHERE id = ANY(ARRAY("
                    "SELECT discussion FROM comments WHERE author = $1"
                    " UNION SELECT discussion FROM votes WHERE account = $1)) ORDER BY slug",
                    Arguments().add(account)});
    if (rows.has_error()) return rows.error();
    std::vector<DiscussionId> discussions;
    for (int i = 0; i < rows->size(); ++i) {
        discussions.push_back(DiscussionId{rows->at(i).text(0)});
    }
    return discussions;
}

result<std::vector<CommentId>> PostgresReader::removed_but_quoted(std::size_t limit) {
    const auto rows = run(Request{
        "SELECT DISTINCT q.quote_comment FROM comments q JOIN comments c ON c.id = q.quote_comment"
        " WHERE (q.quote_verified OR q.quote_author <> '') AND c.state <> 0 LIMIT $1",
        Arguments().add(limit)});
    if (rows.has_error()) return rows.error();
    std::vector<CommentId> removed;
    for (int i = 0; i < rows->size(); ++i) removed.push_back(rows->at(i).id<CommentId>(0));
    return removed;
}

result<std::vector<AccountId>> PostgresReader::accounts_being_erased(std::size_t limit) {
    const auto rows = run(Request{"SELECT id FROM accounts WHERE erasure = 1 ORDER BY id LIMIT $1",
                                  Arguments().add(limit)});
    if (rows.has_error()) return rows.error();
    std::vector<AccountId> accounts;
    for (int i = 0; i < rows->size(); ++i) accounts.push_back(rows->at(i).id<AccountId>(0));
    return accounts;
}

}  // namespace parley::postgres
