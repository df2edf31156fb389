#pragma once

#include "base/clock.hpp"
#include "base/config.hpp"
#include "discussion/rules.hpp"
#include "identity/passwords.hpp"
#include "protocol/answers.hpp"
#include "protocol/requests.hpp"
#include "service/service_shared.hpp"
#include "store/reader_pool.hpp"
#include "store/writer.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace parley {

// Who makes a request, as far as the edge can tell. Whether the session is still good is looked up
// where it matters, inside the transaction.
struct Caller {
    std::optional<Digest256> session;
    std::string address;  // of the client, for rate limits
};

// The Idempotency-Key of a write and what it belongs to.
struct Idempotency {
    std::string key;
    Digest256 request_hash{};
};

struct WindowQuery {
    WindowRequest request;
    std::optional<Epoch> epoch;  // with min_seq: at that seq of that epoch or later
    std::optional<Seq> min_seq;
};

// A discussion with its article and first window, for a page.
struct DiscussionPageData {
    DiscussionDetail detail;
    WindowAnswer window;
};

// Makes the HTML of a page. Pure: it is called on a reader's thread.
using PageRenderer = std::function<result<std::string>(const DiscussionPageData&)>;

struct ChangesQuery {
    DiscussionId discussion;
    std::optional<Epoch> epoch;
    Seq since = 0;
};

struct SignedIn {
    std::string token;
    AccountRow account;
};

template <class T>
using Reply = std::function<void(result<T>)>;

class Erasing;

// The use cases: one function for each thing that a person can do. Ties the rules, the store and
// identity together and knows neither HTTP nor sockets. Every function returns at once; its reply
// is called exactly once, on the thread that `post` runs things on, never from within the call.
// All functions are to be called on that thread; each event loop has a service of its own.
class Service {
public:
    struct Parts {
        Writer& writer;
        ReaderPool& readers;
        ReaderPool& live_readers;  // rooms and the sweep wait behind nobody's windows
        PasswordPool& passwords;
        ServiceShared& shared;
        const Config& config;
        const Clock& clock;
        std::function<void(std::function<void()>)> post;  // thread-safe
    };
    explicit Service(Parts parts);

    // --- writing ---
    void post_comment(const Caller& caller, PostComment what, Idempotency key,
                      Reply<CommentOutcome> reply);
    void edit_comment(const Caller& caller, EditComment what, Idempotency key,
                      Reply<CommentOutcome> reply);
    void set_comment_state(const Caller& caller, SetCommentState what, Idempotency key,
                           Reply<CommentOutcome> reply);
    void delete_comment(const Caller& caller, DeleteComment what, Idempotency key,
                        Reply<CommentOutcome> reply);
    void vote(const Caller& caller, CastVote what, Idempotency key, Reply<VoteOutcome> reply);
    void put_discussion(const Caller& caller, PutDiscussion what, Idempotency key,
                        Reply<DiscussionOutcome> reply);

    // --- accounts ---
    void sign_up(const Caller& caller, Credentials credentials, Reply<AccountRow> reply);
    void sign_in(const Caller& caller, Credentials credentials, Reply<SignedIn> reply);
    void sign_out(const Caller& caller, Reply<DoneNothing> reply);
    // Ends all sessions of the account, this one as well.
    void change_password(const Caller& caller, PasswordChange change, Reply<AccountRow> reply);
    // Ends all sessions of the account for good; what it wrote and its votes go step by step.
    void erase_me(const Caller& caller, Reply<AccountRow> reply);
    // A ticket for one live socket, good for ticket_lifetime_ms.
    void issue_ticket(const Caller& caller, Reply<std::string> reply);
    void take_ticket(std::string_view ticket, Reply<TicketOutcome> reply);
    // For live sockets: what accounts must learn.
    void account_events(std::int64_t after, Reply<AccountEvents> reply);
    void set_ban(const Caller& caller, SetBan what, Reply<AccountRow> reply);
    void me(const Caller& caller, Reply<AccountRow> reply);
    void my_votes(const Caller& caller, DiscussionId discussion,
                  Reply<std::vector<VoteOnRecord>> reply);

    // Comments that wait for a moderator: the caller's own, or those a moderator sees.
    void my_pending(const Caller& caller, DiscussionId discussion,
                    Reply<std::vector<PendingComment>> reply);
    void moderation_queue(const Caller& caller, PendingQuery query,
                          Reply<std::vector<PendingComment>> reply);

    // --- reading ---
    void discussions(std::size_t limit, std::optional<std::string> cursor,
                     Reply<DiscussionPage> reply);
    void discussion(DiscussionId id, Reply<DiscussionView> reply);
    // As JSON. The first form gives what can be given from memory, at once; the second gives that
    // too, or else what is read then. precondition_too_far where the epoch is another.
    [[nodiscard]] std::optional<SnapshotAnswer> window_at_hand(const WindowQuery& query) const;
    void window(WindowQuery query, Reply<SnapshotAnswer> reply);
    // As HTML, in the same two forms. The window is the first one, or, for readers without
    // JavaScript, a later one.
    [[nodiscard]] std::optional<SnapshotAnswer> page_at_hand(const WindowRequest& request) const;
    void page(WindowRequest request, PageRenderer render, Reply<SnapshotAnswer> reply);
    void page_data(WindowRequest request, Reply<DiscussionPageData> reply);
    // The merged update, as JSON; no bytes where it would be over catch_up_bytes_max. Never stale.
    [[nodiscard]] std::optional<SnapshotAnswer> changes_at_hand(const ChangesQuery& query) const;
    void changes(ChangesQuery query, Reply<SnapshotAnswer> reply);
    // How many comments each of these has, without those that there are not. The second form is for
    // live topics and waits behind nobody's windows.
    void counts(std::vector<DiscussionId> ids, Reply<std::vector<CommentCount>> reply);
    void counts_for_topics(std::vector<DiscussionId> ids, Reply<std::vector<CommentCount>> reply);
    // For rooms: what has changed since, and the positions of those discussions that there are.
    void changes_for_room(DiscussionId id, std::optional<Epoch> epoch, Seq since,
                          Reply<Changeset> reply);
    void positions(std::vector<DiscussionId> ids,
                   Reply<std::vector<std::pair<DiscussionId, Position>>> reply);

    // --- the life of the process ---
    // Goes on with removals whose quotes were not blanked when the process ended before.
    void resume_removals();
    // Goes on with accounts that were to be erased where an instance ended, or could not reach the
    // store, before the last step.
    void resume_erasings();
    // From now on a read that has not begun is answered `unavailable`. Thread-safe.
    void abandon_reads() { reads_abandoned_ = true; }

private:
    template <class T>
    void submit(const Caller& caller, Action action, Idempotency key, Reply<T> reply);
    template <class T, class Read>
    void read(ReaderPool& pool, Reply<T> reply, Read read_it);
    using SnapshotRead = std::function<result<Snapshot>(StoreReader&)>;
    void answer_from(SnapshotCache& cache, SnapshotAsk ask, SnapshotRead read_it,
                     Reply<SnapshotAnswer> reply);
    void start_flight(SnapshotCache& cache, const DiscussionId& discussion, Snapshots::Read flight,
                      const SnapshotRead& read_it);
    void land_flight(SnapshotCache& cache, const DiscussionId& discussion,
                     Snapshots::FlightId flight, Snapshots::Result brought,
                     const SnapshotRead& read_it);
    [[nodiscard]] Snapshots::Result fly(StoreReader& reader, const DiscussionId& discussion,
                                        const Snapshots::Read& flight, const SnapshotRead& read_it,
                                        MonotonicTime asked_at) const;
    [[nodiscard]] std::optional<Error> read_refusal(MonotonicTime asked_at) const;
    [[nodiscard]] std::string rate_key(const Caller& caller) const;
    template <class T>
    void answer(const Reply<T>& reply, result<T> value) const;
    [[nodiscard]] result<void> take_token(RateLimiter::Kind kind, const std::string& key);
    [[nodiscard]] Writer::Lane lane_of(const Caller& caller) const;
    void remember(const std::optional<Digest256>& session, const AccountRow& account);
    // The reply, after seeing to it that quotes of a comment that was taken away go as well.
    [[nodiscard]] Reply<CommentOutcome> with_quotes_blanked(Reply<CommentOutcome> reply);
    void blank_remaining_quotes(CommentId comment);
    void erase_traces(AccountId account);
    void go_on_erasing(const std::shared_ptr<Erasing>& erasing);
    void give_up_erasing(AccountId account, const Error& error);
    void start_session(AccountRow account, Reply<SignedIn> reply);
    void replace_password(const Caller& caller, const AccountRow& account, std::string password,
                          Reply<AccountRow> reply);
    // As read(), for those alone who have a session.
    template <class T, class Read>
    void read_as(const Caller& caller, Reply<T> reply, Read read_it);

    Parts parts_;
    std::set<AccountId> being_erased_;  // by this service, at this moment
    std::atomic<bool> reads_abandoned_ = false;
};

// The window as it goes out: cursors made opaque.
[[nodiscard]] WindowAnswer to_answer(Window window);

}  // namespace parley
