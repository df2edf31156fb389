#include "store_transaction.hpp"

#include "base/mutants.hpp"
#include "discussion/rules.hpp"

#include <algorithm>

namespace parley::simulation {

ChangesetPtr Transaction::commit(MonotonicTime now, WallTime wall) {
    auto out = std::make_shared<Changeset>();
    out->discussion = history_.discussion;
    out->epoch = history_.epoch;
    out->prev = history_.seq++;
    out->seq = history_.seq;
    for (const std::size_t index : contents_) write_content(index, wall, *out);
    for (const std::size_t index : tallies_) {
        Row& row = history_.rows[index];
        row.tallies.push_back(
            {row.id, row.up, row.down, row.up - row.down, row.replies, history_.seq});
        if (is_mutated(Mutant::score_replaces_content)) add_old_content(row, *out);
        else if (!contents_.contains(index)) out->scores.push_back(row.tallies.back());
    }
    for (const std::size_t index : contents_) {
        out->comments.push_back(history_.rows[index].view());
    }
    std::stable_sort(out->comments.begin(), out->comments.end(),
                     [](const CommentView& a, const CommentView& b) {
                         return a.content->path.size() < b.content->path.size();
                     });
    if (touches_state_) {
        history_.states_.emplace_back(history_.seq, history_.state);
        out->info = DiscussionInfo{"title", "url", history_.state, {}, history_.seq};
    }
    out->comment_count = history_.counts_.back() + appeared_;
    history_.counts_.push_back(out->comment_count);
    history_.committed_at_.push_back(now);
    return out;
}

void Transaction::write_content(std::size_t index, WallTime wall, Changeset& out) {
    if (!history_.rows[index].is_public()) publish(index);
    Row& row = history_.rows[index];
    const bool was_visible = row.is_public() && row.contents.back()->state == CommentState::visible;
    const bool is_visible = row.state == CommentState::visible;
    CommentContent content;
    content.id = row.id;
    for (const std::size_t ancestor : row.ancestors) {
        content.path.push_back(history_.rows[ancestor].id);
    }
    if (row.parent) content.parent = history_.rows[*row.parent].id;
    content.number = number_of(row.key);
    content.created_at = wall;
    content.state = row.state;
    content.stamp = history_.seq;
    content.author = Author{row.author, "name", {}};
    // The text says when it was written: whoever shows an old one betrays itself.
    content.body = std::to_string(static_cast<std::int64_t>(row.id)) + '@' +
                   std::to_string(history_.seq) + ' ' + std::string(padding_, 'x');
    if (!is_visible) content = make_tombstone(content);
    if (!row.is_public()) {
        row.tallies.push_back(
            {row.id, row.up, row.down, row.up - row.down, row.replies, history_.seq});
    }
    row.contents.push_back(std::make_shared<const CommentContent>(std::move(content)));
    out.takes_text_away = out.takes_text_away || (was_visible && !is_visible);
    if (was_visible == is_visible) return;
    appeared_ += is_visible ? 1 : -1;
    if (!row.parent) return;
    history_.rows[*row.parent].replies += is_visible ? 1 : -1;
    tallies_.insert(*row.parent);
}

// Gives it its number, which it keeps.
void Transaction::publish(std::size_t index) {
    Row& row = history_.rows[index];
    if (row.parent) {
        Row& parent = history_.rows[*row.parent];
        row.key = parent.key;
        row.key.push_back(++parent.ordinals_given);
    } else {
        row.key = {++history_.roots_given_};
    }
    const auto place = std::lower_bound(
        history_.order_.begin(), history_.order_.end(), row.key,
        [&](std::size_t other, const Key& key) { return history_.rows[other].key < key; });
    history_.order_.insert(place, index);
}

// The mutant: a vote sends the whole comment, as somebody had it in a cache.
void Transaction::add_old_content(const Row& row, Changeset& out) const {
    CommentContent old = *row.contents.front();
    old.stamp = history_.seq;
    out.comments.push_back({std::make_shared<const CommentContent>(old), row.tallies.back()});
}

}  // namespace parley::simulation
