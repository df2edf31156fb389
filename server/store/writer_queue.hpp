#pragma once

#include "store/writer.hpp"

#include <deque>

namespace parley {

// A command that waits for the writer.
struct WaitingCommand {
    Command command;
    Writer::Completion completion;
    MonotonicTime submitted{};
    std::size_t weight = 0;  // how many comments it may change
};

// The two bounded lanes in front of the writer. Not thread-safe: the writer's mutex protects it.
class WriterQueue {
public:
    explicit WriterQueue(const Limits& limits);

    // False where the lane is full; then `waiting` is left as it was.
    [[nodiscard]] bool push(Writer::Lane lane, WaitingCommand& waiting);

    // The commands of the next transaction, moderators first, then in the order they came: at most
    // writer_batch_count_max that together may change at most changeset_comments_max comments (a
    // single one that may change more goes alone). Those that have waited longer than
    // command_deadline_ms go to `late` and do not count.
    struct Batch {
        std::vector<WaitingCommand> commands;
        std::vector<WaitingCommand> late;
    };
    [[nodiscard]] Batch take(MonotonicTime now);

    // Everything that waits.
    [[nodiscard]] std::vector<WaitingCommand> take_all();

    [[nodiscard]] std::size_t size() const { return everybody_.size() + moderators_.size(); }
    [[nodiscard]] std::size_t size_of_moderators() const { return moderators_.size(); }

private:
    [[nodiscard]] std::deque<WaitingCommand>& next_lane();

    std::size_t everybody_count_max_;
    std::size_t moderators_count_max_;
    std::size_t batch_count_max_;
    std::chrono::milliseconds deadline_;
    std::deque<WaitingCommand> everybody_;
    std::deque<WaitingCommand> moderators_;
};

}  // namespace parley
