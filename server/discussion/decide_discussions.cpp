#include "discussion/decide.hpp"
#include "discussion/text_rules.hpp"

#include <utility>

namespace parley {

namespace {

Error bad_url(std::string_view field) {
    return make_error(Errc::invalid_field,
                      "This must be an http or https address of at most " +
                          std::to_string(url_chars_max) + " characters.",
                      std::string(field));
}

result<std::vector<Channel>> checked_channels(const std::vector<Channel>& channels) {
    if (channels.size() > channels_count_max) {
        return make_error(
            Errc::invalid_field,
            "A discussion has at most " + std::to_string(channels_count_max) + " channels.",
            "channels");
    }
    std::vector<Channel> checked;
    for (const Channel& channel : channels) {
        result<std::string> name = clean_line(channel.name, "channels", channel_name_chars_max);
        if (name.has_error()) return name.error();
        if (!is_web_url(channel.url)) return bad_url("channels");
        checked.push_back({std::move(*name), channel.url});
    }
    return checked;
}

result<std::string> checked_article(const std::string& article, const Limits& limits) {
    result<std::string> cleaned = clean_text(article, "article");
    if (cleaned.has_error() || cleaned->size() <= limits.article_bytes_max) return cleaned;
    return make_error(Errc::too_large,
                      "The article has " + std::to_string(cleaned->size()) + " bytes; at most " +
                          std::to_string(limits.article_bytes_max) + " are allowed.",
                      "article");
}

// Puts what the action names into the row.
result<void> apply(const PutDiscussion& action, const Limits& limits, DiscussionRow& row) {
    if (action.title) {
        result<std::string> title = clean_line(*action.title, "title", title_chars_max);
        if (title.has_error()) return title.error();
        row.title = std::move(*title);
    }
    if (action.url) {
        if (!action.url->empty() && !is_web_url(*action.url)) return bad_url("url");
        row.url = *action.url;
    }
    if (action.article) {
        result<std::string> article = checked_article(*action.article, limits);
        if (article.has_error()) return article.error();
        row.article = std::move(*article);
    }
    if (action.channels) {
        result<std::vector<Channel>> channels = checked_channels(*action.channels);
        if (channels.has_error()) return channels.error();
        row.channels = std::move(*channels);
    }
    if (action.state) row.state = *action.state;
    return {};
}

bool is_same(const DiscussionRow& a, const DiscussionRow& b) {
    return a.title == b.title && a.url == b.url && a.article == b.article &&
           a.channels == b.channels && a.state == b.state;
}

result<Done> create_discussion(const Deciding& deciding, const PutDiscussion& action) {
    State& state = deciding.state;
    if (!action.title) {
        return make_error(Errc::invalid_field, "A new discussion needs a title.", "title");
    }
    Tracked<DiscussionRow> created;
    created.fresh = true;
    created.row.id = action.discussion;
    created.row.created_at = state.now;
    if (deciding.viewer.is_operator && action.created_at) {
        created.row.created_at = *action.created_at;
    }
    if (auto applied = apply(action, deciding.limits, created.row); applied.has_error()) {
        return applied.error();
    }
    created.row.stamp = stamp_of_change(state, created);
    state.discussions.emplace(action.discussion, std::move(created));
    return Done(DoneDiscussion{action.discussion, true});
}

}  // namespace

result<Done> decide_action(const Deciding& deciding, const PutDiscussion& action) {
    State& state = deciding.state;
    if (auto allowed = allow(deciding, Verb::manage_discussion); allowed.has_error()) {
        return allowed.error();
    }
    const auto found = state.discussions.find(action.discussion);
    if (found == state.discussions.end()) return create_discussion(deciding, action);
    Tracked<DiscussionRow>& discussion = found->second;
    DiscussionRow changed = discussion.row;
    if (auto applied = apply(action, deciding.limits, changed); applied.has_error()) {
        return applied.error();
    }
    const Done done = DoneDiscussion{action.discussion, false};
    if (is_same(changed, discussion.row)) return done;
    discussion.row = std::move(changed);
    discussion.dirty = true;
    // Of the article no changeset tells anything, but whoever caches a page of it must notice.
    discussion.row.stamp = stamp_of_change(state, discussion);
    return done;
}

}  // namespace parley
