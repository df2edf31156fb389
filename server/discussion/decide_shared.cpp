#include "base/mutants.hpp"
#include "discussion/decide.hpp"
#include "discussion/text_rules.hpp"

#include <algorithm>
#include <utility>

namespace parley {

// --- who ----------------------------------------------------------------------------------------

result<void> allow(const Deciding& deciding, Verb verb, const Subject& subject) {
    if (const auto reason = refusal(deciding.viewer, verb, subject, deciding.limits)) {
        return make_error(*reason);
    }
    return {};
}

result<AccountId> writer_of(const Deciding& deciding) {
    if (auto allowed = allow(deciding, Verb::post); allowed.has_error()) return allowed.error();
    if (!deciding.viewer.account) return make_error(Errc::unauthenticated);
    return *deciding.viewer.account;
}

result<void> require_operator(const Deciding& deciding) {
    if (deciding.viewer.is_operator) return {};
    return make_error(deciding.viewer.account ? Errc::forbidden : Errc::unauthenticated);
}

// --- what ---------------------------------------------------------------------------------------

result<Tracked<DiscussionRow>*> find_discussion(State& state, const DiscussionId& id) {
    const auto found = state.discussions.find(id);
    if (found == state.discussions.end()) return make_error(Errc::unknown_discussion);
    return &found->second;
}

result<Tracked<CommentRow>*> find_comment(State& state, CommentId id) {
    const auto found = state.comments.find(id);
    if (found == state.comments.end()) return make_error(Errc::unknown_comment);
    return &found->second;
}

Subject subject_of(const State& state, const CommentRow& comment) {
    Subject subject;
    subject.discussion = state.discussions.at(comment.discussion).row.state;
    subject.comment = comment.state;
    subject.author = comment.author;
    subject.age = state.now - comment.created_at;
    return subject;
}

result<std::string> checked_body(std::string_view body, const Limits& limits) {
    result<std::string> cleaned = clean_text(body, "body");
    if (cleaned.has_error()) return cleaned;
    if (cleaned->size() > limits.comment_bytes_max) {
        return make_error(Errc::too_large,
                          "The text has " + std::to_string(cleaned->size()) + " bytes; at most " +
                              std::to_string(limits.comment_bytes_max) + " are allowed.",
                          "body");
    }
    if (is_blank(plain_text(parse_markdown(*cleaned)))) {
        return make_error(Errc::invalid_field, "Nothing of this text would be seen. Write some.",
                          "body");
    }
    return cleaned;
}

result<std::string> checked_quote_text(std::string_view text) {
    result<std::string> cleaned = clean_text(text, "quote");
    if (cleaned.has_error()) return cleaned;
    if (is_blank(*cleaned) || count_code_points(*cleaned) > quote_chars_max) {
        return make_error(
            Errc::invalid_field,
            "A quote has 1 to " + std::to_string(quote_chars_max) + " characters of text.",
            "quote");
    }
    return cleaned;
}

// --- changes ------------------------------------------------------------------------------------

Seq stamp_of_change(State& state, Tracked<DiscussionRow>& discussion) {
    const auto [place, first] =
        state.changed_from.try_emplace(discussion.row.id, discussion.row.seq);
    if (first) ++discussion.row.seq;
    discussion.narrow_dirty = true;
    return discussion.row.seq;
}

namespace {

// A row that was never public stays out of changesets.
bool is_public(const CommentRow& comment) {
    return comment.stamp > 0 || comment.state == CommentState::visible;
}

}  // namespace

void stamp_content(State& state, Tracked<CommentRow>& comment) {
    comment.dirty = true;
    if (!is_public(comment.row)) return;
    comment.row.stamp = stamp_of_change(state, state.discussions.at(comment.row.discussion));
}

void stamp_tally(State& state, Tracked<CommentRow>& comment) {
    comment.narrow_dirty = true;
    if (!is_public(comment.row)) return;
    comment.row.tally_stamp = stamp_of_change(state, state.discussions.at(comment.row.discussion));
}

result<void> place_comment(State& state, CommentRow& comment, const CommentRow* parent) {
    if (parent == nullptr) return {};
    constexpr auto path_max = static_cast<std::size_t>(comment_depth_max) - 1;
    const CommentRow* above = parent;
    if (parent->path.size() >= path_max) {
        // Below the last ancestor that leaves the comment at the greatest depth.
        const auto found = state.comments.find(parent->path.at(path_max - 1));
        if (found == state.comments.end()) return make_error(Errc::internal);
        above = &found->second.row;
        comment.in_reply_to = parent->id;
    }
    comment.parent = above->id;
    comment.path = above->path;
    comment.path.push_back(above->id);
    comment.ordinals = above->ordinals;
    return {};
}

namespace {

// Its number and its stamps, and what counts and orders by it.
void make_public(State& state, CommentRow& comment) {
    Tracked<DiscussionRow>& discussion = state.discussions.at(comment.discussion);
    const Seq stamp = stamp_of_change(state, discussion);
    if (comment.parent) {
        Tracked<CommentRow>& parent = state.comments.at(*comment.parent);
        parent.narrow_dirty = true;
        comment.ordinals.push_back(++parent.row.children_numbered);
    } else {
        comment.ordinals.push_back(++discussion.row.roots_numbered);
    }
    comment.stamp = stamp;
    comment.tally_stamp = stamp;
    auto& newest = discussion.row.last_comment_at;
    newest = std::max(newest.value_or(comment.created_at), comment.created_at);
    if (comment.state == CommentState::visible) count_visible(state, comment, +1);
}

void insert(State& state, CommentRow comment) {
    // A removal later in the same batch must find quotes that the store does not have yet.
    if (comment.quote && is_telling(*comment.quote)) {
        state.quoters[*comment.quote->comment].push_back(comment.id);
    }
    Tracked<CommentRow> tracked;
    tracked.fresh = true;
    tracked.row = std::move(comment);
    const CommentId id = tracked.row.id;
    state.comments.emplace(id, std::move(tracked));
}

}  // namespace

void add_comment(State& state, CommentRow comment) {
    make_public(state, comment);
    insert(state, std::move(comment));
}

void hold_comment(State& state, CommentRow comment) {
    comment.state = CommentState::pending;
    comment.ordinals.clear();
    note_pending(state, comment);
    insert(state, std::move(comment));
}

void publish_comment(State& state, Tracked<CommentRow>& comment) {
    comment.row.state = CommentState::visible;
    if (comment.row.parent) {
        comment.row.ordinals = state.comments.at(*comment.row.parent).row.ordinals;
    }
    make_public(state, comment.row);
    comment.dirty = true;
    comment.narrow_dirty = true;
}

void note_pending(State& state, const CommentRow& comment) {
    const AccountEvent event{AccountEvent::Kind::pending_changed, comment.author, std::nullopt};
    auto& events = state.account_events;
    if (std::find(events.begin(), events.end(), event) == events.end()) events.push_back(event);
}

bool record_vote(State& state, Tracked<CommentRow>& comment, AccountId voter, int value) {
    VoteRow& vote = state.votes[{voter, comment.row.id}];
    if (is_mutated(Mutant::vote_counted_twice) && vote.value == value) vote.value = 0;
    if (vote.value == value) return false;
    comment.row.up += (value == 1 ? 1 : 0) - (vote.value == 1 ? 1 : 0);
    comment.row.down += (value == -1 ? 1 : 0) - (vote.value == -1 ? 1 : 0);
    vote = {value, true};
    stamp_tally(state, comment);
    return true;
}

void count_visible(State& state, const CommentRow& comment, int difference) {
    Tracked<DiscussionRow>& discussion = state.discussions.at(comment.discussion);
    const bool drifts = is_mutated(Mutant::count_drifts) && difference < 0;
    if (!drifts) discussion.row.comment_count += difference;
    discussion.narrow_dirty = true;
    if (!comment.parent) return;
    Tracked<CommentRow>& parent = state.comments.at(*comment.parent);
    parent.row.replies += difference;
    stamp_tally(state, parent);
}

namespace {

bool tells_of(const CommentRow& row, CommentId quoted) {
    return row.quote && row.quote->comment == quoted && is_telling(*row.quote);
}

}  // namespace

bool blank_quotes(State& state, CommentId comment) {
    const auto found = state.quoters.find(comment);
    if (found == state.quoters.end()) return state.more_quoters.contains(comment);
    for (const CommentId id : found->second) {
        Tracked<CommentRow>& quoter = state.comments.at(id);
        if (!tells_of(quoter.row, comment)) continue;
        quoter.row.quote->author.clear();
        if (quoter.row.quote->verified) quoter.row.quote->text.clear();
        quoter.row.quote->verified = false;
        quoter.dirty = true;
        // In a tombstone nobody sees the quote, so nothing public changes.
        if (quoter.row.state != CommentState::visible) continue;
        stamp_content(state, quoter);
        state.text_taken_away.insert(quoter.row.discussion);
    }
    return state.more_quoters.contains(comment);
}

bool has_quotes_left(const State& state, CommentId comment) {
    if (state.more_quoters.contains(comment)) return true;
    const auto found = state.quoters.find(comment);
    if (found == state.quoters.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(),
                       [&](CommentId id) { return tells_of(state.comments.at(id).row, comment); });
}

}  // namespace parley
