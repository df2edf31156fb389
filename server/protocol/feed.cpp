#include "protocol/feed.hpp"

#include "protocol/html.hpp"

#include <algorithm>

namespace parley {

namespace {

std::string entry_of(const DiscussionView& discussion, const CommentContent& comment,
                     const std::string& page) {
    const std::string link = page + "#comment-" + to_string(comment.id);
    const WallTime updated = comment.edited_at.value_or(comment.created_at);
    return "<entry><id>" + link + "</id><title>" + escape_html(comment.author->name) + " on " +
           escape_html(discussion.title) + "</title><link href=\"" + link + "\"/><published>" +
           format_rfc3339(comment.created_at) + "</published><updated>" + format_rfc3339(updated) +
           "</updated><author><name>" + escape_html(comment.author->name) +
           "</name></author><content type=\"html\">" +
           escape_html(render_content(comment.content)) + "</content></entry>\n";
}

}  // namespace

std::string render_feed(const DiscussionView& discussion, const WindowAnswer& window,
                        std::string_view base) {
    const std::string page = escape_html(std::string(base) + "/d/" + discussion.id.value);
    WallTime updated = discussion.last_comment_at.value_or(discussion.created_at);
    std::string entries;
    for (const CommentView& comment : window.comments) {
        if (comment.content->state != CommentState::visible) continue;
        updated = std::max(updated, comment.content->edited_at.value_or(updated));
        entries += entry_of(discussion, *comment.content, page);
    }
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed "
           "xmlns=\"http://www.w3.org/2005/Atom\">"
           "<id>" +
           page + "</id><title>" + escape_html(discussion.title) + "</title><link href=\"" + page +
           "\"/><link rel=\"self\" href=\"" + page + "/feed.atom\"/><updated>" +
           format_rfc3339(updated) + "</updated>\n" + entries + "</feed>\n";
}

}  // namespace parley
