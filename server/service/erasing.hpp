#pragma once

#include "discussion/rules.hpp"

#include <optional>
#include <vector>

namespace parley {

// The steps that erase an account for which EraseAccount was carried out: in each discussion its
// comments and its votes, then its name. Pure; may be begun again at any time, here or elsewhere,
// and carried out twice at once.
class Erasing {
public:
    // `discussions`: all in which the account has comments or votes.
    Erasing(AccountId account, std::vector<DiscussionId> discussions);

    [[nodiscard]] AccountId account() const { return account_; }
    // The step to carry out; nothing when the last one was.
    [[nodiscard]] std::optional<Action> next() const;
    // What came of that step.
    void advance(const Outcome& outcome);

private:
    enum class Phase : std::uint8_t { comments, votes };

    AccountId account_;
    std::vector<DiscussionId> left_;  // the one at hand is the last
    Phase phase_ = Phase::comments;
    CommentId after_{};
    bool finished_ = false;
};

}  // namespace parley
