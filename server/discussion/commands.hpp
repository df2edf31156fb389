#pragma once

#include "discussion/types.hpp"

#include <variant>

namespace parley {

// What somebody wants to happen. Every command is decided by rules.hpp inside one transaction,
// against rows loaded in that transaction.

// Who asks. A session is looked up inside the transaction, never from a cache; an AccountId is
// given only by the server's own tools (import, the account command, jobs).
struct NobodyInParticular {
    friend bool operator==(const NobodyInParticular&, const NobodyInParticular&) = default;
};
struct TheOperator {  // the person at the command line
    friend bool operator==(const TheOperator&, const TheOperator&) = default;
};
using Actor = std::variant<NobodyInParticular, Digest256 /* of a session's token */, TheOperator>;

struct PostComment {
    struct QuoteRequest {
        CommentId comment{};
        std::string text;
    };
    DiscussionId discussion;
    std::optional<CommentId> parent;
    std::string body;
    std::optional<QuoteRequest> quote;
};
struct EditComment {
    CommentId comment{};
    std::string body;
};
// By a moderator: remove (state removed) or bring back (state visible).
struct SetCommentState {
    CommentId comment{};
    CommentState state = CommentState::removed;
};
// By its author (becomes deleted) or a moderator (becomes removed).
struct DeleteComment {
    CommentId comment{};
};
struct CastVote {
    CommentId comment{};
    int value = 0;  // -1, 0, 1
};
// Creates or changes a discussion; what is absent stays as it is.
struct PutDiscussion {
    DiscussionId discussion;
    std::optional<std::string> title;
    std::optional<std::string> url;
    std::optional<std::string> article;
    std::optional<std::vector<Channel>> channels;
    std::optional<DiscussionState> state;
    std::optional<WallTime> created_at;  // honoured only from the operator (import)
};

struct CreateAccount {
    std::string name;
    std::string name_key;       // identity/names: equal for names that look alike
    std::string password_hash;  // Argon2id in PHC form
    Role role = Role::member;   // anything else only from the operator
};
struct SetPassword {
    AccountId account{};
    std::string password_hash;  // ends all sessions of the account
};
struct SetRole {
    AccountId account{};
    Role role = Role::member;  // the badges on comments follow by RestampAuthor
};
struct CreateSession {
    AccountId account{};
    std::string password_hash;  // the one that was verified; refused if it has changed since
    Digest256 token{};
};
struct EndSession {};
// A ticket with which one live socket becomes that of the session.
struct IssueTicket {
    Digest256 ticket{};
};
// Asked by nobody in particular: whoever has the ticket may, once.
struct TakeTicket {
    Digest256 ticket{};
};
// By a moderator: the account may write no more, or again. Its sockets end.
struct SetBan {
    AccountId account{};
    bool banned = true;
};

// By its owner or the operator: all its sessions end, nobody can sign in to it again, its name is
// free. The erasing jobs below take away what it wrote, and its votes.
struct EraseAccount {
    AccountId account{};
};

// Jobs: more rows than one changeset may hold, so they run in steps until `done` (see DoneJob).

// Gives new stamps to the comments of an author in one discussion after a change of role,
// starting after `after`.
struct RestampAuthor {
    AccountId account{};
    DiscussionId discussion;
    CommentId after{};
};
// Blanks the quotes of a comment that was taken away, where there were too many for its changeset.
struct BlankQuotes {
    CommentId comment{};
};
// Erases the texts of an account that is being erased in one discussion, and what others quoted of
// them, starting after `after`.
struct EraseComments {
    AccountId account{};
    DiscussionId discussion;
    CommentId after{};
};
// Makes its votes in one discussion part of the comments' bases: scores stay as they are.
struct EraseVotes {
    AccountId account{};
    DiscussionId discussion;
};
// The last step, when nothing in any discussion is the account's any more: its name goes.
struct FinishErasing {
    AccountId account{};
};

// Import. Ids are the source's own; the store maps them.
struct ImportAccount {
    std::string id;
    std::string name;
};
struct ImportComment {
    std::string id;
    std::optional<std::string> parent;
    std::string author;
    std::string body;
    struct QuoteLine {
        std::optional<std::string> comment;
        std::string author;
        std::string text;
    };
    std::optional<QuoteLine> quote;
    std::int64_t base = 0;
    WallTime created_at{};
    std::optional<WallTime> edited_at;
    CommentState state = CommentState::visible;
};
struct ImportVote {
    std::string comment;
    std::string account;
    int value = 0;
};
struct ImportAccounts {
    std::string source;
    std::vector<ImportAccount> accounts;
};
// Parents before children, siblings in their final order, at most changeset_comments_max.
struct ImportComments {
    std::string source;
    DiscussionId discussion;
    std::vector<ImportComment> comments;
};
struct ImportVotes {
    std::string source;
    DiscussionId discussion;
    std::vector<ImportVote> votes;
};

using Action =
    std::variant<PostComment, EditComment, SetCommentState, DeleteComment, CastVote, PutDiscussion,
                 CreateAccount, SetPassword, SetRole, CreateSession, EndSession, IssueTicket,
                 TakeTicket, SetBan, EraseAccount, RestampAuthor, BlankQuotes, EraseComments,
                 EraseVotes, FinishErasing, ImportAccounts, ImportComments, ImportVotes>;

struct Command {
    Actor actor;
    std::string key;           // Idempotency-Key, "" = none
    Digest256 request_hash{};  // of method, path and body; compared where the key was used before
    Action action;
};

}  // namespace parley
