#include "discussion/changeset.hpp"

#include "base/mutants.hpp"
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

class Merge {
public:
    explicit Merge(const Changeset& first) {
        merged_.discussion = first.discussion;
        merged_.epoch = first.epoch;
        merged_.prev = first.prev;
        merged_.seq = first.seq;
        merged_.comment_count = first.comment_count;
        add(first);
    }
    void add(const Changeset& changeset) {
        merged_.prev = std::min(merged_.prev, changeset.prev);
        if (changeset.seq > merged_.seq) {
            merged_.seq = changeset.seq;
            merged_.comment_count = changeset.comment_count;
        }
        merged_.takes_text_away = merged_.takes_text_away || changeset.takes_text_away;
        const bool newer_info =
            changeset.info && (!merged_.info || changeset.info->stamp > merged_.info->stamp);
        if (newer_info) merged_.info = changeset.info;
        comments_.add(changeset);
    }
    [[nodiscard]] Changeset finish() {
        comments_.finish(merged_);
        return std::move(merged_);
    }

private:
    Changeset merged_;
    Merger comments_;
};

}  // namespace

Changeset merge(const Changeset& first, const Changeset& second) {
    Merge merging(first);
    merging.add(second);
    return merging.finish();
}

Changeset merge(std::span<const std::shared_ptr<const Changeset>> run) {
    if (run.size() == 1) return *run.front();
    Merge merging(*run.front());
    for (const auto& next : run.subspan(1)) merging.add(*next);
    return merging.finish();
}

Changeset newer_than(const Changeset& changes, Seq since) {
    Changeset out;
    out.discussion = changes.discussion;
    out.epoch = changes.epoch;
    out.prev = std::max(changes.prev, since);
    out.seq = std::max(changes.seq, since);
    out.comment_count = changes.comment_count;
    out.takes_text_away = changes.takes_text_away;
    const Seq known = is_mutated(Mutant::since_off_by_one) ? since + 1 : since;
    for (const CommentView& view : changes.comments) {
        if (view.content->stamp > known) out.comments.push_back(view);
        else if (view.tally.stamp > known && !is_mutated(Mutant::newer_than_by_content)) {
            out.scores.push_back(view.tally);
        }
    }
    for (const Tally& tally : changes.scores) {
        if (tally.stamp > known) out.scores.push_back(tally);
    }
    if (changes.info && changes.info->stamp > known) out.info = changes.info;
    sort_changeset(out);
    return out;
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
