#include "base/clock.hpp"
#include "base/limits.hpp"
#include "store/rows.hpp"
#include "store/sqlite/lookups.hpp"
#include "store/sqlite/transaction.hpp"

#include <utility>

namespace parley::sqlite {

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view from_comments =
    ", d.slug FROM comments c JOIN tallies t ON t.comment = c.id"
    " JOIN discussions d ON d.id = c.discussion WHERE c.id = ?1";
constexpr std::string_view from_discussions =
    ", d.article FROM discussions d JOIN discussion_seqs s ON s.discussion = d.id"
    " WHERE d.slug = ?1";
constexpr std::string_view from_accounts = " FROM accounts a WHERE a.id = ?1";
constexpr std::string_view from_accounts_by_name_key =
    " FROM accounts a WHERE a.name_key = ?1 AND a.name_key <> ''";

constexpr Sql select_comment = joined<select, comment_columns, from_comments>;
constexpr Sql select_discussion = joined<select, discussion_columns, from_discussions>;
constexpr Sql select_account = joined<select, account_columns, from_accounts>;
constexpr Sql select_account_by_name_key =
    joined<select, account_columns, from_accounts_by_name_key>;

// Reads each row once, however many needs imply it.
class Loader {
public:
    Loader(Connection& connection, const Needs& needs, State& state)
        : connection_(connection), needs_(needs), state_(state) {}

    [[nodiscard]] result<void> run() {
        // Sessions first: keys and votes are looked up by the account behind a session.
        using Phase = result<void> (Loader::*)();
        constexpr std::array<Phase, 9> phases{
            &Loader::load_history, &Loader::load_people,       &Loader::load_keys,
            &Loader::load_imports, &Loader::load_subjects,     &Loader::load_quoters,
            &Loader::load_votes,   &Loader::load_author_pages, &Loader::load_voter_pages,
        };
        for (const Phase phase : phases) {
            if (auto done = (this->*phase)(); done.has_error()) return done;
        }
        if (auto done = take_ids("SELECT coalesce(max(id), 0) FROM comments", needs_.new_comments,
                                 state_.fresh_comment_ids);
            done.has_error()) {
            return done;
        }
        return take_ids("SELECT coalesce(max(id), 0) FROM accounts", needs_.new_accounts,
                        state_.fresh_account_ids);
    }

private:
    [[nodiscard]] result<void> load_history() {
        state_.now = SystemClock().wall_now();
        Query query = connection_.query("SELECT epoch FROM history");
        const result<bool> row = query.next();
        if (row.has_error()) return row.error();
        if (!*row) return corrupt_row("history", 1);
        state_.epoch = Epoch{query.text(0)};
        return {};
    }

    // --- people ---

    [[nodiscard]] result<void> load_people() {
        for (const Digest256& token : needs_.sessions) {
            if (auto done = load_session(token); done.has_error()) return done;
        }
        if (auto done = load_tickets(); done.has_error()) return done;
        for (const AccountId account : needs_.sessions_of) {
            Query query = connection_.query(
                "SELECT token, account, created_at, expires_at FROM sessions WHERE account = ?1");
            query.bind(account);
            if (auto read = read_sessions(query); read.has_error()) return read;
        }
        for (const AccountId account : needs_.accounts) {
            if (auto found = load_account(account); found.has_error()) return found.error();
        }
        for (const std::string& name_key : needs_.name_keys) {
            if (auto done = load_name_key(name_key); done.has_error()) return done;
        }
        return {};
    }

    [[nodiscard]] result<void> load_session(const Digest256& token) {
        Query query = connection_.query(
            "SELECT token, account, created_at, expires_at FROM sessions WHERE token = ?1");
        query.bind(token);
        return read_sessions(query);
    }

    [[nodiscard]] result<void> load_tickets() {
        if (needs_.tickets.empty()) return {};
        auto seen = number_of_last_event(connection_);
        if (seen.has_error()) return seen.error();
        state_.account_events_seen = *seen;
        for (const Digest256& ticket : needs_.tickets) {
            if (auto done = load_ticket(ticket); done.has_error()) return done;
        }
        return {};
    }

    [[nodiscard]] result<void> load_ticket(const Digest256& name) {
        auto ticket = find_ticket(connection_, name);
        if (ticket.has_error()) return std::move(ticket.error());
        if (!*ticket) return {};
        const Digest256 session = (*ticket)->session;
        put(state_.tickets, name, **ticket);
        return state_.sessions.contains(session) ? result<void>() : load_session(session);
    }

    // Each with its account.
    [[nodiscard]] result<void> read_sessions(Query& query) {
        return query.each([&]() -> result<void> {
            Tracked<SessionRow> session;
            session.row.account = query.id<AccountId>(1);
            session.row.created_at = query.time(2);
            session.row.expires_at = query.time(3);
            if (!read_digest(query.bytes(0), session.row.token)) {
                return corrupt_row("sessions", query.integer(1));
            }
            if (auto author = require_account(session.row.account); author.has_error()) {
                return author;
            }
            state_.sessions.emplace(session.row.token, std::move(session));
            return {};
        });
    }

    [[nodiscard]] result<void> load_name_key(const std::string& name_key) {
        Query query = connection_.query(select_account_by_name_key);
        query.bind(name_key);
        return query.each([&]() -> result<void> {
            result<AccountRow> row = read_account(query);
            if (row.has_error()) return row.error();
            state_.accounts_by_name_key.emplace(name_key, row->id);
            put(state_.accounts, row->id, std::move(*row));
            return {};
        });
    }

    [[nodiscard]] std::optional<AccountId> account_of(const Actor& actor) const {
        const auto* token = std::get_if<Digest256>(&actor);
        if (token == nullptr) return std::nullopt;
        const auto session = state_.sessions.find(*token);
        if (session == state_.sessions.end()) return std::nullopt;
        return session->second.row.account;
    }

    // --- keys and imported ids, with what they name ---

    [[nodiscard]] result<void> load_keys() {
        for (const auto& [actor, key] : needs_.keys) {
            const std::optional<AccountId> account = account_of(actor);
            if (!account) continue;
            if (auto done = load_key(*account, key); done.has_error()) return done;
        }
        return {};
    }

    [[nodiscard]] result<void> load_key(AccountId account, const std::string& key) {
        auto row = find_key(connection_, account, key);
        if (row.has_error()) return std::move(row.error());
        if (!*row) return {};
        if ((*row)->comment) {
            if (auto done = load_with_parent(*(*row)->comment); done.has_error()) return done;
        }
        if ((*row)->discussion) {
            if (auto done = load_discussion(*(*row)->discussion); done.has_error()) return done;
        }
        put(state_.keys, std::pair(account, key), std::move(**row));
        return {};
    }

    [[nodiscard]] result<void> load_imports() {
        for (const ImportKey& key : needs_.imports) {
            Query query = connection_.query(
                "SELECT target FROM import_ids"
                " WHERE kind = ?1 AND source = ?2 AND discussion = ?3 AND id = ?4");
            query.bind(key.kind).bind(key.source).bind(key.discussion).bind(key.id);
            const result<bool> found = query.next();
            if (found.has_error()) return found.error();
            if (!*found) continue;
            const std::int64_t target = query.integer(0);
            state_.imports.emplace(key, ImportedId{target, false});
            result<void> loaded = key.kind == ImportKey::Kind::account
                                      ? require_account(AccountId{target})
                                      : require_comment(CommentId{target});
            if (loaded.has_error()) return loaded;
        }
        return {};
    }

    // --- discussions and comments ---

    [[nodiscard]] result<void> load_subjects() {
        for (const DiscussionId& id : needs_.discussions) {
            if (auto done = load_discussion(id); done.has_error()) return done;
        }
        for (const CommentId id : needs_.comments) {
            if (auto done = load_with_parent(id); done.has_error()) return done;
        }
        // The tree is at most comment_depth_max deep, so the ancestor that an answer at the
        // greatest depth is attached to is always the parent of the one that is answered.
        for (const CommentId id : needs_.reply_targets) {
            if (auto done = load_with_parent(id); done.has_error()) return done;
        }
        return {};
    }

    [[nodiscard]] result<void> load_discussion(const DiscussionId& id) {
        if (state_.discussions.contains(id)) return {};
        Query query = connection_.query(select_discussion);
        query.bind(id.value);
        const result<bool> found = query.next();
        if (found.has_error()) return found.error();
        if (!*found) return {};
        result<DiscussionRow> row = read_discussion(query);
        if (row.has_error()) return row.error();
        put(state_.discussions, id, std::move(*row));
        return {};
    }

    // With its discussion, its author and its parent. Not an error where there is none.
    [[nodiscard]] result<void> load_with_parent(CommentId id) {
        const result<bool> found = load_comment(id);
        if (found.has_error()) return found.error();
        if (!*found) return {};
        const std::optional<CommentId> parent = state_.comments.at(id).row.parent;
        if (!parent) return {};
        return there(load_comment(*parent), "comments", id);
    }
    [[nodiscard]] result<void> require_comment(CommentId id) {
        if (auto done = load_with_parent(id); done.has_error()) return done;
        return there(state_.comments.contains(id), "import_ids", id);
    }

    [[nodiscard]] result<bool> load_comment(CommentId id) {
        if (state_.comments.contains(id)) return true;
        Query query = connection_.query(select_comment);
        query.bind(id);
        result<bool> found = query.next();
        if (found.has_error() || !*found) return found;
        result<CommentRow> row =
            read_comment(query, DiscussionId{query.text(comment_columns_count)});
        if (row.has_error()) return row.error();
        if (auto done = load_discussion(row->discussion); done.has_error()) return done.error();
        if (auto done = require_account(row->author); done.has_error()) return done.error();
        put(state_.comments, id, std::move(*row));
        return true;
    }

    [[nodiscard]] result<void> require_account(AccountId id) {
        return there(load_account(id), "accounts", id);
    }
    [[nodiscard]] result<bool> load_account(AccountId id) {
        if (state_.accounts.contains(id)) return true;
        Query query = connection_.query(select_account);
        query.bind(id);
        result<bool> found = query.next();
        if (found.has_error() || !*found) return found;
        result<AccountRow> row = read_account(query);
        if (row.has_error()) return row.error();
        put(state_.accounts, id, std::move(*row));
        return true;
    }

    // --- lists ---

    [[nodiscard]] result<void> load_quoters() {
        for (const CommentId quoted : needs_.quoters_of) {
            if (auto done = load_quoters_of(quoted); done.has_error()) return done;
        }
        return {};
    }
    [[nodiscard]] result<void> load_quoters_of(CommentId quoted) {
        auto page = list_quoters(connection_, quoted);
        if (page.has_error()) return page.error();
        if (page->more) state_.more_quoters.insert(quoted);
        if (page->comments.empty()) return {};
        const auto& quoters = state_.quoters.insert_or_assign(quoted, page->comments).first->second;
        return load_all(quoters);
    }

    [[nodiscard]] result<void> load_author_pages() {
        for (const Needs::AuthorRange& range : needs_.author_ranges) {
            auto page = list_of_author(connection_, range);
            if (page.has_error()) return page.error();
            if (auto done = load_all(page->comments); done.has_error()) return done;
            for (const CommentId id : page->comments) {
                if (!range.with_quoters) break;
                if (auto done = load_quoters_of(id); done.has_error()) return done;
            }
            state_.author_pages.emplace(std::pair(range.account, range.discussion),
                                        std::move(*page));
        }
        return {};
    }

    [[nodiscard]] result<void> load_voter_pages() {
        for (const auto& range : needs_.voter_ranges) {
            auto page = list_of_voter(connection_, range.first, range.second, state_.votes);
            if (page.has_error()) return page.error();
            if (auto done = load_all(page->comments); done.has_error()) return done;
            state_.voter_pages.emplace(range, std::move(*page));
        }
        return {};
    }

    [[nodiscard]] result<void> load_all(const std::vector<CommentId>& ids) {
        for (const CommentId id : ids) {
            if (auto done = load_with_parent(id); done.has_error()) return done;
        }
        return {};
    }

    [[nodiscard]] result<void> load_votes() {
        for (const auto& [actor, comment] : needs_.votes) {
            const std::optional<AccountId> account = account_of(actor);
            if (!account) continue;
            if (auto done = load_vote({*account, comment}); done.has_error()) return done;
        }
        for (const auto& [account_key, comment_key] : needs_.import_votes) {
            const auto account = state_.imports.find(account_key);
            const auto comment = state_.imports.find(comment_key);
            if (account == state_.imports.end() || comment == state_.imports.end()) continue;
            const VoteRef ref{AccountId{account->second.id}, CommentId{comment->second.id}};
            if (auto done = load_vote(ref); done.has_error()) return done;
        }
        return {};
    }

    [[nodiscard]] result<void> load_vote(const VoteRef& ref) {
        Query query =
            connection_.query("SELECT value FROM votes WHERE comment = ?1 AND account = ?2");
        query.bind(ref.comment).bind(ref.account);
        const result<bool> found = query.next();
        if (found.has_error()) return found.error();
        if (*found) state_.votes.emplace(ref, VoteRow{static_cast<int>(query.integer(0)), false});
        return {};
    }

    // --- helpers ---

    // Ids that no row has, taken from the back: the lowest first.
    template <class Id>
    [[nodiscard]] result<void> take_ids(Sql select_last, std::size_t count, std::vector<Id>& ids) {
        if (count == 0) return {};
        Query query = connection_.query(select_last);
        const result<bool> row = query.next();
        if (row.has_error()) return row.error();
        const std::int64_t last = query.integer(0);
        for (auto i = static_cast<std::int64_t>(count); i > 0; --i) ids.push_back(Id{last + i});
        return {};
    }

    template <class Rows, class Key, class Row>
    static void put(Rows& rows, const Key& key, Row row) {
        Tracked<Row> tracked;
        tracked.row = std::move(row);
        rows.emplace(key, std::move(tracked));
    }

    // A row that another one refers to must be there.
    template <class Id>
    [[nodiscard]] static result<void> there(const result<bool>& found, std::string_view table,
                                            Id id) {
        if (found.has_error()) return found.error();
        if (!*found) return corrupt_row(table, static_cast<std::int64_t>(id));
        return {};
    }

    Connection& connection_;
    const Needs& needs_;
    State& state_;
};

}  // namespace

result<void> load_state(Connection& connection, const Needs& needs, State& state) {
    return Loader(connection, needs, state).run();
}

}  // namespace parley::sqlite
