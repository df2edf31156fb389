#include "base/limits.hpp"
#include "store/reading.hpp"
#include "store/sqlite/reader.hpp"

#include <algorithm>
#include <utility>

namespace parley::sqlite {

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view from_one_discussion =
    ", d.article FROM discussions d JOIN discussion_seqs s ON s.discussion = d.id"
    " WHERE d.slug = ?1";
constexpr std::string_view from_active_discussions =
    ", '' FROM discussion_seqs s CROSS JOIN discussions d ON d.id = s.discussion"
    " WHERE (s.active_at, s.discussion) < (?1, ?2)"
    " ORDER BY s.active_at DESC, s.discussion DESC LIMIT ?3";
constexpr std::string_view from_account = " FROM accounts a WHERE a.id = ?1";
constexpr std::string_view from_account_by_name_key =
    " FROM accounts a WHERE a.name_key = ?1 AND a.name_key <> ''";
constexpr std::string_view from_accounts_after =
    " FROM accounts a WHERE a.id > ?1 ORDER BY a.id LIMIT ?2";
constexpr std::string_view from_session =
    " FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.token = ?1 AND s.expires_at > ?2";

constexpr Sql select_discussion = joined<select, discussion_columns, from_one_discussion>;
constexpr Sql select_active_discussions =
    joined<select, discussion_columns, from_active_discussions>;
constexpr Sql select_account = joined<select, account_columns, from_account>;
constexpr Sql select_account_by_name_key =
    joined<select, account_columns, from_account_by_name_key>;
constexpr Sql select_accounts = joined<select, account_columns, from_accounts_after>;
constexpr Sql select_session_account = joined<select, account_columns, from_session>;

// The account of the one row that the query gives, if it gives one.
result<std::optional<AccountRow>> read_optional_account(Query& query) {
    const result<bool> found = query.next();
    if (found.has_error()) return found.error();
    if (!*found) return std::optional<AccountRow>();
    result<AccountRow> row = read_account(query);
    if (row.has_error()) return row.error();
    return std::optional(std::move(*row));
}

template <class Id>
result<std::vector<Id>> read_ids(Query& query) {
    std::vector<Id> ids;
    const auto add = [&]() -> result<void> {
        ids.push_back(query.id<Id>(0));
        return {};
    };
    if (auto done = query.each(add); done.has_error()) return done.error();
    return ids;
}

}  // namespace

result<std::optional<DiscussionDetail>> SqliteReader::discussion(const DiscussionId& id) {
    const auto snapshot = Snapshot::begin(*connection_);
    if (snapshot.has_error()) return snapshot.error();
    const result<Epoch> epoch = read_epoch(*connection_);
    if (epoch.has_error()) return epoch.error();
    Query query = connection_->query(select_discussion);
    query.bind(id.value);
    const result<bool> found = query.next();
    if (found.has_error()) return found.error();
    if (!*found) return std::optional<DiscussionDetail>();
    result<DiscussionRow> row = read_discussion(query);
    if (row.has_error()) return row.error();
    DiscussionDetail detail{public_discussion(*row, *epoch), std::move(row->article)};
    return std::optional(std::move(detail));
}

result<DiscussionPage> SqliteReader::discussions(std::size_t limit,
                                                 const std::optional<std::string>& after) {
    const std::optional<ListPlace> place = list_place(after);
    if (!place) return bad_cursor();
    limit = std::clamp<std::size_t>(limit, 1, discussions_page_max);
    const auto snapshot = Snapshot::begin(*connection_);
    if (snapshot.has_error()) return snapshot.error();
    const result<Epoch> epoch = read_epoch(*connection_);
    if (epoch.has_error()) return epoch.error();
    Query query = connection_->query(select_active_discussions);
    query.bind(place->active_at).bind(place->row_id).bind(limit + 1);
    DiscussionPage page;
    std::string last;
    const auto add = [&]() -> result<void> {
        if (page.discussions.size() == limit) {
            page.next = last;
            return {};
        }
        const result<DiscussionRow> row = read_discussion(query);
        if (row.has_error()) return row.error();
        page.discussions.push_back(public_discussion(*row, *epoch));
        last = place_after(*row);
        return {};
    };
    if (auto done = query.each(add); done.has_error()) return done.error();
    return page;
}

// One statement is one snapshot: what follows needs no transaction of its own.

result<std::optional<AccountRow>> SqliteReader::account(AccountId id) {
    Query query = connection_->query(select_account);
    query.bind(id);
    return read_optional_account(query);
}

result<std::optional<AccountRow>> SqliteReader::account_by_name_key(std::string_view name_key) {
    Query query = connection_->query(select_account_by_name_key);
    query.bind(name_key);
    return read_optional_account(query);
}

result<std::vector<AccountRow>> SqliteReader::accounts(std::size_t limit, AccountId after) {
    Query query = connection_->query(select_accounts);
    query.bind(after).bind(limit);
    std::vector<AccountRow> accounts;
    const auto add = [&]() -> result<void> {
        result<AccountRow> row = read_account(query);
        if (row.has_error()) return row.error();
        accounts.push_back(std::move(*row));
        return {};
    };
    if (auto done = query.each(add); done.has_error()) return done.error();
    return accounts;
}

result<std::optional<AccountRow>> SqliteReader::session_account(const Digest256& token,
                                                                WallTime now) {
    Query query = connection_->query(select_session_account);
    query.bind(token).bind(now);
    return read_optional_account(query);
}

result<std::vector<VoteOnRecord>> SqliteReader::votes_of(AccountId account,
                                                         const DiscussionId& discussion) {
    Query query = connection_->query(
        "SELECT comment, value FROM votes WHERE account = ?1"
        " AND discussion = (SELECT id FROM discussions WHERE slug = ?2) ORDER BY comment");
    query.bind(account).bind(discussion.value);
    std::vector<VoteOnRecord> votes;
    const auto add = [&]() -> result<void> {
        votes.push_back({query.id<CommentId>(0), static_cast<int>(query.integer(1))});
        return {};
    };
    if (auto done = query.each(add); done.has_error()) return done.error();
    return votes;
}

result<std::vector<DiscussionId>> SqliteReader::discussions_of(AccountId account) {
    Query query = connection_->query(
        "SELECT slug FROM discussions WHERE id IN"
        " (SELECT discussion FROM comments WHERE author = ?1"
        " UNION SELECT discussion FROM votes WHERE account = ?1) ORDER BY slug");
    query.bind(account);
    std::vector<DiscussionId> discussions;
    const auto add = [&]() -> result<void> {
        discussions.push_back(DiscussionId{query.text(0)});
        return {};
    };
    if (auto done = query.each(add); done.has_error()) return done.error();
    return discussions;
}

result<std::vector<CommentId>> SqliteReader::removed_but_quoted(std::size_t limit) {
    Query query = connection_->query(
        "SELECT DISTINCT q.quote_comment FROM comments q INDEXED BY comments_quoting"
        " CROSS JOIN comments c ON c.id = q.quote_comment"
        " WHERE (q.quote_verified = 1 OR q.quote_author <> '') AND c.state <> 0 LIMIT ?1");
    query.bind(limit);
    return read_ids<CommentId>(query);
}

result<std::vector<AccountId>> SqliteReader::accounts_being_erased(std::size_t limit) {
    Query query = connection_->query(
        "SELECT id FROM accounts INDEXED BY accounts_being_erased WHERE erasure = 1"
        " ORDER BY id LIMIT ?1");
    query.bind(limit);
    return read_ids<AccountId>(query);
}

}  // namespace parley::sqlite
