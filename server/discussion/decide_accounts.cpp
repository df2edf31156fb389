#include "discussion/decide.hpp"

#include <utility>

namespace parley {

namespace {

constexpr const char* bad_ticket =
    "This ticket is not good, or no longer. Ask for another one by POST /api/v1/session/ticket.";

// Imported accounts have no key: nobody can take their name away or sign in as them.
bool can_sign_in(const AccountRow& account) {
    return !account.name_key.empty() && !account.password_hash.empty();
}

void mark_gone(std::map<Digest256, Tracked<SessionRow>>& sessions,
               std::map<Digest256, Tracked<SessionRow>>::iterator session) {
    if (session->second.fresh) sessions.erase(session);
    else session->second.gone = true;
}

void note_changed(State& state, AccountId account) {
    state.account_events.push_back({AccountEvent::Kind::account_changed, account, std::nullopt});
}

}  // namespace

result<Tracked<AccountRow>*> find_account(State& state, AccountId id) {
    const auto found = state.accounts.find(id);
    if (found == state.accounts.end()) {
        return make_error(Errc::not_found, "There is no such account.");
    }
    return &found->second;
}

void end_sessions_of(State& state, AccountId account) {
    note_changed(state, account);
    for (auto session = state.sessions.begin(); session != state.sessions.end();) {
        const auto next = std::next(session);
        if (session->second.row.account == account) mark_gone(state.sessions, session);
        session = next;
    }
}

void end_session(State& state, const Digest256& token) {
    const auto session = state.sessions.find(token);
    if (session == state.sessions.end() || session->second.gone) return;
    state.account_events.push_back(
        {AccountEvent::Kind::session_ended, session->second.row.account, token});
    mark_gone(state.sessions, session);
}

result<Done> decide_action(const Deciding& deciding, const CreateAccount& action) {
    State& state = deciding.state;
    if (action.role != Role::member) {
        if (auto allowed = require_operator(deciding); allowed.has_error()) return allowed.error();
    }
    if (action.name.empty() || action.name_key.empty()) {
        return make_error(Errc::invalid_field, "An account needs a name.", "name");
    }
    if (state.accounts_by_name_key.contains(action.name_key)) return make_error(Errc::name_taken);
    if (state.fresh_account_ids.empty()) return make_error(Errc::internal);
    Tracked<AccountRow> created;
    created.fresh = true;
    created.row.id = state.fresh_account_ids.back();
    state.fresh_account_ids.pop_back();
    created.row.name = action.name;
    created.row.name_key = action.name_key;
    created.row.role = action.role;
    created.row.password_hash = action.password_hash;
    created.row.created_at = state.now;
    const AccountId id = created.row.id;
    state.accounts_by_name_key.emplace(action.name_key, id);
    state.accounts.emplace(id, std::move(created));
    return Done(DoneAccount{id});
}

result<Done> decide_action(const Deciding& deciding, const SetPassword& action) {
    State& state = deciding.state;
    if (deciding.viewer.account != action.account) {
        if (auto allowed = require_operator(deciding); allowed.has_error()) return allowed.error();
    }
    const auto found = find_account(state, action.account);
    if (found.has_error()) return found.error();
    Tracked<AccountRow>& account = **found;
    if (account.row.name_key.empty()) {
        return make_error(Errc::conflict, "An imported account cannot sign in.");
    }
    account.row.password_hash = action.password_hash;
    account.dirty = true;
    end_sessions_of(state, action.account);
    return Done(DoneAccount{action.account});
}

result<Done> decide_action(const Deciding& deciding, const SetRole& action) {
    if (auto allowed = allow(deciding, Verb::manage_accounts); allowed.has_error()) {
        return allowed.error();
    }
    const auto found = find_account(deciding.state, action.account);
    if (found.has_error()) return found.error();
    Tracked<AccountRow>& account = **found;
    if (account.row.role != action.role) {
        account.row.role = action.role;
        account.dirty = true;
        note_changed(deciding.state, action.account);
    }
    return Done(DoneAccount{action.account});
}

result<Done> decide_action(const Deciding& deciding, const SetBan& action) {
    if (auto allowed = allow(deciding, Verb::ban); allowed.has_error()) return allowed.error();
    const auto found = find_account(deciding.state, action.account);
    if (found.has_error()) return found.error();
    Tracked<AccountRow>& account = **found;
    // Nobody keeps out who stands as high, so that moderators cannot lock each other out.
    const bool is_above = deciding.viewer.is_operator || account.row.role < deciding.viewer.role;
    if (!is_above) return make_error(Errc::forbidden);
    if (account.row.banned != action.banned) {
        account.row.banned = action.banned;
        account.dirty = true;
        note_changed(deciding.state, action.account);
    }
    return Done(DoneAccount{action.account});
}

result<Done> decide_action(const Deciding& deciding, const CreateSession& action) {
    State& state = deciding.state;
    const auto found = state.accounts.find(action.account);
    const bool good = found != state.accounts.end() && can_sign_in(found->second.row) &&
                      found->second.row.password_hash == action.password_hash;
    if (!good) return make_error(Errc::bad_credentials);
    if (state.sessions.contains(action.token)) return make_error(Errc::conflict);
    Tracked<SessionRow> session;
    session.fresh = true;
    session.row = {action.token, action.account, state.now, state.now + session_hours};
    const WallTime expires_at = session.row.expires_at;
    state.sessions.emplace(action.token, std::move(session));
    return Done(DoneSession{action.account, expires_at});
}

result<Done> decide_action(const Deciding& deciding, const IssueTicket& action) {
    if (!deciding.viewer.account || !deciding.session) return make_error(Errc::unauthenticated);
    if (deciding.viewer.banned) return make_error(Errc::banned);
    State& state = deciding.state;
    if (state.tickets.contains(action.ticket)) return make_error(Errc::conflict);
    Tracked<TicketRow> ticket;
    ticket.fresh = true;
    ticket.row = {action.ticket, *deciding.session, state.now + ticket_lifetime_ms};
    state.tickets.emplace(action.ticket, std::move(ticket));
    return Done(DoneNothing{});
}

// Whether there is no such ticket, it was taken, it is too old or its session is over: one answer.
result<Done> decide_action(const Deciding& deciding, const TakeTicket& action) {
    State& state = deciding.state;
    const auto found = state.tickets.find(action.ticket);
    if (found == state.tickets.end() || found->second.gone) {
        return make_error(Errc::unauthenticated, bad_ticket);
    }
    Tracked<TicketRow>& ticket = found->second;
    const SessionRow* session = good_session(state, ticket.row.session);
    if (ticket.row.expires_at <= state.now || session == nullptr ||
        state.accounts.at(session->account).row.banned) {
        return make_error(Errc::unauthenticated, bad_ticket);
    }
    const DoneTicket done{session->account, ticket.row.session};
    if (ticket.fresh) state.tickets.erase(found);
    else ticket.gone = true;
    return Done(done);
}

}  // namespace parley
