#pragma once

#include "bench/server/injected_history.hpp"
#include "bench/shared/schedule.hpp"
#include "bus/bus.hpp"

#include <string>
#include <vector>

namespace parley::bench {

// Hands a server changesets that no transaction made, as its bus would, so that fan-out can be
// driven at any rate. Each carries the time it was handed over: a comment at the start of its body,
// a tally as its `up`.
class Injector {
public:
    enum class Kind { comments, votes };
    struct Plan {
        Kind kind = Kind::comments;
        double changesets_per_s = 1;
        double seconds = 1;
        int batch = 1;         // changes in each changeset
        int body_bytes = 204;  // of a comment
        int comments = 50;     // that the votes are for
    };

    // Goes on from the store's position of a discussion that nothing else writes to.
    Injector(Bus& bus, InjectedHistory& history, DiscussionId discussion, Position position);

    // Stops early when standard input has the next command.
    void run(const Plan& plan);

    [[nodiscard]] const DiscussionId& discussion() const { return discussion_; }
    [[nodiscard]] Seq seq() const { return position_.seq; }
    [[nodiscard]] const Schedule& schedule() const { return schedule_; }

private:
    [[nodiscard]] std::shared_ptr<Changeset> next_changeset();
    void add_comments(Changeset& changeset, const Plan& plan);
    void add_votes(Changeset& changeset, const Plan& plan);

    Bus& bus_;
    InjectedHistory& history_;
    DiscussionId discussion_;
    Position position_;
    std::int64_t next_comment_;
    std::int64_t next_vote_ = 0;
    std::int64_t comment_count_ = 0;
    Schedule schedule_;
};

// "@TIME " and then words, so many bytes of plain text in all.
[[nodiscard]] std::string timed_body(std::int64_t sent_ns, int bytes);

}  // namespace parley::bench
