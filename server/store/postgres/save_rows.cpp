#include "base/limits.hpp"
#include "store/postgres/save_requests.hpp"
#include "store/rows.hpp"

namespace parley::postgres {

namespace {

// Accounts, each a row of the same columns.
struct AccountColumns {
    Column ids{ElementType::int8};
    Column names{ElementType::text};
    Column name_keys{ElementType::text};
    Column roles{ElementType::int8};
    Column hashes{ElementType::text};
    Column banned{ElementType::int8};
    Column erasure{ElementType::int8};
    Column created_at{ElementType::int8};

    void add(const AccountRow& row) {
        ids.add(row.id);
        names.add(std::string_view(row.name));
        name_keys.add(std::string_view(row.name_key));
        roles.add(row.role);
        hashes.add(std::string_view(row.password_hash));
        banned.add(std::int64_t{row.banned});
        erasure.add(row.erasure);
        created_at.add(row.created_at);
    }
    [[nodiscard]] Change change(Sql sql, Errc otherwise) const {
        Request request{sql};
        request.arguments.add(ids).add(names).add(name_keys).add(roles).add(hashes);
        request.arguments.add(banned).add(created_at).add(erasure);
        return {std::move(request), ids.size(), otherwise};
    }
};

void add_accounts(const State& state, std::vector<Change>& changes) {
    AccountColumns fresh;
    AccountColumns dirty;
    // By name, so that two instances which take several wait for each other in the same order.
    std::map<std::pair<std::string_view, AccountId>, const Tracked<AccountRow>*> marked;
    for (const auto& [id, tracked] : state.accounts) {
        if (!tracked.fresh && !tracked.dirty) continue;
        marked.emplace(std::pair(std::string_view(tracked.row.name_key), id), &tracked);
    }
    for (const auto& [key, tracked] : marked) (tracked->fresh ? fresh : dirty).add(tracked->row);
    if (!fresh.ids.empty()) {
        changes.push_back(fresh.change(
            "INSERT INTO accounts (id, name, name_key, role, password_hash, banned, created_at,"
            " erasure) SELECT n.id, n.name, n.name_key, n.role, n.hash, n.banned <> 0,"
            " n.created_at, n.erasure"
            " FROM unnest($1::int8[], $2::text[], $3::text[], $4::int8[], $5::text[], $6::int8[],"
            " $7::int8[], $8::int8[])"
            " AS n (id, name, name_key, role, hash, banned, created_at, erasure)",
            Errc::conflict));
    }
    if (!dirty.ids.empty()) {
        changes.push_back(dirty.change(
            "UPDATE accounts a SET name = n.name, name_key = n.name_key, role = n.role,"
            " password_hash = n.hash, banned = n.banned <> 0, erasure = n.erasure"
            " FROM unnest($1::int8[], $2::text[], $3::text[], $4::int8[], $5::text[], $6::int8[],"
            " $7::int8[], $8::int8[])"
            " AS n (id, name, name_key, role, hash, banned, created_at, erasure)"
            " WHERE a.id = n.id",
            Errc::corrupt_store));
    }
}

void add_sessions(const State& state, std::vector<Change>& changes) {
    Column gone(ElementType::bytea);
    Column tokens(ElementType::bytea);
    Column accounts(ElementType::int8);
    Column created_at(ElementType::int8);
    Column expires_at(ElementType::int8);
    Column renewed(ElementType::bytea);
    Column renewed_until(ElementType::int8);
    for (const auto& [token, tracked] : state.sessions) {
        if (tracked.gone) {
            gone.add(token);
        } else if (tracked.fresh) {
            tokens.add(token);
            accounts.add(tracked.row.account);
            created_at.add(tracked.row.created_at);
            expires_at.add(tracked.row.expires_at);
        } else if (tracked.dirty) {
            renewed.add(token);
            renewed_until.add(tracked.row.expires_at);
        }
    }
    if (!gone.empty()) {
        changes.push_back({Request{"DELETE FROM sessions WHERE token = ANY($1::bytea[])",
                                   Arguments().add(gone)}});
    }
    if (!tokens.empty()) {
        Request request{
            "INSERT INTO sessions (token, account, created_at, expires_at) SELECT * FROM"
            " unnest($1::bytea[], $2::int8[], $3::int8[], $4::int8[])"};
        request.arguments.add(tokens).add(accounts).add(created_at).add(expires_at);
        changes.push_back({std::move(request), tokens.size(), Errc::conflict});
    }
    // One that was ended meanwhile stays ended.
    if (!renewed.empty()) {
        Request request{
            "UPDATE sessions s SET expires_at = n.expires_at"
            " FROM unnest($1::bytea[], $2::int8[]) AS n (token, expires_at)"
            " WHERE s.token = n.token"};
        request.arguments.add(renewed).add(renewed_until);
        changes.push_back({std::move(request)});
    }
}

void add_tickets(const State& state, std::vector<Change>& changes) {
    Column fresh(ElementType::bytea);
    Column sessions(ElementType::bytea);
    Column ends(ElementType::int8);
    Column gone(ElementType::bytea);
    for (const auto& [name, tracked] : state.tickets) {
        if (tracked.gone) gone.add(name);
        if (!tracked.fresh) continue;
        fresh.add(name);
        sessions.add(tracked.row.session);
        ends.add(tracked.row.expires_at);
    }
    if (!gone.empty()) {
        Request request{"DELETE FROM tickets WHERE ticket = ANY($1::bytea[])"};
        request.arguments.add(gone);
        changes.push_back({std::move(request), gone.size()});
    }
    if (!fresh.empty()) {
        Request request{
            "INSERT INTO tickets (ticket, session, expires_at)"
            " SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::int8[])"};
        request.arguments.add(fresh).add(sessions).add(ends);
        changes.push_back({std::move(request), fresh.size(), Errc::conflict});
    }
}

struct DiscussionColumns {
    Column ids{ElementType::int8};
    Column slugs{ElementType::text};
    Column titles{ElementType::text};
    Column urls{ElementType::text};
    Column channels{ElementType::text};
    Column states{ElementType::int8};
    Column created_at{ElementType::int8};
    Column stamps{ElementType::int8};
    Column articles{ElementType::text};

    void add(const DiscussionRow& row) {
        ids.add(row.row_id);
        slugs.add(std::string_view(row.id.value));
        titles.add(std::string_view(row.title));
        urls.add(std::string_view(row.url));
        channels.add(std::string_view(encode_channels(row.channels)));
        states.add(row.state);
        created_at.add(row.created_at);
        stamps.add(row.stamp);
        articles.add(std::string_view(row.article));
    }
    [[nodiscard]] Change change(Sql sql, Errc otherwise) const {
        Request request{sql};
        request.arguments.add(ids).add(slugs).add(titles).add(urls).add(channels);
        request.arguments.add(states).add(created_at).add(stamps).add(articles);
        return {std::move(request), ids.size(), otherwise};
    }
};

struct SeqColumns {
    Column slugs{ElementType::text};
    Column seqs{ElementType::int8};
    Column counts{ElementType::int8};
    Column roots{ElementType::int8};
    Column last_comment_at{ElementType::int8};
    Column active{ElementType::int8};

    void add(const DiscussionRow& row) {
        slugs.add(std::string_view(row.id.value));
        seqs.add(row.seq);
        counts.add(row.comment_count);
        roots.add(row.roots_numbered);
        last_comment_at.add(row.last_comment_at);
        active.add(active_at(row));
    }
    [[nodiscard]] Change change(Sql sql, Errc otherwise) const {
        Request request{sql};
        request.arguments.add(slugs).add(seqs).add(counts).add(roots);
        request.arguments.add(last_comment_at).add(active);
        return {std::move(request), slugs.size(), otherwise};
    }
};

void add_seqs(const SeqColumns& fresh, const SeqColumns& dirty, std::vector<Change>& changes) {
    if (!fresh.slugs.empty()) {
        changes.push_back(fresh.change(
            "INSERT INTO discussion_seqs"
            " (discussion, seq, comment_count, roots_numbered, last_comment_at, active_at)"
            " SELECT d.id, n.seq, n.comment_count, n.roots, n.last_comment_at, n.active_at FROM"
            " unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[])"
            " AS n (slug, seq, comment_count, roots, last_comment_at, active_at)"
            " CROSS JOIN LATERAL (SELECT id FROM discussions WHERE slug = n.slug OFFSET 0) d",
            Errc::conflict));
    }
    if (!dirty.slugs.empty()) {
        changes.push_back(dirty.change(
            "UPDATE discussion_seqs s SET seq = n.seq, comment_count = n.comment_count,"
            " roots_numbered = n.roots, last_comment_at = n.last_comment_at,"
            " active_at = n.active_at FROM"
            " unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[])"
            " AS n (slug, seq, comment_count, roots, last_comment_at, active_at)"
            " CROSS JOIN LATERAL (SELECT id FROM discussions WHERE slug = n.slug OFFSET 0) d"
            " WHERE s.discussion = d.id",
            Errc::corrupt_store));
    }
}

}  // namespace

void add_people(const State& state, std::vector<Change>& changes) {
    add_accounts(state, changes);
    add_sessions(state, changes);
    add_tickets(state, changes);
}

void add_discussions(const State& state, std::vector<Change>& changes) {
    DiscussionColumns fresh;
    DiscussionColumns dirty;
    SeqColumns fresh_seqs;
    SeqColumns dirty_seqs;
    for (const auto& [id, tracked] : state.discussions) {
        if (tracked.fresh) fresh.add(tracked.row);
        else if (tracked.dirty) dirty.add(tracked.row);
        if (tracked.fresh) fresh_seqs.add(tracked.row);
        else if (tracked.narrow_dirty) dirty_seqs.add(tracked.row);
    }
    if (!fresh.ids.empty()) {
        changes.push_back(fresh.change(
            "INSERT INTO discussions"
            " (slug, title, url, channels, state, created_at, stamp, article)"
            " SELECT n.slug, n.title, n.url, n.channels, n.state, n.created_at, n.stamp, n.article"
            " FROM unnest($1::int8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int8[],"
            " $7::int8[], $8::int8[], $9::text[])"
            " AS n (id, slug, title, url, channels, state, created_at, stamp, article)",
            Errc::conflict));
    }
    if (!dirty.ids.empty()) {
        changes.push_back(dirty.change(
            "UPDATE discussions d SET title = n.title, url = n.url, channels = n.channels,"
            " state = n.state, created_at = n.created_at, stamp = n.stamp, article = n.article"
            " FROM unnest($1::int8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int8[],"
            " $7::int8[], $8::int8[], $9::text[])"
            " AS n (id, slug, title, url, channels, state, created_at, stamp, article)"
            " WHERE d.id = n.id",
            Errc::corrupt_store));
    }
    add_seqs(fresh_seqs, dirty_seqs, changes);
}

void add_votes(const State& state, std::vector<Change>& changes) {
    Column comments(ElementType::int8);
    Column accounts(ElementType::int8);
    Column values(ElementType::int8);
    Column gone_comments(ElementType::int8);
    Column gone_accounts(ElementType::int8);
    for (const auto& [ref, vote] : state.votes) {
        if (!vote.dirty) continue;
        if (vote.value == 0) {
            gone_comments.add(ref.comment);
            gone_accounts.add(ref.account);
            continue;
        }
        comments.add(ref.comment);
        accounts.add(ref.account);
        values.add(std::int64_t{vote.value});
    }
    if (!comments.empty()) {
        Request request{
            "INSERT INTO votes (comment, account, discussion, value)"
            " SELECT n.comment, n.account, c.discussion, n.value"
            " FROM unnest($1::int8[], $2::int8[], $3::int8[]) AS n (comment, account, value)"
            " CROSS JOIN LATERAL (SELECT discussion FROM comments WHERE id = n.comment OFFSET 0) c"
            " ON CONFLICT (comment, account) DO UPDATE SET value = excluded.value"};
        request.arguments.add(comments).add(accounts).add(values);
        changes.push_back({std::move(request), comments.size(), Errc::conflict});
    }
    if (!gone_comments.empty()) {
        Request request{
            "DELETE FROM votes v USING unnest($1::int8[], $2::int8[]) AS n (comment, account)"
            " WHERE v.comment = n.comment AND v.account = n.account"};
        request.arguments.add(gone_comments).add(gone_accounts);
        changes.push_back({std::move(request)});
    }
}

void add_keys(const State& state, std::vector<Change>& changes) {
    Column accounts(ElementType::int8);
    Column keys(ElementType::text);
    Column hashes(ElementType::bytea);
    Column comments(ElementType::int8);
    Column slugs(ElementType::text);
    Column created(ElementType::int8);
    Column created_at(ElementType::int8);
    Column expires_at(ElementType::int8);
    for (const auto& [scope, tracked] : state.keys) {
        if (!tracked.fresh) continue;
        const KeyRow& row = tracked.row;
        accounts.add(scope.first);
        keys.add(std::string_view(scope.second));
        hashes.add(row.request_hash);
        comments.add(row.comment);
        if (row.discussion) slugs.add(std::string_view(row.discussion->value));
        else slugs.add_null();
        created.add(std::int64_t{row.created});
        created_at.add(row.created_at);
        // A post's key lives as long as its comment.
        const bool is_post = row.comment && row.created;
        if (is_post) expires_at.add_null();
        else expires_at.add(row.created_at + idempotency_key_hours);
    }
    if (accounts.empty()) return;
    Request request{
        "INSERT INTO idempotency_keys (account, key, request_hash, comment, discussion, created,"
        " created_at, expires_at) SELECT n.account, n.key, n.hash, n.comment, d.id, n.created <> 0,"
        " n.created_at, n.expires_at FROM unnest($1::int8[], $2::text[], $3::bytea[], $4::int8[],"
        " $5::text[], $6::int8[], $7::int8[], $8::int8[])"
        " AS n (account, key, hash, comment, slug, created, created_at, expires_at)"
        " LEFT JOIN LATERAL (SELECT id FROM discussions WHERE slug = n.slug OFFSET 0) d ON true"
        " WHERE n.slug IS NULL OR d.id IS NOT NULL"};
    request.arguments.add(accounts).add(keys).add(hashes).add(comments).add(slugs);
    request.arguments.add(created).add(created_at).add(expires_at);
    changes.push_back({std::move(request), accounts.size(), Errc::conflict});
}

void add_imports(const State& state, std::vector<Change>& changes) {
    Column kinds(ElementType::int8);
    Column sources(ElementType::text);
    Column discussions(ElementType::text);
    Column ids(ElementType::text);
    Column targets(ElementType::int8);
    for (const auto& [key, imported] : state.imports) {
        if (!imported.fresh) continue;
        kinds.add(key.kind);
        sources.add(std::string_view(key.source));
        discussions.add(std::string_view(key.discussion));
        ids.add(std::string_view(key.id));
        targets.add(imported.id);
    }
    if (kinds.empty()) return;
    Request request{
        "INSERT INTO import_ids (kind, source, discussion, id, target) SELECT * FROM"
        " unnest($1::int8[], $2::text[], $3::text[], $4::text[], $5::int8[])"};
    request.arguments.add(kinds).add(sources).add(discussions).add(ids).add(targets);
    changes.push_back({std::move(request), kinds.size(), Errc::conflict});
}

// The last change of a transaction: the lock is held until its end, so that the numbers are in the
// order of the commits, and nothing else is waited for with it.
void add_account_events(const State& state, std::vector<Change>& changes) {
    if (state.account_events.empty()) return;
    Column kinds(ElementType::int8);
    Column accounts(ElementType::int8);
    Column sessions(ElementType::bytea);
    for (const AccountEvent& event : state.account_events) {
        kinds.add(event.kind);
        accounts.add(event.account);
        sessions.add(event.session);
    }
    changes.push_back({Request{"LOCK TABLE account_events IN SHARE ROW EXCLUSIVE MODE"}});
    Request request{
        "INSERT INTO account_events (kind, account, session, created_at)"
        " SELECT n.kind, n.account, n.session, $4 FROM unnest($1::int8[], $2::int8[], $3::bytea[])"
        " AS n (kind, account, session)"};
    request.arguments.add(kinds).add(accounts).add(sessions).add(state.now);
    changes.push_back({std::move(request), kinds.size(), Errc::conflict});
}

// What another instance is about to take away is left to it.
void add_purges(const State& state, std::vector<Change>& changes) {
    changes.push_back({Request{
        "WITH past AS MATERIALIZED (SELECT account, key FROM idempotency_keys"
        " WHERE expires_at <= $1 AND expires_at IS NOT NULL LIMIT $2 FOR UPDATE SKIP LOCKED)"
        " DELETE FROM idempotency_keys k USING past WHERE k.account = past.account"
        " AND k.key = past.key",
        Arguments().add(state.now).add(store_purge_count_max)}});
    changes.push_back({Request{
        "WITH past AS MATERIALIZED (SELECT token FROM sessions WHERE expires_at <= $1 LIMIT $2"
        " FOR UPDATE SKIP LOCKED) DELETE FROM sessions s USING past WHERE s.token = past.token",
        Arguments().add(state.now).add(store_purge_count_max)}});
    changes.push_back({Request{
        "WITH past AS MATERIALIZED (SELECT ticket FROM tickets WHERE expires_at <= $1 LIMIT $2"
        " FOR UPDATE SKIP LOCKED) DELETE FROM tickets t USING past WHERE t.ticket = past.ticket",
        Arguments().add(state.now).add(store_purge_count_max)}});
    changes.push_back({Request{
        "WITH past AS MATERIALIZED (SELECT number FROM account_events WHERE created_at <= $1"
        " AND number < (SELECT max(number) FROM account_events) LIMIT $2 FOR UPDATE SKIP LOCKED)"
        " DELETE FROM account_events e USING past WHERE e.number = past.number",
        Arguments().add(state.now - account_events_kept_hours).add(store_purge_count_max)}});
}

}  // namespace parley::postgres
