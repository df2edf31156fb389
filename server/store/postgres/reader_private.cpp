#include "base/limits.hpp"
#include "store/postgres/reader.hpp"
#include "store/rows.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::postgres {

// What is not for everybody: what accounts must learn, and comments that wait for a moderator.

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view and_then = ", ";
constexpr std::string_view from_pending =
    ", d.slug FROM comments c CROSS JOIN LATERAL"
    " (SELECT * FROM tallies WHERE comment = c.id OFFSET 0) t"
    " CROSS JOIN LATERAL (SELECT * FROM accounts WHERE id = c.author OFFSET 0) a"
    " CROSS JOIN LATERAL (SELECT slug FROM discussions WHERE id = c.discussion OFFSET 0) d"
    " WHERE c.state = 1 AND c.id > $1 AND ($2::int8 IS NULL OR c.author = $2)"
    " AND ($3::text IS NULL OR d.slug = $3) ORDER BY c.id LIMIT $4";
constexpr Sql select_pending =
    joined<select, comment_columns, and_then, account_columns, from_pending>;

result<void> add_event(const Row& row, AccountEvents& answer) {
    const auto kind = decode_enum(row.integer(1), AccountEvent::Kind::pending_changed);
    if (!kind) return corrupt_row("account_events", row.integer(0));
    AccountEvent event;
    event.kind = *kind;
    event.account = row.id<AccountId>(2);
    if (!row.is_null(3) && !read_digest(row.bytes(3), event.session.emplace())) {
        return corrupt_row("account_events", row.integer(0));
    }
    answer.events.emplace_back(row.integer(0), event);
    return {};
}

}  // namespace

// The last number is read after the events: one that is added in between is read the next time.
result<AccountEvents> PostgresReader::account_events(std::int64_t after) {
    const std::array requests{
        Request{begin_snapshot},
        Request{"SELECT number, kind, account, session FROM account_events WHERE number > $1"
                " ORDER BY number LIMIT $2",
                Arguments().add(after).add(account_events_read_count_max)},
        Request{"SELECT coalesce(max(number), 0) FROM account_events"}, Request{end_snapshot}};
    return read([&](Connection& connection) -> result<AccountEvents> {
        const auto answers = connection.run(requests);
        if (answers.has_error()) return answers.error();
        AccountEvents answer;
        const auto add = [&](const Row& row) { return add_event(row, answer); };
        if (auto done = (*answers)[1].each(add); done.has_error()) return std::move(done.error());
        answer.last = (*answers)[2].front().integer(0);
        return answer;
    });
}

result<std::vector<PendingComment>> PostgresReader::pending(const PendingQuery& wanted) {
    Arguments arguments;
    arguments.add(wanted.after);
    if (wanted.author) arguments.add(*wanted.author);
    else arguments.add_null();
    if (wanted.discussion) arguments.add(wanted.discussion->value);
    else arguments.add_null();
    arguments.add(std::clamp<std::size_t>(wanted.limit, 1, pending_page_comments_max + 1));
    const auto rows = run(Request{select_pending, std::move(arguments)});
    if (rows.has_error()) return rows.error();
    std::vector<PendingComment> found;
    const auto add = [&](const Row& row) -> result<void> {
        DiscussionId discussion{row.text(comment_columns_count + account_columns_count)};
        const result<CommentRow> comment = read_comment(row, discussion);
        if (comment.has_error()) return comment.error();
        const result<AccountRow> author = read_account(row, comment_columns_count);
        if (author.has_error()) return author.error();
        found.push_back({std::move(discussion), pending_comment(*comment, *author)});
        return {};
    };
    if (auto done = rows->each(add); done.has_error()) return std::move(done.error());
    return found;
}

}  // namespace parley::postgres
