#include "discussion/changeset.hpp"

#include "discussion/changeset_order.hpp"

#include <algorithm>
#include <unordered_map>

namespace parley {

namespace {

// What is known of one comment: its tally always, its content where one of the changesets had it.
struct Known {
    std::shared_ptr<const CommentContent> content;
    Tally tally;
};

class Merger {
public:
    void add(const Changeset& changeset) {
        for (const CommentView& view : changeset.comments) {
            Known& known = add_tally(view.tally);
            if (!known.content || view.content->stamp > known.content->stamp) {
                known.content = view.content;
            }
        }
        for (const Tally& tally : changeset.scores) add_tally(tally);
    }

    // Moves everything out, in an order that does not depend on that of the arguments.
    void finish(Changeset& merged) {
        for (auto& [id, known] : known_) {
            if (known.content) merged.comments.push_back({std::move(known.content), known.tally});
            else merged.scores.push_back(known.tally);
        }
        sort_changeset(merged);
    }

private:
    Known& add_tally(const Tally& tally) {
        const auto [place, added] = known_.try_emplace(tally.id, Known{nullptr, tally});
        Known& known = place->second;
        if (!added && tally.stamp > known.tally.stamp) known.tally = tally;
        return known;
    }

    std::unordered_map<CommentId, Known> known_;
};

}  // namespace

Changeset merge(const Changeset& first, const Changeset& second) {
    const Changeset& newer = second.seq > first.seq ? second : first;
    Changeset merged;
    merged.discussion = first.discussion;
    merged.epoch = first.epoch;
    merged.prev = std::min(first.prev, second.prev);
    merged.seq = newer.seq;
    merged.comment_count = newer.comment_count;
    merged.takes_text_away = first.takes_text_away || second.takes_text_away;
    merged.info = first.info;
    if (second.info && (!merged.info || second.info->stamp > merged.info->stamp)) {
        merged.info = second.info;
    }
    Merger merger;
    merger.add(first);
    merger.add(second);
    merger.finish(merged);
    return merged;
}

UpdateVerdict judge_update(const Position& mine, const Epoch& epoch, Seq prev, Seq seq) {
    if (mine.epoch != epoch) return UpdateVerdict::reset;
    if (seq <= mine.seq) return UpdateVerdict::ignored;
    return prev > mine.seq ? UpdateVerdict::gap : UpdateVerdict::applied;
}

std::string_view to_string(UpdateVerdict verdict) noexcept {
    switch (verdict) {
        case UpdateVerdict::ignored: return "ignored";
        case UpdateVerdict::applied: return "applied";
        case UpdateVerdict::gap: return "gap";
        case UpdateVerdict::reset: return "reset";
    }
    return {};
}

}  // namespace parley
