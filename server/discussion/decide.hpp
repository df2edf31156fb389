#pragma once

#include "discussion/rules.hpp"

namespace parley {

// Private to decide_*.cpp: what the decisions share. Each decide_action() checks everything first
// and changes the state only then, so that a refusal leaves it as it was.

struct Deciding {
    State& state;
    const Limits& limits;
    Viewer viewer;
    std::optional<Digest256> session{};  // of the viewer, good
};

[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const PostComment& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const EditComment& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const SetCommentState& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const DeleteComment& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const CastVote& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const PutDiscussion& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const CreateAccount& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const SetPassword& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const SetRole& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const CreateSession& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const IssueTicket& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const TakeTicket& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const SetBan& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const RestampAuthor& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const BlankQuotes& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const EraseAccount& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const EraseComments& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const EraseVotes& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const FinishErasing& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const ImportAccounts& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const ImportComments& action);
[[nodiscard]] result<Done> decide_action(const Deciding& deciding, const ImportVotes& action);

// Null where there is none, or it is over.
[[nodiscard]] const SessionRow* good_session(const State& state, const Digest256& token);
// Marks the session as gone. Never fails: a session that is over already is what was asked for.
void end_session(State& state, const Digest256& token);
// All of the account's loaded sessions; its live sockets learn of it.
void end_sessions_of(State& state, AccountId account);

// --- who ----------------------------------------------------------------------------------------

// refusal() as a result.
[[nodiscard]] result<void> allow(const Deciding& deciding, Verb verb, const Subject& subject = {});
// The account that writes. The operator has none and is told to sign in.
[[nodiscard]] result<AccountId> writer_of(const Deciding& deciding);
[[nodiscard]] result<void> require_operator(const Deciding& deciding);

// --- what ---------------------------------------------------------------------------------------

[[nodiscard]] result<Tracked<AccountRow>*> find_account(State& state, AccountId id);
[[nodiscard]] result<Tracked<DiscussionRow>*> find_discussion(State& state, const DiscussionId& id);
[[nodiscard]] result<Tracked<CommentRow>*> find_comment(State& state, CommentId id);
// With the comment's discussion and age; both must be loaded.
[[nodiscard]] Subject subject_of(const State& state, const CommentRow& comment);

// A comment's text as it will be stored, or why it is none.
[[nodiscard]] result<std::string> checked_body(std::string_view body, const Limits& limits);
[[nodiscard]] result<std::string> checked_quote_text(std::string_view text);

// --- changes ------------------------------------------------------------------------------------

// The seq of this transaction's changeset of the discussion; the first call makes it one.
Seq stamp_of_change(State& state, Tracked<DiscussionRow>& discussion);
// Mark a part as changed, with the stamp of this transaction unless it was never public.
void stamp_content(State& state, Tracked<CommentRow>& comment);
void stamp_tally(State& state, Tracked<CommentRow>& comment);

// Makes the comment a child of `parent` (or a root): path, ordinals, in_reply_to, moved up where it
// would be too deep. The comment the answer hangs below must be loaded, else: internal.
[[nodiscard]] result<void> place_comment(State& state, CommentRow& comment,
                                         const CommentRow* parent);
// Adds a comment that was placed: takes its number, counts it where it is visible, stamps it, and
// remembers whom it quotes.
void add_comment(State& state, CommentRow comment);
// Adds a comment that was placed and waits for a moderator: without number and stamp, so that
// nothing that is public knows of it.
void hold_comment(State& state, CommentRow comment);
// Makes one public that never was.
void publish_comment(State& state, Tracked<CommentRow>& comment);
// Those who may read a comment that waits are told that it has changed.
void note_pending(State& state, const CommentRow& comment);

// Puts the vote on record and into the totals. False where it was on record already.
bool record_vote(State& state, Tracked<CommentRow>& comment, AccountId voter, int value);

// A visible comment more or less below its parent and in its discussion.
void count_visible(State& state, const CommentRow& comment, int difference);
// Removed, or deleted, which forgets the text as well. It was neither, or was removed.
DoneComment take_away(State& state, Tracked<CommentRow>& comment, CommentState to);
// Takes the words and the author out of the loaded quotes of the comment; words that it never said
// stay. True where the store has more quotes of it.
[[nodiscard]] bool blank_quotes(State& state, CommentId comment);
// Whether quotes of the comment are still to be blanked.
[[nodiscard]] bool has_quotes_left(const State& state, CommentId comment);

}  // namespace parley
