#include "discussion/decide.hpp"

#include <utility>

namespace parley {

namespace {

result<Tracked<AccountRow>*> find_account(State& state, AccountId id) {
    const auto found = state.accounts.find(id);
    if (found == state.accounts.end()) {
        return make_error(Errc::not_found, "There is no such account.");
    }
    return &found->second;
}

// Imported accounts have no key: nobody can take their name away or sign in as them.
bool can_sign_in(const AccountRow& account) {
    return !account.name_key.empty() && !account.password_hash.empty();
}

void mark_gone(std::map<Digest256, Tracked<SessionRow>>& sessions,
               std::map<Digest256, Tracked<SessionRow>>::iterator session) {
    if (session->second.fresh) sessions.erase(session);
    else session->second.gone = true;
}

void end_sessions_of(State& state, AccountId account) {
    for (auto session = state.sessions.begin(); session != state.sessions.end();) {
        const auto next = std::next(session);
        if (session->second.row.account == account) mark_gone(state.sessions, session);
        session = next;
    }
}

}  // namespace

void end_session(State& state, const Digest256& token) {
    const auto session = state.sessions.find(token);
    if (session != state.sessions.end()) mark_gone(state.sessions, session);
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

}  // namespace parley
