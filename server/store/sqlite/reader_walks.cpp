#include "store/rows.hpp"
#include "store/sqlite/reader.hpp"

namespace parley::sqlite {

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view from_all_discussions =
    ", d.article FROM discussions d JOIN discussion_seqs s ON s.discussion = d.id ORDER BY d.id";
constexpr std::string_view from_all_accounts = " FROM accounts a ORDER BY a.id";
constexpr std::string_view from_comments_of =
    " FROM comments c CROSS JOIN tallies t ON t.comment = c.id"
    " WHERE c.id IN (SELECT id FROM comments INDEXED BY comments_by_stamp"
    " WHERE discussion = (SELECT id FROM discussions WHERE slug = ?1)) ORDER BY c.id";

constexpr Sql select_all_discussions = joined<select, discussion_columns, from_all_discussions>;
constexpr Sql select_all_accounts = joined<select, account_columns, from_all_accounts>;
constexpr Sql select_comments_of = joined<select, comment_columns, from_comments_of>;

// Reads a row, shows it, until there is none or the visitor has seen enough.
template <class Read, class Visit>
result<void> walk(Query& query, Read read, const Visit& visit) {
    for (;;) {
        const result<bool> found = query.next();
        if (found.has_error()) return found.error();
        if (!*found) return {};
        const auto row = read(query);
        if (row.has_error()) return row.error();
        if (!visit(*row)) return {};
    }
}

}  // namespace

result<void> SqliteReader::each_discussion(const std::function<bool(const DiscussionRow&)>& visit) {
    Query query = connection_->query(select_all_discussions);
    return walk(query, read_discussion<Query>, visit);
}

result<void> SqliteReader::each_account(const std::function<bool(const AccountRow&)>& visit) {
    Query query = connection_->query(select_all_accounts);
    return walk(
        query, [](const Query& row) { return read_account(row); }, visit);
}

// In the order of their ids: a parent was there before its children.
result<void> SqliteReader::each_comment(const DiscussionId& id,
                                        const std::function<bool(const CommentRow&)>& visit) {
    Query query = connection_->query(select_comments_of);
    query.bind(id.value);
    return walk(
        query, [&](const Query& row) { return read_comment(row, id); }, visit);
}

result<void> SqliteReader::each_vote(const DiscussionId& id,
                                     const std::function<bool(AccountId, CommentId, int)>& visit) {
    Query query = connection_->query(
        "SELECT account, comment, value FROM votes"
        " WHERE comment IN (SELECT id FROM comments INDEXED BY comments_by_stamp"
        " WHERE discussion = (SELECT id FROM discussions WHERE slug = ?1))"
        " ORDER BY comment, account");
    query.bind(id.value);
    for (;;) {
        const result<bool> found = query.next();
        if (found.has_error()) return found.error();
        if (!*found) return {};
        const int value = static_cast<int>(query.integer(2));
        if (!visit(query.id<AccountId>(0), query.id<CommentId>(1), value)) return {};
    }
}

result<std::vector<CheckFinding>> SqliteReader::check() {
    const auto snapshot = Snapshot::begin(*connection_);
    if (snapshot.has_error()) return snapshot.error();
    return check_database(*connection_);
}

}  // namespace parley::sqlite
