#include "protocol/pages.hpp"

#include "protocol/html.hpp"
#include "unit/protocol/samples.hpp"

#include <gtest/gtest.h>

namespace parley {

namespace {

std::string fill(std::string_view page, const PageValues& values) {
    const auto filled =
        fill_template(test::read_source_file("web-client/pages/" + std::string(page)), values);
    if (filled.has_error()) ADD_FAILURE() << filled.error().message;
    return filled.has_error() ? std::string() : *filled;
}

std::size_t occurrences(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t i = text.find(part); i != std::string_view::npos; i = text.find(part, i + 1)) {
        ++count;
    }
    return count;
}

TEST(Pages, ValuesAreExactlyThePlaceholdersOfThePages) {
    const std::vector<DiscussionView> discussions{test::sample_discussion()};
    const std::string index =
        fill("index.html", index_page_values("Gazette & Co", discussions, "abc"));
    EXPECT_EQ(occurrences(index, "href=\"/?cursor=abc\""), 1U);
    const std::string page =
        fill("discussion.html", discussion_page_values("Gazette & Co", test::sample_discussion(),
                                                       "An *article*.", test::sample_window()));
    EXPECT_EQ(occurrences(page, "<em>article</em>"), 1U);
    EXPECT_EQ(occurrences(page, "id=\"comment-17\""), 1U);
    EXPECT_EQ(occurrences(page, "20 comments"), 1U);
    EXPECT_EQ(occurrences(page, ">Gazette &amp; Co</a>"), 1U);
    const std::string not_found = fill("404.html", not_found_page_values("Gazette & Co"));
    EXPECT_EQ(occurrences(not_found, ">Gazette &amp; Co</a>"), 1U);
}

TEST(Pages, EmptyOnesSaySo) {
    EXPECT_EQ(occurrences(fill("index.html", index_page_values("Gazette & Co", {}, std::nullopt)),
                          "There is no discussion yet."),
              1U);
    DiscussionView locked = test::sample_discussion();
    locked.state = DiscussionState::locked;
    const std::string page =
        fill("discussion.html", discussion_page_values("Gazette & Co", locked, "", WindowAnswer{}));
    EXPECT_EQ(occurrences(page, "No comments yet"), 1U);
    EXPECT_EQ(occurrences(page, "Nobody wrote here."), 1U);
}

TEST(Pages, ADiscussionsPageCanSayThatItIsStale) {
    DiscussionView discussion = test::sample_discussion();
    discussion.title = "<!--freshness-->";
    const std::string page =
        fill("discussion.html", discussion_page_values("Gazette & Co", discussion,
                                                       "<!--freshness-->", test::sample_window()));
    EXPECT_EQ(occurrences(page, "stale-note"), 0U);
    const std::string stale = with_stale_note(page);
    EXPECT_EQ(occurrences(stale, "class=\"state-note stale-note\""), 1U);
    EXPECT_GT(stale.find("stale-note"), stale.find("class=\"discussion-head\""));
    EXPECT_EQ(occurrences(stale, "<!--freshness-->"), 0U);
}

TEST(Pages, NoTextOfThePublisherBecomesMarkup) {
    constexpr std::string_view hostile =
        "</title></script><script>alert(1)</script>\"'><img src=x>";
    DiscussionView discussion = test::sample_discussion();
    discussion.title = hostile;
    discussion.url = "https://example.org/" + std::string(hostile);
    discussion.channels = {{std::string(hostile), discussion.url}};
    const std::string page = fill(
        "discussion.html", discussion_page_values("Gazette & Co", discussion, std::string(hostile),
                                                  test::sample_window()));
    EXPECT_EQ(occurrences(page, "alert(1)</script>"), 0U);
    EXPECT_EQ(occurrences(page, "<img"), 0U);
    EXPECT_EQ(occurrences(page, "<script"), 2U);  // the component and the data that it starts from
}

}  // namespace

}  // namespace parley
