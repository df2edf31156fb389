#include "store/sqlite/lookups.hpp"

#include "store/rows.hpp"

namespace parley::sqlite {

namespace {

// The ids in the query's first column, of which there may be one more than `limit`.
result<State::CommentPage> read_page(Query& query, std::size_t limit) {
    State::CommentPage page;
    const auto add = [&]() -> result<void> {
        if (page.comments.size() == limit) page.more = true;
        else page.comments.push_back(query.id<CommentId>(0));
        return {};
    };
    if (auto read = query.each(add); read.has_error()) return read.error();
    return page;
}

}  // namespace

result<std::optional<KeyRow>> find_key(Connection& connection, AccountId account,
                                       const std::string& key) {
    Query query = connection.query(
        "SELECT k.request_hash, k.comment, d.slug, k.created, k.created_at"
        " FROM idempotency_keys k LEFT JOIN discussions d ON d.id = k.discussion"
        " WHERE k.account = ?1 AND k.key = ?2");
    query.bind(account).bind(key);
    const result<bool> found = query.next();
    if (found.has_error()) return found.error();
    if (!*found) return std::optional<KeyRow>();
    KeyRow row;
    if (!read_digest(query.bytes(0), row.request_hash)) {
        return corrupt_row("idempotency_keys", static_cast<std::int64_t>(account));
    }
    row.comment = query.optional_id<CommentId>(1);
    if (!query.is_null(2)) row.discussion = DiscussionId{query.text(2)};
    row.created = query.integer(3) != 0;
    row.created_at = query.time(4);
    return std::optional(std::move(row));
}

result<std::optional<TicketRow>> find_ticket(Connection& connection, const Digest256& name) {
    Query query = connection.query("SELECT session, expires_at FROM tickets WHERE ticket = ?1");
    query.bind(name);
    const result<bool> found = query.next();
    if (found.has_error()) return found.error();
    if (!*found) return std::optional<TicketRow>();
    TicketRow ticket;
    ticket.ticket = name;
    if (!read_digest(query.bytes(0), ticket.session)) return corrupt_row("tickets", 0);
    ticket.expires_at = query.time(1);
    return std::optional(ticket);
}

result<State::CommentPage> list_quoters(Connection& connection, CommentId quoted) {
    Query query = connection.query(
        "SELECT id FROM comments INDEXED BY comments_quoting WHERE quote_comment = ?1"
        " AND (quote_verified = 1 OR quote_author <> '') ORDER BY id LIMIT ?2");
    query.bind(quoted).bind(quotes_blanked_per_change_max + 1);
    return read_page(query, quotes_blanked_per_change_max);
}

result<State::CommentPage> list_of_author(Connection& connection, const Needs::AuthorRange& range) {
    Query query = connection.query(
        "SELECT id FROM comments WHERE author = ?1 AND id > ?3"
        " AND discussion = (SELECT id FROM discussions WHERE slug = ?2)"
        " ORDER BY id LIMIT ?4");
    query.bind(range.account).bind(range.discussion.value).bind(range.after).bind(range.limit + 1);
    return read_page(query, range.limit);
}

result<State::CommentPage> list_of_voter(Connection& connection, AccountId account,
                                         const DiscussionId& discussion,
                                         std::map<VoteRef, VoteRow>& votes) {
    Query query = connection.query(
        "SELECT comment, value FROM votes WHERE account = ?1"
        " AND discussion = (SELECT id FROM discussions WHERE slug = ?2)"
        " ORDER BY comment LIMIT ?3");
    query.bind(account).bind(discussion.value).bind(changeset_comments_max + 1);
    State::CommentPage page;
    const auto add = [&]() -> result<void> {
        if (page.comments.size() == changeset_comments_max) {
            page.more = true;
            return {};
        }
        const auto comment = query.id<CommentId>(0);
        page.comments.push_back(comment);
        votes.emplace(VoteRef{account, comment},
                      VoteRow{static_cast<int>(query.integer(1)), false});
        return {};
    };
    if (auto read = query.each(add); read.has_error()) return read.error();
    return page;
}

}  // namespace parley::sqlite
