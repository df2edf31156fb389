#pragma once

#include "discussion/state.hpp"
#include "store/postgres/connection.hpp"

#include <optional>

namespace parley::postgres {

// Private to transaction_load.cpp: what is asked to fill a State. Each is one statement whatever
// the number of commands; absent where there is nothing to ask.

// Rows that are loaded with all that they refer to: comments with their parents, the discussions
// and the authors of both.
struct Subjects {
    std::set<CommentId> comments;
    std::set<AccountId> accounts;
    std::set<DiscussionId> slugs;
    std::set<std::string> name_keys;
};

// Needs, sorted by what is looked up.
struct NamedByNeeds {
    Subjects subjects;
    std::vector<Digest256> tokens;
    std::vector<Digest256> tickets;
    std::vector<AccountId> changed_accounts;
    std::vector<AccountId> sessions_of;
    std::vector<std::pair<Digest256, std::string>> keys;
    std::vector<std::pair<Digest256, CommentId>> votes;

    void collect(const Needs& needs);
};

// Locks, each in the order of ids. Discussions are locked by their narrow rows.
[[nodiscard]] std::optional<Request> lock_discussions(const NamedByNeeds& named);
// account_columns. Accounts that a command names may be changed by it, or by another instance: a
// role, a password.
[[nodiscard]] std::optional<Request> lock_changed_accounts(const NamedByNeeds& named);
// account_columns. Accounts that act: what they may do must still hold when the transaction
// commits.
[[nodiscard]] std::optional<Request> lock_actors(const NamedByNeeds& named);

// now, epoch, whether there is something to purge, whether commits wait for a standby, and an id
// for a new comment: a row for each id, one where none is wanted. Ids are from a sequence: no two
// instances get the same, and within a discussion, which is locked, later ones are higher.
[[nodiscard]] Request select_now(std::size_t new_comments);
[[nodiscard]] Request take_account_ids(std::size_t count);

// The number of the last account event; to be asked for before the sessions.
[[nodiscard]] std::optional<Request> select_last_event(const NamedByNeeds& named);
// ticket, session, expires_at; locked, so that only one instance takes it.
[[nodiscard]] std::optional<Request> lock_tickets(const NamedByNeeds& named);
// token, account, created_at, expires_at
[[nodiscard]] std::optional<Request> select_sessions(const NamedByNeeds& named);
// account, key, request_hash, comment, slug, created, created_at
[[nodiscard]] std::optional<Request> select_keys(const NamedByNeeds& named);
// account, comment, value
[[nodiscard]] std::optional<Request> select_votes(const NamedByNeeds& named);
[[nodiscard]] std::optional<Request> select_import_votes(const Needs& needs, const State& state);
// kind, source, discussion, id, target
[[nodiscard]] std::optional<Request> select_imports(const Needs& needs);
// quoted, quoter; one more of each than fits
[[nodiscard]] std::optional<Request> select_quoters(const Needs& needs);
// number of the range from 1, comment; one more of each than fits
[[nodiscard]] std::optional<Request> select_author_pages(const Needs& needs);
// quoted, quoter; of the comments in those pages, and perhaps one more
[[nodiscard]] std::optional<Request> select_quoters_of_authors(const Needs& needs);
// account, slug, comment, value; one more of each than fits
[[nodiscard]] std::optional<Request> select_voter_pages(const Needs& needs);

// comment_columns, slug
[[nodiscard]] std::optional<Request> select_comments(const Subjects& subjects);
// account_columns
[[nodiscard]] std::optional<Request> select_accounts(const Subjects& subjects);
// discussion_columns, article
[[nodiscard]] std::optional<Request> select_discussions(const Subjects& subjects);

}  // namespace parley::postgres
