#include "client_page.hpp"

#include <algorithm>

namespace parley::simulation {

// What must hold for a page, whatever happened to it.

void Page::fail(const std::string& what) const {
    const Position& mine = state_->position();
    world_.fail("a page of " + discussion.value + " at " + mine.epoch.value + ':' +
                std::to_string(mine.seq) + ": " + what);
}

void Page::check_shown() const {
    for (const auto& [id, gone_since] : gone_) {
        const Entry* entry = state_->find(id);
        if (entry == nullptr || entry->content->state != CommentState::visible) continue;
        if (entry->content->true_stamp < gone_since) {
            fail("shows comment " + to_string(id) + " again, which it knew to be taken away");
        }
    }
    check_own_posts();
}

// A post that is shown as being sent is not shown a second time.
void Page::check_own_posts() const {
    const History& history = store_.history(index);
    if (posts_.empty() || history.epoch != state_->position().epoch) return;
    for (const auto& [key, post] : posts_) {
        const auto row = history.keys.find(key);
        if (row == history.keys.end()) continue;
        const CommentId id = history.rows[row->second].id;
        const Entry* entry = state_->find(id);
        if (entry == nullptr || entry->content->state != CommentState::visible) continue;
        if (is_veiled(id)) continue;
        if (!veiled_.contains(id)) fail("shows the viewer's comment " + to_string(id) + " twice");
        world_.fired(Fault::own_comment_shown_unanswered);
    }
}

void Page::check_position() const {
    const Position& mine = state_->position();
    const History* history = store_.history(discussion, mine.epoch);
    if (history == nullptr) fail("is in an epoch that never was");
    if (mine.seq > history->seq) fail("is ahead of the store");
    if (!is_reading_again) check_loaded(*history, mine.seq, false);
    check_votes(*history);
}

void Page::check_settled() const {
    const History& history = store_.history(index);
    if (state_->position() != history.position()) {
        fail("is not at " + history.epoch.value + ':' + std::to_string(history.seq));
    }
    if (state_->comment_count() != history.count_at(history.seq)) {
        fail("counts " + std::to_string(state_->comment_count()) + " comments, not " +
             std::to_string(history.count_at(history.seq)));
    }
    if (state_->discussion_state() != history.state) fail("shows another state of the discussion");
    if (!posts_.empty()) fail("a post is not answered");
    if (!moving_.empty()) fail("a vote lies over the state still");
    check_loaded(history, history.seq, true);
}

// All that is loaded is at least as new as it was at `at`, or exactly so.
void Page::check_loaded(const History& history, Seq at, bool is_exact) const {
    for (const std::size_t index_of_row : history.order()) {
        const Row& row = history.rows[index_of_row];
        const auto content = row.content_at(at);
        if (!content) continue;
        const Tally tally = row.tally_at(at);
        const std::string name = "comment " + to_string(row.id);
        const Entry* entry = state_->find(row.id);
        if (entry == nullptr) {
            // A window that is newer than the position may not show it any more.
            const bool went =
                std::any_of(row.contents.begin(), row.contents.end(), [&](const auto& version) {
                    return version->stamp > at && version->state != CommentState::visible;
                });
            const bool is_missing =
                content->state == CommentState::visible && !went && state_->ranges().has(row.key);
            if (is_missing) fail("lacks " + name + ", number " + number_of(row.key));
            continue;
        }
        if (entry->content_seq < content->stamp) fail("has an old content of " + name);
        if (entry->score_seq < tally.stamp) fail("has old numbers of " + name);
        const auto known_content = row.content_at(entry->content_seq);
        if (!known_content || known_content->body != entry->content->body ||
            known_content->state != entry->content->state) {
            fail("has a content of " + name + " that never was");
        }
        Tally known_tally = row.tally_at(entry->score_seq);
        known_tally.stamp = entry->tally.stamp;
        if (known_tally != entry->tally) fail("has numbers of " + name + " that never were");
        if (!is_exact) continue;
        const bool is_same = content->state == entry->content->state &&
                             content->body == entry->content->body && tally.up == entry->tally.up &&
                             tally.down == entry->tally.down && tally.score == entry->tally.score &&
                             tally.replies == entry->tally.replies;
        if (!is_same) fail("differs from the store in " + name);
    }
}

// Once a vote was answered, no number older than the answer's is shown.
void Page::check_votes(const History& history) const {
    for (const auto& [id, seq] : voted_) {
        const Row* row = history.find(id);
        const Entry* entry = state_->find(id);
        if (row == nullptr || entry == nullptr || moving_.contains(id)) continue;
        if (entry->score_seq < row->tally_at(seq).stamp) {
            fail("shows numbers of comment " + to_string(id) + " without the viewer's vote");
        }
    }
}

}  // namespace parley::simulation
