#include "store/writer_queue.hpp"

#include <algorithm>
#include <iterator>

namespace parley {

WriterQueue::WriterQueue(const Limits& limits)
    : everybody_count_max_(limits.writer_queue_count_max),
      moderators_count_max_(std::max<std::size_t>(limits.writer_queue_count_max / 4, 1)),
      batch_count_max_(std::max<std::size_t>(limits.writer_batch_count_max, 1)),
      deadline_(limits.command_deadline_ms) {}

bool WriterQueue::push(Writer::Lane lane, WaitingCommand& waiting) {
    const bool moderator = lane == Writer::Lane::moderators;
    std::deque<WaitingCommand>& queue = moderator ? moderators_ : everybody_;
    if (queue.size() >= (moderator ? moderators_count_max_ : everybody_count_max_)) return false;
    queue.push_back(std::move(waiting));
    return true;
}

std::deque<WaitingCommand>& WriterQueue::next_lane() {
    return moderators_.empty() ? everybody_ : moderators_;
}

WriterQueue::Batch WriterQueue::take(MonotonicTime now) {
    Batch batch;
    std::size_t weight = 0;
    while (size() > 0 && batch.commands.size() < batch_count_max_) {
        std::deque<WaitingCommand>& lane = next_lane();
        WaitingCommand& next = lane.front();
        if (now - next.submitted > deadline_) {
            batch.late.push_back(std::move(next));
            lane.pop_front();
            continue;
        }
        // Nobody overtakes one that does not fit, so it goes with the next batch for certain.
        if (!batch.commands.empty() && weight + next.weight > changeset_comments_max) break;
        weight += next.weight;
        batch.commands.push_back(std::move(next));
        lane.pop_front();
    }
    return batch;
}

std::vector<WaitingCommand> WriterQueue::take_all() {
    std::vector<WaitingCommand> all;
    all.reserve(size());
    for (std::deque<WaitingCommand>* lane : {&moderators_, &everybody_}) {
        std::move(lane->begin(), lane->end(), std::back_inserter(all));
        lane->clear();
    }
    return all;
}

}  // namespace parley
