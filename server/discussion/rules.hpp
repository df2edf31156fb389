#pragma once

#include "base/limits.hpp"
#include "discussion/changeset.hpp"
#include "discussion/state.hpp"

namespace parley {

// All that is decided about discussions: permissions, limits, moderation, idempotency. Pure
// functions of what was loaded: no I/O, no clock of their own.

// --- permissions --------------------------------------------------------------------------------

struct Viewer {
    std::optional<AccountId> account;  // absent: not signed in
    Role role = Role::member;
    bool banned = false;
    bool is_operator = false;  // at the command line: may do everything
};

enum class Verb : std::uint8_t {
    read,               // see a comment's text
    post,               // write into a discussion
    edit,               // change a comment's text
    remove,             // take a comment away
    moderate,           // set a comment's state
    vote,               // vote on a comment
    manage_discussion,  // create a discussion, change it
    manage_accounts,    // give roles
    ban,                // keep an account from writing
};

// What the verb is about; members that the verb does not need stay empty.
struct Subject {
    std::optional<DiscussionState> discussion;
    std::optional<CommentState> comment;
    std::optional<AccountId> author;
    std::optional<std::chrono::milliseconds> age;  // of the comment, for the edit window
};

// Nothing where it is allowed, else the one reason why not. What somebody may not see answers
// unknown_comment, as if it were not there.
[[nodiscard]] std::optional<Errc> refusal(const Viewer& viewer, Verb verb, const Subject& subject,
                                          const Limits& limits);

// --- deciding -----------------------------------------------------------------------------------

// Adds to `needs` what `command` must have loaded before decide().
void collect_needs(const Command& command, Needs& needs);

// How many comments the command may change; a batch stays within changeset_comments_max of them.
[[nodiscard]] std::size_t weight(const Command& command);

// What was done, in terms of rows; outcome_of() turns it into an answer when the batch is decided.
struct DoneComment {
    CommentId comment{};
    bool created = false;
    bool more_quotes = false;  // a BlankQuotes job must follow
};
struct DoneVote {
    CommentId comment{};
    std::optional<AccountId> voter{};  // absent where it was on record before
};
struct DoneDiscussion {
    DiscussionId discussion;
    bool created = false;
};
struct DoneAccount {
    AccountId account{};
};
struct DoneSession {
    AccountId account{};
    WallTime expires_at{};
};
struct DoneTicket {
    AccountId account{};
    Digest256 session{};
};
struct DoneJob {
    std::optional<CommentId> next;  // where the next step starts; absent: finished
};
struct DoneImport {
    std::size_t added = 0;
    std::size_t known = 0;                               // there already, the same
    std::vector<std::pair<std::string, Error>> refused;  // source id and reason
};
struct DoneNothing {};
using Done = std::variant<DoneNothing, DoneComment, DoneVote, DoneDiscussion, DoneAccount,
                          DoneSession, DoneTicket, DoneJob, DoneImport>;

// Decides one command and carries it out on `state`. On an error `state` is as it was before.
// Commands of one batch are decided one after the other on the same state.
[[nodiscard]] result<Done> decide(State& state, const Command& command, const Limits& limits);

// --- what comes of it ---------------------------------------------------------------------------

struct CommentOutcome {
    CommentView comment;  // one that waits: as its author and moderators may read it
    bool created = false;
    bool more_quotes = false;
};
struct VoteOutcome {
    Tally tally;
    Seq seq = 0;  // the discussion's, at which the numbers hold
    std::optional<AccountId> voter{};
};
struct DiscussionOutcome {
    DiscussionView discussion;
    bool created = false;
};
struct AccountOutcome {
    AccountRow account;
};
struct SessionOutcome {
    AccountRow account;
    WallTime expires_at{};
};
struct TicketOutcome {
    AccountRow account;
    Digest256 session{};
    // Account events up to this one were seen; whoever acts on the rest must see those after it.
    std::int64_t account_events_seen = 0;
};
using Outcome = std::variant<DoneNothing, CommentOutcome, VoteOutcome, DiscussionOutcome,
                             AccountOutcome, SessionOutcome, TicketOutcome, DoneJob, DoneImport>;

// Reads from `state`, after the whole batch was decided, what the answer says.
[[nodiscard]] Outcome outcome_of(const State& state, const Done& done);

// One changeset for each discussion whose public form changed; seqs were given by decide().
[[nodiscard]] std::vector<std::shared_ptr<const Changeset>> changesets_of(const State& state);

// --- rows to public forms -----------------------------------------------------------------------

[[nodiscard]] std::vector<std::string> badges_of(Role role);
// The text of a comment that waits, for its author and for moderators: never part of what is
// shared.
[[nodiscard]] CommentView pending_comment(const CommentRow& row, const AccountRow& author);
// A comment that is not visible comes out as a tombstone.
[[nodiscard]] CommentContent public_content(const CommentRow& row, const AccountRow& author);
[[nodiscard]] Tally public_tally(const CommentRow& row);
[[nodiscard]] CommentView public_comment(const CommentRow& row, const AccountRow& author);
[[nodiscard]] DiscussionView public_discussion(const DiscussionRow& row, const Epoch& epoch);
[[nodiscard]] std::string format_number(const std::vector<std::int64_t>& ordinals);

// A key by which depth-first display order is byte order: the ordinals, four bytes each, big
// endian; for newest-first each is complemented. A parent's key is a prefix of its descendants'.
[[nodiscard]] std::string order_key(const std::vector<std::int64_t>& ordinals, SortOrder sort);

}  // namespace parley
