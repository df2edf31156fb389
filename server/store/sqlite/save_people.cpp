#include "base/limits.hpp"
#include "store/sqlite/transaction.hpp"

#include <string>
#include <utility>
#include <vector>

namespace parley::sqlite {

namespace {

result<void> save_accounts(Connection& connection, const State& state) {
    for (const auto& [id, tracked] : state.accounts) {
        if (!tracked.fresh && !tracked.dirty) continue;
        const AccountRow& row = tracked.row;
        Query query = connection.query(
            "INSERT INTO accounts"
            " (id, name, name_key, role, password_hash, banned, created_at, erasure)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
            " name_key = excluded.name_key, role = excluded.role,"
            " password_hash = excluded.password_hash, banned = excluded.banned,"
            " erasure = excluded.erasure");
        query.bind(id).bind(row.name).bind(row.name_key).bind(row.role);
        query.bind(row.password_hash).bind(std::int64_t{row.banned}).bind(row.created_at);
        query.bind(row.erasure);
        if (auto done = query.run(); done.has_error()) return done;
    }
    return {};
}

result<void> save_sessions(Connection& connection, const State& state) {
    for (const auto& [token, tracked] : state.sessions) {
        if (tracked.gone) {
            Query query = connection.query("DELETE FROM sessions WHERE token = ?1");
            query.bind(token);
            if (auto done = query.run(); done.has_error()) return done;
        } else if (tracked.fresh || tracked.dirty) {
            const SessionRow& row = tracked.row;
            Query query = connection.query(
                "INSERT INTO sessions (token, account, created_at, expires_at)"
                " VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT (token) DO UPDATE SET expires_at = excluded.expires_at");
            query.bind(token).bind(row.account).bind(row.created_at).bind(row.expires_at);
            if (auto done = query.run(); done.has_error()) return done;
        }
    }
    return {};
}

result<void> save_tickets(Connection& connection, const State& state) {
    for (const auto& [name, tracked] : state.tickets) {
        if (tracked.gone) {
            Query query = connection.query("DELETE FROM tickets WHERE ticket = ?1");
            query.bind(name);
            if (auto done = query.run(); done.has_error()) return done;
        } else if (tracked.fresh) {
            Query query = connection.query(
                "INSERT INTO tickets (ticket, session, expires_at) VALUES (?1, ?2, ?3)");
            query.bind(name).bind(tracked.row.session).bind(tracked.row.expires_at);
            if (auto done = query.run(); done.has_error()) return done;
        }
    }
    return {};
}

result<void> save_account_events(Connection& connection, const State& state) {
    for (const AccountEvent& event : state.account_events) {
        Query query = connection.query(
            "INSERT INTO account_events (kind, account, session, created_at)"
            " VALUES (?1, ?2, ?3, ?4)");
        query.bind(event.kind).bind(event.account).bind(event.session).bind(state.now);
        if (auto done = query.run(); done.has_error()) return done;
    }
    return {};
}

// One by one: a single DELETE would look through all keys of each account.
result<void> purge_keys(Connection& connection, WallTime now) {
    std::vector<std::pair<AccountId, std::string>> over;
    {
        Query query = connection.query(
            "SELECT account, key FROM idempotency_keys"
            " WHERE expires_at <= ?1 AND expires_at IS NOT NULL LIMIT ?2");
        query.bind(now).bind(store_purge_count_max);
        const auto add = [&]() -> result<void> {
            over.emplace_back(query.id<AccountId>(0), query.text(1));
            return {};
        };
        if (auto done = query.each(add); done.has_error()) return done;
    }
    for (const auto& [account, key] : over) {
        Query query =
            connection.query("DELETE FROM idempotency_keys WHERE account = ?1 AND key = ?2");
        query.bind(account).bind(key);
        if (auto done = query.run(); done.has_error()) return done;
    }
    return {};
}

}  // namespace

result<void> save_people(Connection& connection, const State& state) {
    for (const auto save : {save_accounts, save_sessions, save_tickets, save_account_events}) {
        if (auto done = save(connection, state); done.has_error()) return done;
    }
    return {};
}

result<void> purge(Connection& connection, WallTime now) {
    if (auto done = purge_keys(connection, now); done.has_error()) return done;
    Query sessions = connection.query(
        "DELETE FROM sessions WHERE token IN"
        " (SELECT token FROM sessions WHERE expires_at <= ?1 LIMIT ?2)");
    sessions.bind(now).bind(store_purge_count_max);
    if (auto done = sessions.run(); done.has_error()) return done;
    Query tickets = connection.query(
        "DELETE FROM tickets WHERE ticket IN"
        " (SELECT ticket FROM tickets WHERE expires_at <= ?1 LIMIT ?2)");
    tickets.bind(now).bind(store_purge_count_max);
    if (auto done = tickets.run(); done.has_error()) return done;
    Query events = connection.query(
        "DELETE FROM account_events WHERE number IN (SELECT number FROM account_events"
        " WHERE created_at <= ?1 AND number < (SELECT max(number) FROM account_events)"
        " LIMIT ?2)");
    events.bind(now - account_events_kept_hours).bind(store_purge_count_max);
    return events.run();
}

}  // namespace parley::sqlite
