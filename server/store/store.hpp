#pragma once

#include "base/limits.hpp"
#include "discussion/changeset.hpp"
#include "discussion/comment_count.hpp"
#include "discussion/state.hpp"

#include <functional>
#include <memory>
#include <span>

namespace parley {

// The narrow interface to a database. A store is dumb: it loads what a batch of commands needs and
// saves what was decided; it knows no rule. Every implementation passes the suite in
// tests/contract/store.

// One transaction of the writer. Destroyed without commit(): rolled back.
class WriteTransaction {
public:
    virtual ~WriteTransaction() = default;
    // Fills `state` (now and epoch included) with what `needs` names and what that implies, as the
    // comments of Needs say. What is not there is absent from the state, which is no error.
    [[nodiscard]] virtual result<void> load(const Needs& needs, State& state) = 0;
    // Writes what the rules marked.
    [[nodiscard]] virtual result<void> save(const State& state) = 0;
    // Durable when it returns success: the answer to the person follows the fsync. On an error
    // nothing was committed, with two exceptions: `unavailable`, the answer was lost and the batch
    // may be run again (its keys tell); `internal` and `corrupt_store`, the disk failed in a way
    // after which nothing may be acknowledged any more: the process must end.
    [[nodiscard]] virtual result<void> commit() = 0;
};

// What a reader asks for. All of one call is read in one database snapshot.
struct WindowRequest {
    DiscussionId discussion;
    SortOrder sort = SortOrder::oldest;
    std::optional<CommentId> parent;  // its descendants only
    std::size_t limit = window_comments_default;
    std::optional<std::string> after;  // order key of the last comment of the window before
};

// A bounded part of the tree, depth first, with the position it was read at. Comments that are
// not visible are tombstones, and are there only while they have a visible descendant.
struct Window {
    Position position;
    std::int64_t comment_count = 0;
    std::vector<CommentView> comments;
    std::optional<std::string> next;  // order key to continue after; absent at the end
    // Comments of this window, or ancestors of its last one, that have direct visible replies
    // behind the end of the window: how many, and the order key to continue after with `parent`.
    struct More {
        CommentId parent{};
        std::int64_t replies = 0;
        std::string after;
    };
    std::vector<More> more;
};

struct DiscussionDetail {
    DiscussionView view;
    std::string article;  // Markdown
};

struct DiscussionPage {
    std::vector<DiscussionView> discussions;  // most recently active first
    std::optional<std::string> next;
};

struct VoteOnRecord {
    CommentId comment{};
    int value = 0;
};

// Comments that wait for a moderator, in the order of their ids.
struct PendingQuery {
    std::optional<AccountId> author;         // of this one only
    std::optional<DiscussionId> discussion;  // there only
    CommentId after{};
    std::size_t limit = pending_page_comments_default;
};
// One finding of the check of a store at rest.
struct CheckFinding {
    std::string
        invariant;  // "score", "stamp", "comment_count", "replies", "tree", "erasure", "storage", …
    std::string message;  // which rows, what was expected, what is there
};

// Reads on a connection of its own. One thread at a time; open one for each thread.
class StoreReader {
public:
    virtual ~StoreReader() = default;
    // Absent values: nothing there.
    [[nodiscard]] virtual result<std::optional<DiscussionDetail>> discussion(
        const DiscussionId& id) = 0;
    [[nodiscard]] virtual result<DiscussionPage> discussions(
        std::size_t limit, const std::optional<std::string>& after) = 0;
    [[nodiscard]] virtual result<Window> window(const WindowRequest& request) = 0;
    // The merged update after `since`: every row with a stamp greater than it, tombstones included.
    // precondition_too_far where there is more than catch_up_comments_max, where the epoch is
    // another, or where `since` is ahead of the store.
    [[nodiscard]] virtual result<Changeset> changes_since(const DiscussionId& id,
                                                          const std::optional<Epoch>& epoch,
                                                          Seq since) = 0;
    // For the sweep: the position of each (unknown ones are left out), one query. With no ids it
    // still asks the database, and so tells whether it can be read.
    [[nodiscard]] virtual result<std::vector<std::pair<DiscussionId, Position>>> positions(
        std::span<const DiscussionId> ids) = 0;
    // For lists of discussions: how many comments each has (unknown ones are left out), one query.
    [[nodiscard]] virtual result<std::vector<CommentCount>> counts(
        std::span<const DiscussionId> ids) = 0;
    [[nodiscard]] virtual result<std::optional<CommentView>> comment(CommentId id) = 0;
    [[nodiscard]] virtual result<std::optional<AccountRow>> account(AccountId id) = 0;
    [[nodiscard]] virtual result<std::optional<AccountRow>> account_by_name_key(
        std::string_view name_key) = 0;
    [[nodiscard]] virtual result<std::vector<AccountRow>> accounts(std::size_t limit,
                                                                   AccountId after) = 0;
    // The account of a session that is not over at `now`.
    [[nodiscard]] virtual result<std::optional<AccountRow>> session_account(const Digest256& token,
                                                                            WallTime now) = 0;
    [[nodiscard]] virtual result<std::vector<VoteOnRecord>> votes_of(
        AccountId account, const DiscussionId& discussion) = 0;
    // Those after a number, at most account_events_read_count_max.
    [[nodiscard]] virtual result<AccountEvents> account_events(std::int64_t after) = 0;
    // For those alone who may read them: that is decided by who asks.
    [[nodiscard]] virtual result<std::vector<PendingComment>> pending(
        const PendingQuery& query) = 0;
    // In which discussions the account has comments or votes.
    [[nodiscard]] virtual result<std::vector<DiscussionId>> discussions_of(AccountId account) = 0;

    // Comments that were taken away and still stand in somebody's quote: a removal that was to go
    // on in further steps when the process ended.
    [[nodiscard]] virtual result<std::vector<CommentId>> removed_but_quoted(std::size_t limit) = 0;
    // Accounts whose erasing is under way, here or elsewhere, or was when a process ended.
    [[nodiscard]] virtual result<std::vector<AccountId>> accounts_being_erased(
        std::size_t limit) = 0;

    // Whole-store walks, for export and check. The callbacks return false to stop. Comments come in
    // the order of their ids: parents first, and those written here in time order.
    [[nodiscard]] virtual result<void> each_discussion(
        const std::function<bool(const DiscussionRow&)>& visit) = 0;
    [[nodiscard]] virtual result<void> each_account(
        const std::function<bool(const AccountRow&)>& visit) = 0;
    [[nodiscard]] virtual result<void> each_comment(
        const DiscussionId& id, const std::function<bool(const CommentRow&)>& visit) = 0;
    [[nodiscard]] virtual result<void> each_vote(
        const DiscussionId& id, const std::function<bool(AccountId, CommentId, int)>& visit) = 0;
    [[nodiscard]] virtual result<std::vector<CheckFinding>> check() = 0;
};

class Store {
public:
    virtual ~Store() = default;
    // The writer's thread only; one transaction at a time.
    [[nodiscard]] virtual result<std::unique_ptr<WriteTransaction>> begin() = 0;
    // Thread-safe.
    [[nodiscard]] virtual result<std::unique_ptr<StoreReader>> open_reader() = 0;
    [[nodiscard]] virtual Epoch epoch() const = 0;
};

enum class StoreAccess : std::uint8_t {
    serve,      // writes; creates and migrates. The only one of a SQLite file
    read_only,  // check and export: beside a running server
};

// Opens the store that the URL names (`sqlite:/path/file.db`, `sqlite::memory:`,
// `postgresql://user@host:port/database`). Errors: busy where another process writes to the file
// (exit 75), corrupt_store, unavailable.
[[nodiscard]] result<std::unique_ptr<Store>> open_store(std::string_view url, StoreAccess access);

}  // namespace parley
