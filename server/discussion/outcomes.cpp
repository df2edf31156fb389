#include "discussion/changeset_order.hpp"
#include "discussion/rules.hpp"

namespace parley {

namespace {

CommentView view_of(const State& state, const CommentRow& row) {
    return public_comment(row, state.accounts.at(row.author).row);
}

struct Answer {
    const State& state;

    Outcome operator()(const DoneNothing& done) const { return done; }
    // Whoever could write or change a comment that waits may read it.
    Outcome operator()(const DoneComment& done) const {
        const CommentRow& row = state.comments.at(done.comment).row;
        const AccountRow& author = state.accounts.at(row.author).row;
        const bool waits = row.state == CommentState::pending;
        return CommentOutcome{waits ? pending_comment(row, author) : public_comment(row, author),
                              done.created, done.more_quotes};
    }
    Outcome operator()(const DoneVote& done) const {
        const CommentRow& row = state.comments.at(done.comment).row;
        return VoteOutcome{public_tally(row), state.discussions.at(row.discussion).row.seq,
                           done.voter};
    }
    Outcome operator()(const DoneDiscussion& done) const {
        const DiscussionRow& row = state.discussions.at(done.discussion).row;
        return DiscussionOutcome{public_discussion(row, state.epoch), done.created};
    }
    Outcome operator()(const DoneAccount& done) const {
        return AccountOutcome{state.accounts.at(done.account).row};
    }
    Outcome operator()(const DoneSession& done) const {
        return SessionOutcome{state.accounts.at(done.account).row, done.expires_at};
    }
    Outcome operator()(const DoneTicket& done) const {
        return TicketOutcome{state.accounts.at(done.account).row, done.session,
                             state.account_events_seen};
    }
    Outcome operator()(const DoneJob& done) const { return done; }
    Outcome operator()(const DoneImport& done) const { return done; }
};

std::shared_ptr<Changeset> begin_changeset(const State& state, const DiscussionId& id, Seq prev) {
    const DiscussionRow& row = state.discussions.at(id).row;
    auto changeset = std::make_shared<Changeset>();
    changeset->discussion = id;
    changeset->epoch = state.epoch;
    changeset->prev = prev;
    changeset->seq = row.seq;
    changeset->comment_count = row.comment_count;
    changeset->takes_text_away = state.text_taken_away.contains(id);
    if (row.stamp == row.seq) {
        changeset->info = DiscussionInfo{row.title, row.url, row.state, row.channels, row.stamp};
    }
    return changeset;
}

// The stamps that the rules gave are the discussion's new seq; every older row has a lower one.
void add_changed_comments(const State& state,
                          std::map<DiscussionId, std::shared_ptr<Changeset>>& changesets) {
    for (const auto& [id, tracked] : state.comments) {
        const CommentRow& row = tracked.row;
        const auto found = changesets.find(row.discussion);
        if (found == changesets.end()) continue;
        Changeset& changeset = *found->second;
        if (row.stamp == changeset.seq) changeset.comments.push_back(view_of(state, row));
        else if (row.tally_stamp == changeset.seq) changeset.scores.push_back(public_tally(row));
    }
}

}  // namespace

Outcome outcome_of(const State& state, const Done& done) { return std::visit(Answer{state}, done); }

std::vector<std::shared_ptr<const Changeset>> changesets_of(const State& state) {
    std::map<DiscussionId, std::shared_ptr<Changeset>> changesets;
    for (const auto& [id, prev] : state.changed_from) {
        changesets.emplace(id, begin_changeset(state, id, prev));
    }
    add_changed_comments(state, changesets);
    std::vector<std::shared_ptr<const Changeset>> out;
    for (auto& [id, changeset] : changesets) {
        sort_changeset(*changeset);
        out.push_back(std::move(changeset));
    }
    return out;
}

}  // namespace parley
