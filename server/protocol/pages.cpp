#include "protocol/pages.hpp"

#include "protocol/html.hpp"

#include <array>
#include <cstdio>

namespace parley {

namespace {

constexpr std::size_t description_chars_max = 160;

std::string long_date(WallTime time) {
    constexpr std::array months{"January",   "February", "March",    "April",
                                "May",       "June",     "July",     "August",
                                "September", "October",  "November", "December"};
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
    return std::to_string(static_cast<unsigned>(date.day())) + " " +
           months.at(static_cast<unsigned>(date.month()) - 1) + " " +
           std::to_string(static_cast<int>(date.year()));
}

bool is_http(std::string_view url) {
    return url.starts_with("http://") || url.starts_with("https://");
}

std::string host_of(std::string_view url) {
    url.remove_prefix(url.find("://") + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    // What stands before an @ is a name to sign in with and could pass for the host.
    const std::size_t at = url.rfind('@');
    return std::string(at == std::string_view::npos ? url : url.substr(at + 1));
}

// The first words of the text, cut between two of them, never inside a code point.
std::string description_of(std::string_view article_markdown) {
    std::string text = plain_text(parse_article(article_markdown));
    for (char& c : text) {
        if (c == '\n') c = ' ';
    }
    if (text.size() <= description_chars_max) return text;
    const std::size_t space = text.rfind(' ', description_chars_max);
    text.resize(space == std::string::npos ? 0 : space);
    return text + "…";
}

std::string story_meta(const DiscussionView& discussion) {
    std::string html = "<p class=\"story-meta\"><time datetime=\"" +
                       format_rfc3339(discussion.created_at) + "\">" +
                       long_date(discussion.created_at) + "</time>";
    if (is_http(discussion.url)) {
        html += " <span aria-hidden=\"true\">·</span> <a href=\"" + escape_html(discussion.url) +
                "\" rel=\"noopener\">" + escape_html(host_of(discussion.url)) + "</a>";
    }
    return html + "</p>";
}

std::string note_of(DiscussionState state) {
    switch (state) {
        case DiscussionState::open: return "<div class=\"start\"></div>";
        case DiscussionState::premoderated:
            return "<div class=\"start\"></div><p class=\"state-note\">Comments appear here after "
                   "a moderator has read them.</p>";
        case DiscussionState::locked:
            return "<p class=\"state-note\">This discussion is locked: it can be read, but no "
                   "longer added to.</p>";
    }
    return {};
}

std::string comments_of(const DiscussionView& discussion, const WindowAnswer& window) {
    if (!window.comments.empty()) return render_comments(window, discussion.id);
    if (window.comment_count > 0) return {};
    const bool locked = discussion.state == DiscussionState::locked;
    return locked ? "<p class=\"empty\">Nobody wrote here.</p>"
                  : "<p class=\"empty\">Nobody has written here yet. The first word is yours.</p>";
}

std::string more_link(const std::string& base, const std::optional<std::string>& cursor,
                      std::string_view text) {
    if (!cursor) return {};
    return "<p class=\"more\"><a href=\"" + escape_html(base + "?cursor=" + *cursor) +
           "\" rel=\"next\">" + std::string(text) + "</a></p>";
}

}  // namespace

PageValues not_found_page_values(std::string_view site_name) {
    return {{"site_name", escape_html(site_name)}};
}

PageValues index_page_values(std::string_view site_name,
                             std::span<const DiscussionView> discussions,
                             const std::optional<std::string>& next_cursor) {
    return {{"site_name", escape_html(site_name)},
            {"discussions", render_discussion_items(discussions)},
            {"more", more_link("/", next_cursor, "More discussions")}};
}

PageValues discussion_page_values(std::string_view site_name, const DiscussionView& discussion,
                                  std::string_view article_markdown, const WindowAnswer& window) {
    return {{"site_name", escape_html(site_name)},
            {"title", escape_html(discussion.title)},
            {"discussion_id", escape_html(discussion.id.value)},
            {"description", escape_html(description_of(article_markdown))},
            {"story_meta", story_meta(discussion)},
            {"article", render_content(parse_article(article_markdown))},
            {"channels", render_channels(discussion.channels)},
            {"heading", count_text(window.comment_count)},
            {"note", note_of(discussion.state)},
            {"comments", comments_of(discussion, window)},
            {"more", more_link("/d/" + discussion.id.value, window.next_cursor, "More comments")},
            {"window", encode_page_data(discussion, window)}};
}

// Nothing that anybody wrote can look like the place: it comes out of the template alone.
std::string with_stale_note(std::string_view page) {
    constexpr std::string_view place = "<!--freshness-->";
    constexpr std::string_view note =
        "<p class=\"state-note stale-note\" role=\"status\">This page may be out of date: the "
        "comments cannot be read anew at the moment.</p>";
    const std::size_t at = page.find(place);
    std::string out(page);
    if (at != std::string_view::npos) out.replace(at, place.size(), note);
    return out;
}

}  // namespace parley
