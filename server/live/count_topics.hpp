#pragma once

#include "discussion/comment_count.hpp"
#include "live/hub.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace parley {

// Who watches how many comments a discussion has (`count:ID`), on one shard: the pages that list
// discussions. It needs no room: the owner asks the store for the counts of watched() with each
// sweep, and of unread() at once, and hands the answers back. A reader is told what differs from
// what it was told last; one that takes nothing is told the newest once it does. Pure; one thread.
class CountTopics {
public:
    // Queues the frame for that reader where it has room, and says whether it had. A reader that
    // has gone needs nothing.
    using Offer = std::function<bool(ConnectionId, Frame)>;

    CountTopics(FrameEncoder& encoder, Offer offer);

    // Answered by `subscribed` and the count as soon as that was read, or by `error`. False: this
    // connection watches count_topics_per_connection_max already.
    [[nodiscard]] bool subscribe(ConnectionId reader, const DiscussionId& discussion);
    void unsubscribe(ConnectionId reader, const DiscussionId& discussion);
    void disconnect(ConnectionId reader);

    [[nodiscard]] std::vector<DiscussionId> watched() const;
    // Those that somebody waits for since the last call.
    [[nodiscard]] std::vector<DiscussionId> take_unread() { return std::exchange(unread_, {}); }
    [[nodiscard]] bool has_unread() const { return !unread_.empty(); }

    // What the store answered when it was asked for `asked`: those that it left out do not exist.
    void on_counts(std::span<const DiscussionId> asked, std::span<const CommentCount> found);

private:
    struct Reader {
        ConnectionId id;
        std::optional<CommentCount> told;
    };
    struct Held {  // by one connection
        std::uint32_t generation = 0;
        std::vector<DiscussionId> discussions;
    };
    struct Told;
    void tell(Reader& reader, Told& told);
    void forget(ConnectionId reader, const DiscussionId& discussion);
    void end(const DiscussionId& discussion);

    FrameEncoder& encoder_;
    Offer offer_;
    std::map<DiscussionId, std::vector<Reader>> readers_;
    std::unordered_map<std::uint32_t, Held> held_;  // by the index of the connection
    std::vector<DiscussionId> unread_;
};

}  // namespace parley
