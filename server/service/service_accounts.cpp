#include "identity/names.hpp"
#include "identity/tokens.hpp"
#include "service/service_impl.hpp"

namespace parley {

namespace {

// Whether a read found an account that can sign in, and what to verify against if not: the answer
// takes as long for a name that nobody has.
struct SignInTarget {
    std::optional<AccountRow> account;
    std::string password_hash;
};

SignInTarget sign_in_target(std::optional<AccountRow> found) {
    if (found && !found->password_hash.empty()) {
        std::string hash = found->password_hash;
        return {std::move(found), std::move(hash)};
    }
    return {std::nullopt, nobodys_password_hash()};
}

}  // namespace

void Service::sign_up(const Caller& caller, Credentials credentials, Reply<AccountRow> reply) {
    const auto refuse = [&](Error error) { answer<AccountRow>(reply, std::move(error)); };
    if (parts_.config.identity.signup == Config::Signup::closed) {
        return refuse(make_error(Errc::signup_closed));
    }
    result<CheckedName> name = check_name(credentials.name, parts_.config.limits);
    if (name.has_error()) return refuse(std::move(name.error()));
    if (auto good = check_password(credentials.password, parts_.config.limits); good.has_error()) {
        return refuse(std::move(good.error()));
    }
    if (auto allowed = take_token(RateLimiter::Kind::sign_up, caller.address);
        allowed.has_error()) {
        return refuse(std::move(allowed.error()));
    }
    auto create = [this, reply, name = std::move(*name)](result<std::string> hash) {
        if (hash.has_error()) return answer<AccountRow>(reply, std::move(hash.error()));
        CreateAccount account{name.shown, name.key, std::move(*hash), Role::member};
        submit<AccountOutcome>(Caller{}, std::move(account), {}, [reply](auto outcome) {
            if (outcome.has_error()) reply(std::move(outcome.error()));
            else reply(std::move(outcome->account));
        });
    };
    result<void> accepted =
        parts_.passwords.hash(std::move(credentials.password), std::move(create));
    if (accepted.has_error()) refuse(std::move(accepted.error()));
}

void Service::sign_in(const Caller& caller, Credentials credentials, Reply<SignedIn> reply) {
    if (auto allowed = take_token(RateLimiter::Kind::sign_in, caller.address);
        allowed.has_error()) {
        return answer<SignedIn>(reply, std::move(allowed.error()));
    }
    const result<CheckedName> name = name_for_sign_in(credentials.name);
    const std::string key = name.has_value() ? name->key : std::string();
    // Many addresses guess no faster than one; names that nobody has count as well, or the
    // difference would tell which are taken.
    if (auto allowed = take_token(RateLimiter::Kind::sign_in, "name " + key); allowed.has_error()) {
        return answer<SignedIn>(reply, std::move(allowed.error()));
    }
    auto verify = [this, reply,
                   password = std::move(credentials.password)](result<SignInTarget> target) {
        if (target.has_error()) return reply(std::move(target.error()));
        std::string hash = std::move(target->password_hash);
        auto finish = [this, reply, account = std::move(target->account)](bool right) {
            if (!right || !account) {
                return answer<SignedIn>(reply, make_error(Errc::bad_credentials));
            }
            start_session(*account, reply);
        };
        result<void> accepted =
            parts_.passwords.verify(password, std::move(hash), std::move(finish));
        if (accepted.has_error()) reply(std::move(accepted.error()));
    };
    read<SignInTarget>(parts_.readers, std::move(verify),
                       [key](StoreReader& reader) -> result<SignInTarget> {
                           if (key.empty()) return sign_in_target(std::nullopt);
                           auto found = reader.account_by_name_key(key);
                           if (found.has_error()) return std::move(found.error());
                           return sign_in_target(std::move(*found));
                       });
}

void Service::sign_out(const Caller& caller, Reply<DoneNothing> reply) {
    submit<DoneNothing>(caller, EndSession{}, {}, std::move(reply));
}

void Service::start_session(AccountRow account, Reply<SignedIn> reply) {
    std::string token = make_session_token();
    const Digest256 digest = session_token_digest(token).value();
    Command command{
        TheOperator{}, {}, {}, CreateSession{account.id, account.password_hash, digest}};
    auto completion = [this, reply, token = std::move(token), digest](result<Outcome> outcome) {
        if (outcome.has_error()) {
            answer<SignedIn>(reply, std::move(outcome.error()));
            return;
        }
        AccountRow who = std::get<SessionOutcome>(std::move(*outcome)).account;
        remember(digest, who);
        answer<SignedIn>(reply, SignedIn{token, std::move(who)});
    };
    result<void> accepted =
        parts_.writer.submit(std::move(command), Writer::Lane::everybody, std::move(completion));
    if (accepted.has_error()) answer<SignedIn>(reply, std::move(accepted.error()));
}

void Service::me(const Caller& caller, Reply<AccountRow> reply) {
    auto remember_and_reply = [this, session = caller.session, reply](result<AccountRow> account) {
        if (account.has_value()) remember(session, *account);
        reply(std::move(account));
    };
    read_as<AccountRow>(
        caller, std::move(remember_and_reply),
        [](StoreReader&, const AccountRow& account) -> result<AccountRow> { return account; });
}

void Service::my_votes(const Caller& caller, DiscussionId discussion,
                       Reply<std::vector<VoteOnRecord>> reply) {
    read_as<std::vector<VoteOnRecord>>(
        caller, std::move(reply),
        [discussion = std::move(discussion)](StoreReader& reader, const AccountRow& account) {
            return reader.votes_of(account.id, discussion);
        });
}

// --- passwords ----------------------------------------------------------------------------------

void Service::change_password(const Caller& caller, PasswordChange change,
                              Reply<AccountRow> reply) {
    if (auto good = check_password(change.new_password, parts_.config.limits); good.has_error()) {
        Error error = std::move(good.error());
        error.field = "new_password";
        return answer<AccountRow>(reply, std::move(error));
    }
    if (auto allowed = take_token(RateLimiter::Kind::sign_in, rate_key(caller));
        allowed.has_error()) {
        return answer<AccountRow>(reply, std::move(allowed.error()));
    }
    auto verify = [this, caller, reply,
                   change = std::move(change)](result<AccountRow> account) mutable {
        if (account.has_error()) return reply(std::move(account.error()));
        std::string hash = account->password_hash;
        auto finish = [this, caller, reply, account = std::move(*account),
                       password = std::move(change.new_password)](bool right) {
            if (!right) return answer<AccountRow>(reply, make_error(Errc::bad_credentials));
            replace_password(caller, account, password, reply);
        };
        result<void> accepted =
            parts_.passwords.verify(change.password, std::move(hash), std::move(finish));
        if (accepted.has_error()) reply(std::move(accepted.error()));
    };
    me(caller, std::move(verify));
}

void Service::replace_password(const Caller& caller, const AccountRow& account,
                               std::string password, Reply<AccountRow> reply) {
    auto save = [this, caller, reply, id = account.id](result<std::string> hash) {
        if (hash.has_error()) return answer<AccountRow>(reply, std::move(hash.error()));
        submit<AccountOutcome>(caller, SetPassword{id, std::move(*hash)}, {},
                               [reply](auto outcome) {
                                   if (outcome.has_error()) reply(std::move(outcome.error()));
                                   else reply(std::move(outcome->account));
                               });
    };
    result<void> accepted = parts_.passwords.hash(std::move(password), std::move(save));
    if (accepted.has_error()) answer<AccountRow>(reply, std::move(accepted.error()));
}

// --- live sockets -------------------------------------------------------------------------------

void Service::issue_ticket(const Caller& caller, Reply<std::string> reply) {
    if (auto allowed = take_token(RateLimiter::Kind::ticket, rate_key(caller));
        allowed.has_error()) {
        return answer<std::string>(reply, std::move(allowed.error()));
    }
    std::string ticket = make_session_token();
    const IssueTicket issue{session_token_digest(ticket).value()};
    submit<DoneNothing>(caller, issue, {},
                        [reply, ticket = std::move(ticket)](const result<DoneNothing>& done) {
                            if (done.has_error()) reply(done.error());
                            else reply(ticket);
                        });
}

void Service::take_ticket(std::string_view ticket, Reply<TicketOutcome> reply) {
    // What cannot be one is looked up as one that nobody has.
    const Digest256 digest = session_token_digest(ticket).value_or(Digest256{});
    submit<TicketOutcome>(Caller{}, TakeTicket{digest}, {}, std::move(reply));
}

void Service::account_events(std::int64_t after, Reply<AccountEvents> reply) {
    read<AccountEvents>(parts_.live_readers, std::move(reply),
                        [after](StoreReader& reader) { return reader.account_events(after); });
}

// --- moderation ---------------------------------------------------------------------------------

void Service::set_ban(const Caller& caller, SetBan what, Reply<AccountRow> reply) {
    submit<AccountOutcome>(caller, what, {}, [reply](auto outcome) {
        if (outcome.has_error()) reply(std::move(outcome.error()));
        else reply(std::move(outcome->account));
    });
}

void Service::my_pending(const Caller& caller, DiscussionId discussion,
                         Reply<std::vector<PendingComment>> reply) {
    read_as<std::vector<PendingComment>>(
        caller, std::move(reply),
        [discussion = std::move(discussion)](StoreReader& reader, const AccountRow& account) {
            return reader.pending({account.id, discussion, {}, pending_page_comments_max});
        });
}

void Service::moderation_queue(const Caller& caller, PendingQuery query,
                               Reply<std::vector<PendingComment>> reply) {
    using Pending = std::vector<PendingComment>;
    read_as<Pending>(caller, std::move(reply),
                     [query = std::move(query), limits = parts_.config.limits](
                         StoreReader& reader, const AccountRow& account) -> result<Pending> {
                         const Viewer viewer{account.id, account.role, account.banned};
                         if (const auto why = refusal(viewer, Verb::moderate, {}, limits)) {
                             return make_error(*why);
                         }
                         return reader.pending(query);
                     });
}

}  // namespace parley
