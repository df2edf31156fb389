#include "protocol/feed.hpp"

#include <gtest/gtest.h>

namespace parley::test {
namespace {

std::size_t occurrences(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + part.size())) {
        ++count;
    }
    return count;
}

CommentView comment_of(CommentContent content) {
    CommentView view;
    view.tally.id = content.id;
    view.content = std::make_shared<const CommentContent>(std::move(content));
    return view;
}

TEST(Feed, HasAnEntryForEachVisibleCommentAndEscapesWhatPeopleWrote) {
    DiscussionView discussion;
    discussion.id = DiscussionId{"tram"};
    discussion.title = "Trams & <b>trains</b>";
    CommentContent visible;
    visible.id = CommentId{17};
    visible.author = Author{AccountId{1}, "A <script>", {}};
    visible.body = "Hello";
    visible.content = parse_markdown("Hello & *goodbye*");
    CommentContent removed;
    removed.id = CommentId{18};
    removed.state = CommentState::removed;
    WindowAnswer window;
    window.comments = {comment_of(visible), comment_of(removed)};

    const std::string feed = render_feed(discussion, window, "https://comments.example");
    EXPECT_EQ(occurrences(feed, "<entry>"), 1U);
    EXPECT_NE(feed.find("https://comments.example/d/tram#comment-17"), std::string::npos);
    EXPECT_NE(feed.find("<name>A &lt;script&gt;</name>"), std::string::npos);
    EXPECT_NE(feed.find("&lt;em&gt;goodbye&lt;/em&gt;"), std::string::npos);
    EXPECT_NE(feed.find("Trams &amp; &lt;b&gt;trains"), std::string::npos);
    EXPECT_EQ(feed.find("comment-18"), std::string::npos);
    EXPECT_EQ(feed.find("<script"), std::string::npos);
}

}  // namespace
}  // namespace parley::test
