#include "base/limits.hpp"
#include "store/postgres/load_requests.hpp"
#include "store/postgres/transaction.hpp"
#include "store/rows.hpp"

#include <algorithm>
#include <utility>

namespace parley::postgres {

namespace {

// Asks for all that the needs name, then for what that names in turn: one round trip, or two.
class Loader {
public:
    Loader(Connection& connection, std::vector<Request> first, const Needs& needs, State& state,
           TransactionFacts& facts)
        : connection_(connection),
          requests_(std::move(first)),
          needs_(needs),
          state_(state),
          facts_(facts) {
        readers_.resize(requests_.size(), nullptr);
    }

    [[nodiscard]] result<void> run() {
        named_.collect(needs_);
        ask_first();
        if (auto done = send(); done.has_error()) return done;
        if (auto done = ask_for_the_rest(); done.has_error()) return done;
        if (auto checked = check_complete(); checked.has_error()) return checked;
        return check_locked();
    }

private:
    using Reader = result<void> (Loader::*)(const Rows& rows);

    void ask(Request request, Reader reader) {
        requests_.push_back(std::move(request));
        readers_.push_back(reader);
    }

    // What was asked for since the last time, in one round trip.
    [[nodiscard]] result<void> send() {
        if (requests_.empty()) return {};
        const auto answers = connection_.run(requests_);
        if (answers.has_error()) return answers.error();
        for (std::size_t i = 0; i < answers->size(); ++i) {
            if (readers_[i] == nullptr) continue;
            auto read = (this->*readers_[i])((*answers)[i]);
            if (read.has_error()) return read;
        }
        requests_.clear();
        readers_.clear();
        return {};
    }

    // The order counts: locks, then the clock, then what the locks protect.
    void ask_first() {
        if (auto lock = lock_discussions(named_)) ask(std::move(*lock), &Loader::read_locked);
        if (auto lock = lock_changed_accounts(named_)) {
            ask(std::move(*lock), &Loader::read_accounts);
        }
        if (auto lock = lock_actors(named_)) ask(std::move(*lock), &Loader::read_accounts);
        ask(select_now(needs_.new_comments), &Loader::read_now);
        if (needs_.new_accounts > 0) {
            ask(take_account_ids(needs_.new_accounts), &Loader::read_account_ids);
        }
        if (auto one = select_last_event(named_)) ask(std::move(*one), &Loader::read_last_event);
        if (auto one = lock_tickets(named_)) ask(std::move(*one), &Loader::read_tickets);
        if (auto one = select_sessions(named_)) ask(std::move(*one), &Loader::read_sessions);
        if (auto one = select_keys(named_)) ask(std::move(*one), &Loader::read_keys);
        if (auto one = select_votes(named_)) ask(std::move(*one), &Loader::read_votes);
        if (auto one = select_imports(needs_)) ask(std::move(*one), &Loader::read_imports);
        if (auto one = select_quoters(needs_)) ask(std::move(*one), &Loader::read_quoters);
        if (auto one = select_author_pages(needs_)) {
            ask(std::move(*one), &Loader::read_author_pages);
        }
        if (auto one = select_quoters_of_authors(needs_)) {
            ask(std::move(*one), &Loader::read_quoters);
        }
        if (auto one = select_voter_pages(needs_)) ask(std::move(*one), &Loader::read_voter_pages);
        ask_for_subjects(named_.subjects);
    }

    // What keys, imported ids and lists have named, as far as it is not there yet.
    [[nodiscard]] result<void> ask_for_the_rest() {
        Subjects rest;
        for (const CommentId id : found_comments_) {
            if (!state_.comments.contains(id)) rest.comments.insert(id);
        }
        for (const AccountId id : found_accounts_) {
            if (!state_.accounts.contains(id)) rest.accounts.insert(id);
        }
        for (const DiscussionId& id : found_discussions_) {
            if (!state_.discussions.contains(id)) rest.slugs.insert(id);
        }
        ask_for_subjects(rest);
        if (auto one = select_import_votes(needs_, state_)) {
            ask(std::move(*one), &Loader::read_votes);
        }
        return send();
    }

    void ask_for_subjects(const Subjects& subjects) {
        if (auto one = select_comments(subjects)) ask(std::move(*one), &Loader::read_comments);
        if (auto one = select_accounts(subjects)) ask(std::move(*one), &Loader::read_accounts);
        if (auto one = select_discussions(subjects)) {
            ask(std::move(*one), &Loader::read_discussions);
        }
    }

    // --- answers --------------------------------------------------------------------------------

    [[nodiscard]] result<void> read_locked(const Rows& rows) {
        for (int i = 0; i < rows.size(); ++i) locked_.insert(rows.at(i).integer(0));
        return {};
    }

    [[nodiscard]] result<void> read_now(const Rows& rows) {
        if (rows.empty() || rows.front().is_null(1)) return corrupt_row("history", 1);
        state_.now = rows.front().time(0);
        state_.epoch = Epoch{rows.front().text(1)};
        facts_.has_expired_rows = rows.front().is_true(2);
        facts_.waits_for_standby = rows.front().is_true(3);
        // Taken from the back: the lowest first.
        for (int i = rows.size(); i > 0; --i) {
            const auto id = rows.at(i - 1).optional_id<CommentId>(4);
            if (id) state_.fresh_comment_ids.push_back(*id);
        }
        return {};
    }
    [[nodiscard]] result<void> read_account_ids(const Rows& rows) {
        for (int i = rows.size(); i > 0; --i) {
            state_.fresh_account_ids.push_back(rows.at(i - 1).id<AccountId>(0));
        }
        return {};
    }

    [[nodiscard]] result<void> read_last_event(const Rows& rows) {
        state_.account_events_seen = rows.front().integer(0);
        return {};
    }
    [[nodiscard]] result<void> read_tickets(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            TicketRow ticket;
            const bool is_whole = read_digest(row.bytes(0), ticket.ticket) &&
                                  read_digest(row.bytes(1), ticket.session);
            if (!is_whole) return corrupt_row("tickets", 0);
            ticket.expires_at = row.time(2);
            const Digest256 name = ticket.ticket;
            put(state_.tickets, name, std::move(ticket));
            return {};
        });
    }

    [[nodiscard]] result<void> read_sessions(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            Tracked<SessionRow> session;
            if (!read_digest(row.bytes(0), session.row.token)) {
                return corrupt_row("sessions", row.integer(1));
            }
            session.row.account = row.id<AccountId>(1);
            session.row.created_at = row.time(2);
            session.row.expires_at = row.time(3);
            found_accounts_.insert(session.row.account);
            state_.sessions.emplace(session.row.token, std::move(session));
            return {};
        });
    }

    [[nodiscard]] result<void> read_keys(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            Tracked<KeyRow> key;
            if (!read_digest(row.bytes(2), key.row.request_hash)) {
                return corrupt_row("idempotency_keys", row.integer(0));
            }
            key.row.comment = row.optional_id<CommentId>(3);
            if (!row.is_null(4)) key.row.discussion = DiscussionId{row.text(4)};
            key.row.created = row.is_true(5);
            key.row.created_at = row.time(6);
            if (key.row.comment) found_comments_.insert(*key.row.comment);
            if (key.row.discussion) found_discussions_.insert(*key.row.discussion);
            state_.keys.emplace(std::pair(row.id<AccountId>(0), row.text(1)), std::move(key));
            return {};
        });
    }

    [[nodiscard]] result<void> read_votes(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            const VoteRef ref{row.id<AccountId>(0), row.id<CommentId>(1)};
            state_.votes.emplace(ref, VoteRow{static_cast<int>(row.integer(2)), false});
            return {};
        });
    }

    [[nodiscard]] result<void> read_imports(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            const auto kind = decode_enum(row.integer(0), ImportKey::Kind::comment);
            const std::int64_t target = row.integer(4);
            if (!kind) return corrupt_row("import_ids", target);
            if (*kind == ImportKey::Kind::account) found_accounts_.insert(AccountId{target});
            else found_comments_.insert(CommentId{target});
            state_.imports.emplace(ImportKey{*kind, row.text(1), row.text(2), row.text(3)},
                                   ImportedId{target, false});
            return {};
        });
    }

    // Rows come in the order of the ids, one more of each list than it may hold.
    [[nodiscard]] result<void> read_quoters(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            std::vector<CommentId>& quoters = state_.quoters[row.id<CommentId>(0)];
            if (quoters.size() == quotes_blanked_per_change_max) {
                state_.more_quoters.insert(row.id<CommentId>(0));
                return {};
            }
            quoters.push_back(row.id<CommentId>(1));
            found_comments_.insert(quoters.back());
            return {};
        });
    }

    [[nodiscard]] result<void> read_author_pages(const Rows& rows) {
        for (const Needs::AuthorRange& range : needs_.author_ranges) {
            state_.author_pages.try_emplace(std::pair(range.account, range.discussion));
        }
        return rows.each([&](const Row& row) -> result<void> {
            const Needs::AuthorRange& range =
                needs_.author_ranges.at(static_cast<std::size_t>(row.integer(0) - 1));
            State::CommentPage& page = state_.author_pages[{range.account, range.discussion}];
            if (page.comments.size() == range.limit) page.more = true;
            else page.comments.push_back(row.id<CommentId>(1));
            if (!page.more) found_comments_.insert(page.comments.back());
            return {};
        });
    }

    [[nodiscard]] result<void> read_voter_pages(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            const VoteRef ref{row.id<AccountId>(0), row.id<CommentId>(2)};
            State::CommentPage& page = state_.voter_pages[{ref.account, DiscussionId{row.text(1)}}];
            if (page.comments.size() == changeset_comments_max) {
                page.more = true;
                return {};
            }
            page.comments.push_back(ref.comment);
            found_comments_.insert(ref.comment);
            state_.votes.emplace(ref, VoteRow{static_cast<int>(row.integer(3)), false});
            return {};
        });
    }

    [[nodiscard]] result<void> read_comments(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            auto comment = read_comment(row, DiscussionId{row.text(comment_columns_count)});
            if (comment.has_error()) return std::move(comment.error());
            const CommentId id = comment->id;
            put(state_.comments, id, std::move(*comment));
            return {};
        });
    }

    [[nodiscard]] result<void> read_accounts(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            result<AccountRow> account = read_account(row);
            if (account.has_error()) return std::move(account.error());
            const AccountId id = account->id;
            if (!account->name_key.empty() && needs_.name_keys.contains(account->name_key)) {
                state_.accounts_by_name_key.emplace(account->name_key, id);
            }
            put(state_.accounts, id, std::move(*account));
            return {};
        });
    }

    [[nodiscard]] result<void> read_discussions(const Rows& rows) {
        return rows.each([&](const Row& row) -> result<void> {
            result<DiscussionRow> discussion = read_discussion(row);
            if (discussion.has_error()) return std::move(discussion.error());
            const DiscussionId id = discussion->id;
            put(state_.discussions, id, std::move(*discussion));
            return {};
        });
    }

    // --- what must hold -------------------------------------------------------------------------

    // A row that another one refers to must be there.
    [[nodiscard]] result<void> check_complete() const {
        for (const auto& [id, comment] : state_.comments) {
            const bool whole = state_.accounts.contains(comment.row.author) &&
                               state_.discussions.contains(comment.row.discussion);
            if (!whole) return corrupt_row("comments", static_cast<std::int64_t>(id));
        }
        for (const auto& [key, imported] : state_.imports) {
            const bool whole = key.kind == ImportKey::Kind::account
                                   ? state_.accounts.contains(AccountId{imported.id})
                                   : state_.comments.contains(CommentId{imported.id});
            if (!whole) return corrupt_row("import_ids", imported.id);
        }
        return {};
    }

    // What the commands name may be changed by them. Where another instance has made it between our
    // lock and our look, it is there without being locked: once more, and it is.
    [[nodiscard]] result<void> check_locked() const {
        const auto is_locked = [this](const DiscussionId& id) {
            const auto found = state_.discussions.find(id);
            return found == state_.discussions.end() || locked_.contains(found->second.row.row_id);
        };
        for (const DiscussionId& id : needs_.discussions) {
            if (!is_locked(id)) return make_error(Errc::busy);
        }
        for (const CommentId id : named_.subjects.comments) {
            const auto found = state_.comments.find(id);
            if (found == state_.comments.end()) continue;
            if (!is_locked(found->second.row.discussion)) return make_error(Errc::busy);
        }
        return {};
    }

    template <class Rows, class Key, class Row>
    static void put(Rows& rows, const Key& key, Row row) {
        Tracked<Row> tracked;
        tracked.row = std::move(row);
        rows.emplace(key, std::move(tracked));
    }
    Connection& connection_;
    std::vector<Request> requests_;
    std::vector<Reader> readers_;  // of the answers to them; none: nobody reads it
    const Needs& needs_;
    State& state_;
    TransactionFacts& facts_;
    NamedByNeeds named_;
    std::set<std::int64_t> locked_;  // row ids of discussions
    std::set<CommentId> found_comments_;
    std::set<AccountId> found_accounts_;
    std::set<DiscussionId> found_discussions_;
};

}  // namespace

result<void> load_state(Connection& connection, std::vector<Request> requests, const Needs& needs,
                        State& state, TransactionFacts& facts) {
    return Loader(connection, std::move(requests), needs, state, facts).run();
}

}  // namespace parley::postgres
