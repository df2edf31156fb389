#include "store/postgres/load_requests.hpp"

#include "base/limits.hpp"
#include "store/rows.hpp"

namespace parley::postgres {

namespace {

// Every statement below leaves one way to carry it out, whatever the planner believes of the
// tables: lists of ids are arrays that are looked up in one index, and a join is a LATERAL of one
// table with OFFSET 0, which is looked up for each row before it. A plan that is made while the
// tables are empty is then still right when they are large.
constexpr std::string_view select = "SELECT ";
// A comment and its parent are of the same discussion and are loaded together.
constexpr std::string_view from_comments =
    ", d.slug FROM (SELECT * FROM comments WHERE id = ANY(ARRAY(SELECT unnest($1::int8[])"
    " UNION ALL SELECT p.parent FROM comments p WHERE p.id = ANY($1::int8[])"
    " AND p.parent IS NOT NULL)) OFFSET 0) c"
    " CROSS JOIN LATERAL (SELECT * FROM tallies WHERE comment = c.id OFFSET 0) t"
    " CROSS JOIN LATERAL (SELECT slug FROM discussions WHERE id = c.discussion OFFSET 0) d";
constexpr std::string_view from_accounts =
    " FROM accounts a WHERE a.id = ANY(ARRAY(SELECT unnest($1::int8[])"
    " UNION ALL SELECT c.author FROM comments c WHERE c.id = ANY($2::int8[])"
    " UNION ALL SELECT p.author FROM comments p WHERE p.id = ANY(ARRAY(SELECT c.parent"
    " FROM comments c WHERE c.id = ANY($2::int8[]) AND c.parent IS NOT NULL))"
    " UNION ALL SELECT k.id FROM accounts k"
    " WHERE k.name_key = ANY($3::text[]) AND k.name_key <> ''))";
constexpr std::string_view from_discussions =
    ", d.article FROM (SELECT * FROM discussions WHERE id = ANY(ARRAY("
    "SELECT e.id FROM discussions e WHERE e.slug = ANY($1::text[])"
    " UNION ALL SELECT c.discussion FROM comments c WHERE c.id = ANY($2::int8[]))) OFFSET 0) d"
    " CROSS JOIN LATERAL (SELECT * FROM discussion_seqs WHERE discussion = d.id OFFSET 0) s";

constexpr std::string_view changed_accounts =
    " FROM accounts a WHERE a.id = ANY($1::int8[]) ORDER BY a.id FOR NO KEY UPDATE OF a";
constexpr std::string_view acting_accounts =
    " FROM accounts a WHERE a.id = ANY(ARRAY("
    "SELECT s.account FROM sessions s WHERE s.token = ANY($1::bytea[])))"
    " ORDER BY a.id FOR SHARE OF a";

// One comment more than the range may have.
constexpr std::string_view pages_of_authors =
    " FROM unnest($1::int8[], $2::text[], $3::int8[], $4::int8[])"
    " WITH ORDINALITY AS n (account, slug, after, size, number)"
    " CROSS JOIN LATERAL (SELECT id FROM discussions WHERE slug = n.slug OFFSET 0) d"
    " CROSS JOIN LATERAL (SELECT c.id FROM comments c WHERE c.author = n.account"
    " AND c.discussion = d.id AND c.id > n.after ORDER BY c.id LIMIT n.size + 1) p";
constexpr std::string_view number_and_comment = "SELECT n.number, p.id";
constexpr std::string_view by_number = " ORDER BY n.number, p.id";
constexpr std::string_view quoted_and_quoter = "SELECT p.id, q.id";
constexpr std::string_view and_quoters =
    " CROSS JOIN LATERAL (SELECT c.id FROM comments c WHERE c.quote_comment = p.id"
    " AND (c.quote_verified OR c.quote_author <> '') ORDER BY c.id LIMIT $5) q"
    " ORDER BY p.id, q.id";

constexpr Sql select_pages_of_authors = joined<number_and_comment, pages_of_authors, by_number>;
constexpr Sql select_quoters_of_pages = joined<quoted_and_quoter, pages_of_authors, and_quoters>;
constexpr Sql select_comments_by_id = joined<select, comment_columns, from_comments>;
constexpr Sql select_named_accounts = joined<select, account_columns, from_accounts>;
constexpr Sql select_changed_accounts = joined<select, account_columns, changed_accounts>;
constexpr Sql select_acting_accounts = joined<select, account_columns, acting_accounts>;
constexpr Sql select_named_discussions = joined<select, discussion_columns, from_discussions>;

template <class Values>
Column int8s(const Values& values) {
    Column column(ElementType::int8);
    for (const auto& value : values) column.add(value);
    return column;
}
template <class Values>
Column texts(const Values& values) {
    Column column(ElementType::text);
    for (const auto& value : values) column.add(std::string_view(value));
    return column;
}
Column texts(const std::set<DiscussionId>& ids) {
    Column column(ElementType::text);
    for (const DiscussionId& id : ids) column.add(std::string_view(id.value));
    return column;
}
Column byteas(const std::vector<Digest256>& digests) {
    Column column(ElementType::bytea);
    for (const Digest256& digest : digests) column.add(digest);
    return column;
}

void add_author_ranges(const std::vector<Needs::AuthorRange>& ranges, Arguments& arguments) {
    Column accounts(ElementType::int8);
    Column slugs(ElementType::text);
    Column after(ElementType::int8);
    Column sizes(ElementType::int8);
    for (const Needs::AuthorRange& range : ranges) {
        accounts.add(range.account);
        slugs.add(std::string_view(range.discussion.value));
        after.add(range.after);
        sizes.add(range.limit);
    }
    arguments.add(accounts).add(slugs).add(after).add(sizes);
}

}  // namespace

void NamedByNeeds::collect(const Needs& needs) {
    subjects.comments = needs.comments;
    subjects.comments.insert(needs.reply_targets.begin(), needs.reply_targets.end());

    subjects.slugs = needs.discussions;
    subjects.name_keys = needs.name_keys;
    tokens.assign(needs.sessions.begin(), needs.sessions.end());
    changed_accounts.assign(needs.accounts.begin(), needs.accounts.end());
    tickets.assign(needs.tickets.begin(), needs.tickets.end());
    sessions_of.assign(needs.sessions_of.begin(), needs.sessions_of.end());
    // Only an actor with a session has keys and votes.
    for (const auto& [actor, key] : needs.keys) {
        if (const auto* token = std::get_if<Digest256>(&actor)) keys.emplace_back(*token, key);
    }
    for (const auto& [actor, comment] : needs.votes) {
        if (const auto* token = std::get_if<Digest256>(&actor)) votes.emplace_back(*token, comment);
    }
}

std::optional<Request> lock_discussions(const NamedByNeeds& named) {
    if (named.subjects.slugs.empty() && named.subjects.comments.empty()) return std::nullopt;
    Request request{
        "SELECT s.discussion FROM discussion_seqs s WHERE s.discussion = ANY(ARRAY("
        "SELECT d.id FROM discussions d WHERE d.slug = ANY($1::text[])"
        " UNION ALL SELECT c.discussion FROM comments c WHERE c.id = ANY($2::int8[])))"
        " ORDER BY s.discussion FOR UPDATE OF s"};
    request.arguments.add(texts(named.subjects.slugs)).add(int8s(named.subjects.comments));
    return request;
}

std::optional<Request> lock_changed_accounts(const NamedByNeeds& named) {
    if (named.changed_accounts.empty()) return std::nullopt;
    return Request{select_changed_accounts, Arguments().add(int8s(named.changed_accounts))};
}

std::optional<Request> lock_actors(const NamedByNeeds& named) {
    if (named.tokens.empty()) return std::nullopt;
    return Request{select_acting_accounts, Arguments().add(byteas(named.tokens))};
}

Request select_now(std::size_t new_comments) {
    return Request{
        "SELECT h.now, h.epoch, h.purges, h.waits, CASE WHEN g.n IS NOT NULL"
        " THEN nextval('comment_ids') END FROM (SELECT t.now,"
        " (SELECT epoch FROM history WHERE one = 1) AS epoch,"
        " EXISTS (SELECT 1 FROM idempotency_keys WHERE expires_at <= t.now"
        " AND expires_at IS NOT NULL) OR EXISTS (SELECT 1 FROM sessions"
        " WHERE expires_at <= t.now) OR EXISTS (SELECT 1 FROM tickets"
        " WHERE expires_at <= t.now) AS purges,"
        " current_setting('synchronous_standby_names') <> '' AS waits"
        " FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8 AS now OFFSET 0) t"
        " OFFSET 0) h LEFT JOIN generate_series(1, $1::int8) AS g (n) ON true",
        Arguments().add(new_comments)};
}

Request take_account_ids(std::size_t count) {
    return Request{"SELECT nextval('account_ids') FROM generate_series(1, $1::int8)",
                   Arguments().add(count)};
}

std::optional<Request> select_last_event(const NamedByNeeds& named) {
    if (named.tickets.empty()) return std::nullopt;
    return Request{"SELECT coalesce(max(number), 0) FROM account_events"};
}

std::optional<Request> lock_tickets(const NamedByNeeds& named) {
    if (named.tickets.empty()) return std::nullopt;
    return Request{
        "SELECT ticket, session, expires_at FROM tickets WHERE ticket = ANY($1::bytea[])"
        " ORDER BY ticket FOR UPDATE",
        Arguments().add(byteas(named.tickets))};
}

std::optional<Request> select_sessions(const NamedByNeeds& named) {
    const bool nothing = named.tokens.empty() && named.sessions_of.empty() && named.tickets.empty();
    if (nothing) return std::nullopt;
    Request request{
        "SELECT token, account, created_at, expires_at FROM sessions WHERE token = ANY(ARRAY("
        "SELECT unnest($1::bytea[])"
        " UNION ALL SELECT o.token FROM sessions o WHERE o.account = ANY($2::int8[])"
        " UNION ALL SELECT k.session FROM tickets k WHERE k.ticket = ANY($3::bytea[])))"};
    request.arguments.add(byteas(named.tokens)).add(int8s(named.sessions_of));
    request.arguments.add(byteas(named.tickets));
    return request;
}

std::optional<Request> select_keys(const NamedByNeeds& named) {
    if (named.keys.empty()) return std::nullopt;
    Column tokens(ElementType::bytea);
    Column keys(ElementType::text);
    for (const auto& [token, key] : named.keys) {
        tokens.add(token);
        keys.add(std::string_view(key));
    }
    Request request{
        "SELECT k.account, k.key, k.request_hash, k.comment, d.slug, k.created, k.created_at"
        " FROM unnest($1::bytea[], $2::text[]) AS n (token, key)"
        " CROSS JOIN LATERAL (SELECT account FROM sessions WHERE token = n.token OFFSET 0) s"
        " CROSS JOIN LATERAL (SELECT * FROM idempotency_keys"
        " WHERE account = s.account AND key = n.key OFFSET 0) k"
        " LEFT JOIN LATERAL (SELECT slug FROM discussions WHERE id = k.discussion OFFSET 0) d"
        " ON true"};
    request.arguments.add(tokens).add(keys);
    return request;
}

std::optional<Request> select_votes(const NamedByNeeds& named) {
    if (named.votes.empty()) return std::nullopt;
    Column tokens(ElementType::bytea);
    Column comments(ElementType::int8);
    for (const auto& [token, comment] : named.votes) {
        tokens.add(token);
        comments.add(comment);
    }
    Request request{
        "SELECT v.account, v.comment, v.value"
        " FROM unnest($1::bytea[], $2::int8[]) AS n (token, comment)"
        " CROSS JOIN LATERAL (SELECT account FROM sessions WHERE token = n.token OFFSET 0) s"
        " CROSS JOIN LATERAL (SELECT * FROM votes"
        " WHERE comment = n.comment AND account = s.account OFFSET 0) v"};
    request.arguments.add(tokens).add(comments);
    return request;
}

std::optional<Request> select_import_votes(const Needs& needs, const State& state) {
    Column accounts(ElementType::int8);
    Column comments(ElementType::int8);
    for (const auto& [account_key, comment_key] : needs.import_votes) {
        const auto account = state.imports.find(account_key);
        const auto comment = state.imports.find(comment_key);
        if (account == state.imports.end() || comment == state.imports.end()) continue;
        accounts.add(account->second.id);
        comments.add(comment->second.id);
    }
    if (accounts.empty()) return std::nullopt;
    Request request{
        "SELECT v.account, v.comment, v.value"
        " FROM unnest($1::int8[], $2::int8[]) AS n (account, comment)"
        " CROSS JOIN LATERAL (SELECT * FROM votes"
        " WHERE comment = n.comment AND account = n.account OFFSET 0) v"};
    request.arguments.add(accounts).add(comments);
    return request;
}

std::optional<Request> select_imports(const Needs& needs) {
    if (needs.imports.empty()) return std::nullopt;
    Column kinds(ElementType::int8);
    Column sources(ElementType::text);
    Column discussions(ElementType::text);
    Column ids(ElementType::text);
    for (const ImportKey& key : needs.imports) {
        kinds.add(key.kind);
        sources.add(std::string_view(key.source));
        discussions.add(std::string_view(key.discussion));
        ids.add(std::string_view(key.id));
    }
    Request request{
        "SELECT i.kind, i.source, i.discussion, i.id, i.target"
        " FROM unnest($1::int8[], $2::text[], $3::text[], $4::text[])"
        " AS n (kind, source, discussion, id)"
        " CROSS JOIN LATERAL (SELECT * FROM import_ids WHERE kind = n.kind::int2"
        " AND source = n.source AND discussion = n.discussion AND id = n.id OFFSET 0) i"};
    request.arguments.add(kinds).add(sources).add(discussions).add(ids);
    return request;
}

std::optional<Request> select_quoters(const Needs& needs) {
    if (needs.quoters_of.empty()) return std::nullopt;
    Request request{
        "SELECT n.quoted, q.id FROM unnest($1::int8[]) AS n (quoted) CROSS JOIN LATERAL"
        " (SELECT c.id FROM comments c WHERE c.quote_comment = n.quoted"
        " AND (c.quote_verified OR c.quote_author <> '')"
        " ORDER BY c.id LIMIT $2) q ORDER BY n.quoted, q.id"};
    request.arguments.add(int8s(needs.quoters_of)).add(quotes_blanked_per_change_max + 1);
    return request;
}

std::optional<Request> select_author_pages(const Needs& needs) {
    if (needs.author_ranges.empty()) return std::nullopt;
    Request request{select_pages_of_authors};
    add_author_ranges(needs.author_ranges, request.arguments);
    return request;
}

std::optional<Request> select_quoters_of_authors(const Needs& needs) {
    std::vector<Needs::AuthorRange> ranges;
    for (const Needs::AuthorRange& range : needs.author_ranges) {
        if (range.with_quoters) ranges.push_back(range);
    }
    if (ranges.empty()) return std::nullopt;
    Request request{select_quoters_of_pages};
    add_author_ranges(ranges, request.arguments);
    request.arguments.add(quotes_blanked_per_change_max + 1);
    return request;
}

std::optional<Request> select_voter_pages(const Needs& needs) {
    if (needs.voter_ranges.empty()) return std::nullopt;
    Column accounts(ElementType::int8);
    Column slugs(ElementType::text);
    for (const auto& [account, discussion] : needs.voter_ranges) {
        accounts.add(account);
        slugs.add(std::string_view(discussion.value));
    }
    Request request{
        "SELECT n.account, n.slug, v.comment, v.value"
        " FROM unnest($1::int8[], $2::text[]) AS n (account, slug)"
        " CROSS JOIN LATERAL (SELECT id FROM discussions WHERE slug = n.slug OFFSET 0) d"
        " CROSS JOIN LATERAL (SELECT v.comment, v.value FROM votes v"
        " WHERE v.account = n.account AND v.discussion = d.id ORDER BY v.comment LIMIT $3) v"
        " ORDER BY n.account, n.slug, v.comment"};
    request.arguments.add(accounts).add(slugs).add(changeset_comments_max + 1);
    return request;
}

std::optional<Request> select_comments(const Subjects& subjects) {
    if (subjects.comments.empty()) return std::nullopt;
    return Request{select_comments_by_id, Arguments().add(int8s(subjects.comments))};
}

std::optional<Request> select_accounts(const Subjects& subjects) {
    const bool nothing =
        subjects.accounts.empty() && subjects.comments.empty() && subjects.name_keys.empty();
    if (nothing) return std::nullopt;
    Request request{select_named_accounts};
    request.arguments.add(int8s(subjects.accounts)).add(int8s(subjects.comments));
    request.arguments.add(texts(subjects.name_keys));
    return request;
}

std::optional<Request> select_discussions(const Subjects& subjects) {
    if (subjects.slugs.empty() && subjects.comments.empty()) return std::nullopt;
    Request request{select_named_discussions};
    request.arguments.add(texts(subjects.slugs)).add(int8s(subjects.comments));
    return request;
}

}  // namespace parley::postgres
