#pragma once

#include "base/limits.hpp"
#include "discussion/commands.hpp"
#include "discussion/views.hpp"

#include <map>
#include <set>
#include <unordered_map>

namespace parley {

// Rows as the rules see them, and the working set of one transaction: what was loaded, what the
// rules changed in it. The store fills it and saves what is marked; only rules.cpp marks.

// How far an account is from being nobody's.
enum class Erasure : std::uint8_t {
    none,
    under_way,  // nobody can sign in to it; what it wrote goes step by step
    done,       // nothing of it is left but its number
};

struct AccountRow {
    AccountId id{};
    std::string name;
    std::string name_key;  // "" for imported accounts, which cannot sign in and may share a name
    Role role = Role::member;
    std::string password_hash;
    bool banned = false;
    Erasure erasure = Erasure::none;
    WallTime created_at{};
};

struct SessionRow {
    Digest256 token{};
    AccountId account{};
    WallTime created_at{};
    WallTime expires_at{};
};

struct TicketRow {
    Digest256 ticket{};
    Digest256 session{};
    WallTime expires_at{};
};

// What live sockets must learn about an account. The store numbers these rows in the order of
// their commits, so whoever has seen all up to one misses none after it.
struct AccountEvent {
    enum class Kind : std::uint8_t {
        session_ended,    // one of its sessions is over
        account_changed,  // all its sessions are over, or what it may do is another: asks anew
        pending_changed,  // of its comments that wait for a moderator
    };
    Kind kind = Kind::account_changed;
    AccountId account{};
    std::optional<Digest256> session;  // of session_ended
    friend bool operator==(const AccountEvent&, const AccountEvent&) = default;
};

// Some of them, as they were read.
struct AccountEvents {
    std::int64_t last = 0;  // the number of the last one there is; 0: none yet
    std::vector<std::pair<std::int64_t, AccountEvent>> events;  // in the order of their numbers
};

struct DiscussionRow {
    std::int64_t row_id = 0;  // the store's own; 0 for one that was made in this transaction
    DiscussionId id;
    std::string title;
    std::string url;
    std::string article;  // Markdown
    std::vector<Channel> channels;
    DiscussionState state = DiscussionState::open;
    WallTime created_at{};
    std::optional<WallTime> last_comment_at;  // of the newest comment ever made public
    std::int64_t comment_count = 0;           // visible comments
    std::int64_t roots_numbered = 0;          // root numbers given out so far
    Seq seq = 0;
    Seq stamp = 0;
};

struct CommentRow {
    CommentId id{};
    DiscussionId discussion;
    std::optional<CommentId> parent;
    std::vector<CommentId> path;
    // Its place among its siblings and that of each ancestor, root first; empty until it is
    // public. Gives the number ("1.2.1") and the order keys of windows.
    std::vector<std::int64_t> ordinals;
    std::optional<CommentId> in_reply_to;
    AccountId author{};
    std::string body;  // kept after removal, for moderators; "" after deletion by the author
    std::optional<Quote> quote;
    CommentState state = CommentState::visible;
    WallTime created_at{};
    std::optional<WallTime> edited_at;
    Seq stamp = 0;  // of the content; 0 = was never public
    // The narrow part, in a row of its own.
    std::int64_t up = 0;
    std::int64_t down = 0;
    std::int64_t base = 0;
    std::int64_t replies = 0;
    std::int64_t children_numbered = 0;
    Seq tally_stamp = 0;
};

struct KeyRow {
    Digest256 request_hash{};
    // What the first request was about; its present state is the answer to the second.
    std::optional<CommentId> comment;
    std::optional<DiscussionId> discussion;
    bool created = false;  // the first answer was 201
    WallTime created_at{};
};

template <class Row>
struct Tracked {
    Row row;
    bool fresh = false;  // not in the store yet: insert, whatever else is marked
    bool dirty = false;  // update the wide part
    // Comments: the tally; discussions: seq, comment_count, roots_numbered, last_comment_at.
    bool narrow_dirty = false;
    bool gone = false;  // delete (sessions and tickets only); never together with fresh
};

struct ImportKey {
    enum class Kind : std::uint8_t { account, comment };
    Kind kind = Kind::account;
    std::string source;
    std::string discussion;  // "" for accounts
    std::string id;
    friend auto operator<=>(const ImportKey&, const ImportKey&) = default;
};
struct ImportedId {
    std::int64_t id = 0;
    bool fresh = false;
};

using ActorKey = std::pair<Actor, std::string>;
struct VoteRef {
    AccountId account{};
    CommentId comment{};
    friend auto operator<=>(const VoteRef&, const VoteRef&) = default;
};
struct VoteRow {
    int value = 0;  // 0 = none on record
    bool dirty = false;
};

// An earlier text of a comment that was edited.
struct CommentVersion {
    CommentId comment{};
    std::string body;
    WallTime until{};
};

// What must be loaded for a batch. Collected from the commands alone, without I/O.
struct Needs {
    std::set<DiscussionId> discussions;
    // Each with its discussion, its author and its parent.
    std::set<CommentId> comments;
    // Comments that will be answered: as above, and, where one is at depth comment_depth_max, the
    // ancestor that the answer will be attached to.
    std::set<CommentId> reply_targets;
    std::set<CommentId> quoters_of;  // comments with a quote that is_telling(), a bounded number
    std::set<AccountId> accounts;
    std::set<std::string> name_keys;
    std::set<Digest256> sessions;  // each with its account
    std::set<Digest256> tickets;   // each with its session; then account_events_seen as well
    std::vector<ActorKey> keys;    // and the comment or discussion that a found key names
    std::vector<std::pair<Actor, CommentId>> votes;
    std::set<AccountId> sessions_of;  // all sessions of these accounts
    struct AuthorRange {
        AccountId account{};
        DiscussionId discussion;
        CommentId after{};
        std::size_t limit = changeset_comments_max;
        bool with_quoters = false;  // of each comment, as many as of quoters_of
    };
    std::vector<AuthorRange> author_ranges;  // up to `limit` comments of each
    // Up to changeset_comments_max votes of each, with their comments.
    std::set<std::pair<AccountId, DiscussionId>> voter_ranges;
    std::set<ImportKey> imports;  // and the comments and accounts that they name
    std::vector<std::pair<ImportKey, ImportKey>> import_votes;  // (account, comment)
    std::size_t new_comments = 0;
    std::size_t new_accounts = 0;
};

// The working set of one transaction.
struct State {
    WallTime now{};  // the store's clock, read under the lock
    Epoch epoch;
    std::map<DiscussionId, Tracked<DiscussionRow>> discussions;
    std::unordered_map<CommentId, Tracked<CommentRow>> comments;
    std::unordered_map<AccountId, Tracked<AccountRow>> accounts;
    std::map<std::string, AccountId> accounts_by_name_key;
    std::map<Digest256, Tracked<SessionRow>> sessions;
    std::map<Digest256, Tracked<TicketRow>> tickets;
    // The number of the last account event when the sessions were loaded, or of an earlier one.
    std::int64_t account_events_seen = 0;
    std::vector<AccountEvent> account_events;  // to be added
    std::map<std::pair<AccountId, std::string>, Tracked<KeyRow>> keys;
    std::map<VoteRef, VoteRow> votes;
    std::map<CommentId, std::vector<CommentId>> quoters;  // loaded ones, in id order
    std::set<CommentId> more_quoters;                     // where there are more than were loaded
    struct CommentPage {
        std::vector<CommentId> comments;  // in id order
        bool more = false;
    };
    std::map<std::pair<AccountId, DiscussionId>, CommentPage> author_pages;
    std::map<std::pair<AccountId, DiscussionId>, CommentPage> voter_pages;
    std::map<ImportKey, ImportedId> imports;
    std::vector<CommentVersion> versions;      // to be kept
    std::set<CommentId> versions_gone;         // comments whose earlier texts must all be deleted
    std::vector<CommentId> fresh_comment_ids;  // unused ids, taken from the back
    std::vector<AccountId> fresh_account_ids;
    // Filled by the rules: the seq that each changed discussion had before this transaction.
    std::map<DiscussionId, Seq> changed_from;
    std::set<DiscussionId> text_taken_away;
};

// Whether the quote gives away something of the comment that it names: its words or its author.
// When that one is taken away, its quotes tell neither. The stores have an index of these.
[[nodiscard]] inline bool is_telling(const Quote& quote) {
    return quote.comment && (quote.verified || !quote.author.empty());
}

// How many quotes one removal blanks in its own changeset; the rest follow as a job.
inline constexpr std::size_t quotes_blanked_per_change_max = 100;

// How many comments one step of erasing an account loads, with as many quotes of each.
inline constexpr std::size_t erased_comments_per_step_max = 50;

}  // namespace parley
