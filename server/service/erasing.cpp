#include "service/erasing.hpp"

#include <utility>

namespace parley {

Erasing::Erasing(AccountId account, std::vector<DiscussionId> discussions)
    : account_(account), left_(std::move(discussions)) {}

std::optional<Action> Erasing::next() const {
    if (finished_) return std::nullopt;
    if (left_.empty()) return FinishErasing{account_};
    if (phase_ == Phase::comments) return EraseComments{account_, left_.back(), after_};
    return EraseVotes{account_, left_.back()};
}

void Erasing::advance(const Outcome& outcome) {
    const auto* step = std::get_if<DoneJob>(&outcome);
    if (step == nullptr) {
        finished_ = true;
    } else if (step->next) {
        after_ = *step->next;
    } else if (phase_ == Phase::comments) {
        phase_ = Phase::votes;
    } else {
        phase_ = Phase::comments;
        after_ = {};
        left_.pop_back();
    }
}

}  // namespace parley
