#include "base/limits.hpp"
#include "store/rows.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/transaction.hpp"

#include <algorithm>
#include <utility>

namespace parley::sqlite {

// What is not for everybody: what accounts must learn, and comments that wait for a moderator.

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view and_then = ", ";
constexpr std::string_view from_pending =
    ", d.slug FROM comments c INDEXED BY comments_pending"
    " CROSS JOIN tallies t ON t.comment = c.id CROSS JOIN accounts a ON a.id = c.author"
    " CROSS JOIN discussions d ON d.id = c.discussion"
    " WHERE c.state = 1 AND c.id > ?1 AND (?2 IS NULL OR c.author = ?2)"
    " AND (?3 IS NULL OR d.slug = ?3) ORDER BY c.id LIMIT ?4";
constexpr Sql select_pending =
    joined<select, comment_columns, and_then, account_columns, from_pending>;

}  // namespace

result<std::int64_t> number_of_last_event(Connection& connection) {
    Query query = connection.query("SELECT coalesce(max(number), 0) FROM account_events");
    const result<bool> row = query.next();
    if (row.has_error()) return row.error();
    return query.integer(0);
}

result<AccountEvents> SqliteReader::account_events(std::int64_t after) {
    const auto snapshot = Snapshot::begin(*connection_);
    if (snapshot.has_error()) return snapshot.error();
    AccountEvents answer;
    const result<std::int64_t> last = number_of_last_event(*connection_);
    if (last.has_error()) return last.error();
    answer.last = *last;
    Query query = connection_->query(
        "SELECT number, kind, account, session FROM account_events WHERE number > ?1"
        " ORDER BY number LIMIT ?2");
    query.bind(after).bind(account_events_read_count_max);
    const auto add = [&]() -> result<void> {
        const auto kind = decode_enum(query.integer(1), AccountEvent::Kind::pending_changed);
        AccountEvent event;
        if (!kind) return corrupt_row("account_events", query.integer(0));
        event.kind = *kind;
        event.account = query.id<AccountId>(2);
        if (!query.is_null(3) && !read_digest(query.bytes(3), event.session.emplace())) {
            return corrupt_row("account_events", query.integer(0));
        }
        answer.events.emplace_back(query.integer(0), event);
        return {};
    };
    if (auto done = query.each(add); done.has_error()) return done.error();
    return answer;
}

result<std::vector<PendingComment>> SqliteReader::pending(const PendingQuery& wanted) {
    Query query = connection_->query(select_pending);
    query.bind(wanted.after).bind(wanted.author);
    if (wanted.discussion) query.bind(wanted.discussion->value);
    else query.bind_null();
    query.bind(std::clamp<std::size_t>(wanted.limit, 1, pending_page_comments_max + 1));
    std::vector<PendingComment> found;
    const auto add = [&]() -> result<void> {
        DiscussionId discussion{query.text(comment_columns_count + account_columns_count)};
        const result<CommentRow> comment = read_comment(query, discussion);
        if (comment.has_error()) return comment.error();
        const result<AccountRow> author = read_account(query, comment_columns_count);
        if (author.has_error()) return author.error();
        found.push_back({std::move(discussion), pending_comment(*comment, *author)});
        return {};
    };
    if (auto done = query.each(add); done.has_error()) return done.error();
    return found;
}

}  // namespace parley::sqlite
