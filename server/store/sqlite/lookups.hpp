#pragma once

#include "discussion/state.hpp"
#include "store/sqlite/connection.hpp"

namespace parley::sqlite {

// Private to transaction_load.cpp: single queries, without the rows that their answers name.

// Absent where there is none.
[[nodiscard]] result<std::optional<KeyRow>> find_key(Connection& connection, AccountId account,
                                                     const std::string& key);
[[nodiscard]] result<std::optional<TicketRow>> find_ticket(Connection& connection,
                                                           const Digest256& name);

// Which comments are in a list, in the order of the ids.

// Those that hold a quote of `quoted` which is_telling(), at most quotes_blanked_per_change_max.
[[nodiscard]] result<State::CommentPage> list_quoters(Connection& connection, CommentId quoted);
[[nodiscard]] result<State::CommentPage> list_of_author(Connection& connection,
                                                        const Needs::AuthorRange& range);
// Those that the account voted on, at most changeset_comments_max; the votes are added to `votes`.
[[nodiscard]] result<State::CommentPage> list_of_voter(Connection& connection, AccountId account,
                                                       const DiscussionId& discussion,
                                                       std::map<VoteRef, VoteRow>& votes);

}  // namespace parley::sqlite
