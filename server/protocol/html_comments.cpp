#include "protocol/html.hpp"
#include "protocol/html_time.hpp"

#include <map>
#include <vector>

namespace parley {

namespace {

std::string time_element(WallTime time) {
    return "<time datetime=\"" + format_rfc3339(time) + "\" title=\"" + time_in_full(time) + "\">" +
           time_as_shown(time) + "</time>";
}

std::string score_text(std::int64_t score) {
    return (score > 0 ? "+" : "") + std::to_string(score);
}

std::string_view score_class(std::int64_t score) {
    if (score == 0) return "zero";
    return score > 0 ? "positive" : "negative";
}

bool is_tombstone(const CommentContent& content) { return content.state != CommentState::visible; }

std::string_view tombstone_text(CommentState state) {
    return state == CommentState::deleted ? "Comment deleted by its author" : "Comment removed";
}

std::string label_of(const CommentView& comment) {
    const CommentContent& content = *comment.content;
    const std::string level = ", level " + std::to_string(content.path.size() + 1);
    if (is_tombstone(content)) return "Comment removed" + level;
    const std::string author = content.author ? escape_html(content.author->name) + ", " : "";
    return author + time_as_shown(content.created_at) + level + ", score " +
           score_text(comment.tally.score);
}

void append_head(std::string& out, const CommentContent& content) {
    const std::string link = "href=\"#comment-" + to_string(content.id) + "\">";
    out += "<header class=\"comment-head\"><a class=\"comment-number\" " + link +
           escape_html(content.number) + "</a> ";
    if (!is_tombstone(content) && content.author) {
        out += "<span class=\"comment-author\">" + escape_html(content.author->name) + "</span> ";
        for (const std::string& badge : content.author->badges) {
            out += "<span class=\"badge\">" + escape_html(badge) + "</span> ";
        }
    }
    out += "<a class=\"comment-time\" " + link + time_element(content.created_at) + "</a>";
    if (!is_tombstone(content) && content.edited_at) {
        out += " <span class=\"comment-edited\" title=\"" + time_in_full(*content.edited_at) +
               "\">edited</span>";
    }
    out += "</header>\n";
}

std::string with_line_breaks(std::string_view text) {
    std::string out = escape_html(text);
    for (std::size_t at = out.find('\n'); at != std::string::npos; at = out.find('\n', at + 4)) {
        out.replace(at, 1, "<br>");
    }
    return out;
}

void append_quote(std::string& out, const Quote& quote) {
    const std::string author = quote.author.empty() ? "a comment" : escape_html(quote.author);
    out += quote.verified ? "<blockquote class=\"comment-quote\">"
                          : "<blockquote class=\"comment-quote unverified\">";
    if (quote.comment) {
        out += "<a class=\"quote-source\" href=\"#comment-" + to_string(*quote.comment) + "\">" +
               author + "</a>";
    } else {
        out += "<span class=\"quote-source\">" + author + "</span>";
    }
    if (quote.text.empty()) out += "<p class=\"quote-gone\">The quoted comment was removed.</p>";
    else out += "<p>" + with_line_breaks(quote.text) + "</p>";
    out += "</blockquote>\n";
}

void append_article(std::string& out, const CommentView& comment) {
    const CommentContent& content = *comment.content;
    const bool tombstone = is_tombstone(content);
    out += tombstone ? "<article class=\"comment tombstone\"" : "<article class=\"comment\"";
    out += " id=\"comment-" + to_string(content.id) + "\" tabindex=\"-1\" aria-label=\"" +
           label_of(comment) + "\">\n";
    append_head(out, content);
    if (tombstone) {
        out += "<div class=\"comment-body\"><p>";
        out += tombstone_text(content.state);
        out += "</p></div>\n</article>\n";
        return;
    }
    if (content.quote) append_quote(out, *content.quote);
    out += "<div class=\"comment-body\">" + render_content(content.content) +
           "</div>\n<footer class=\"comment-foot\"><span class=\"score ";
    out += score_class(comment.tally.score);
    out += "\">" + score_text(comment.tally.score) + "</span></footer>\n</article>\n";
}

// Writes the flat, depth-first list of a window as nested lists. Without recursion: depth costs
// memory here, not stack.
class CommentList {
public:
    CommentList(const WindowAnswer& window, const DiscussionId& discussion)
        : page_("/d/" + discussion.value) {
        for (const WindowAnswer::More& more : window.more) more_.emplace(more.parent, &more);
    }

    void add(const CommentView& comment) {
        while (!open_.empty() && open_.back().id != comment.content->parent) close_last();
        bool& has_list = open_.empty() ? has_list_ : open_.back().has_list;
        if (!has_list) out_ += "<ol class=\"comments\">\n";
        has_list = true;
        out_ += "<li class=\"comment-item\">\n";
        append_article(out_, comment);
        open_.push_back({comment.id(), false});
    }

    std::string finish() {
        while (!open_.empty()) close_last();
        if (has_list_) out_ += "</ol>\n";
        return std::move(out_);
    }

private:
    struct Open {
        CommentId id{};
        bool has_list = false;
    };

    void close_last() {
        if (open_.back().has_list) out_ += "</ol>\n";
        const auto more = more_.find(open_.back().id);
        if (more != more_.end()) append_more(*more->second);
        out_ += "</li>\n";
        open_.pop_back();
    }

    void append_more(const WindowAnswer::More& more) {
        const std::string href =
            page_ + "?parent=" + to_string(more.parent) + "&cursor=" + more.cursor;
        out_ += "<p class=\"more-replies\"><a href=\"" + escape_html(href) + "\">" +
                std::to_string(more.replies) +
                (more.replies == 1 ? " more reply" : " more replies") + "</a></p>\n";
    }

    std::string page_;
    std::map<CommentId, const WindowAnswer::More*> more_;
    std::vector<Open> open_;  // the last comment and those of its ancestors that are in the window
    bool has_list_ = false;
    std::string out_;
};

}  // namespace

std::string render_comments(const WindowAnswer& window, const DiscussionId& discussion) {
    CommentList list(window, discussion);
    for (const CommentView& comment : window.comments) list.add(comment);
    return list.finish();
}

}  // namespace parley
