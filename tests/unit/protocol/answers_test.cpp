#include "protocol/answers.hpp"

#include "unit/protocol/samples.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

namespace parley {

namespace {

using test::compact;
using test::read_vector;

TEST(Answers, CommentIsTheOneOfTheContract) {
    EXPECT_EQ(encode_comment(test::sample_comment()), compact(read_vector("comment.json")));
}

TEST(Answers, TombstoneHasNoAuthorAndNoText) {
    EXPECT_EQ(encode_comment(test::sample_tombstone()), compact(read_vector("tombstone.json")));
}

TEST(Answers, MovedReplyWithIdsAboveTwoToThe53) {
    CommentContent content;
    content.id = CommentId{9007199254740993};
    content.parent = CommentId{16};
    content.path = {CommentId{3}, CommentId{16}};
    content.number = "1.1.2";
    content.in_reply_to = CommentId{17};
    content.author = Author{AccountId{9223372036854775807}, "Łukasz \"Ł\" 😀", {}};
    content.edited_at = test::at("2026-01-22T09:50:00.123Z");
    content.body = "a\nb\tc\\d\x01";
    using test::element;
    using test::text_node;
    const ContentNode spoiler = element(ContentTag::spoiler, {text_node("d")});
    content.content = {
        element(ContentTag::p, {text_node("a"), element(ContentTag::br, {}), text_node("b")}),
        element(ContentTag::pre, {text_node("c\n")}),
        element(ContentTag::ul, {element(ContentTag::li, {spoiler})})};
    content.quote = Quote{std::nullopt, "", "gone", false};
    content.stamp = 9007199254740993;
    const CommentView view{std::make_shared<const CommentContent>(content), Tally{}};
    EXPECT_EQ(encode_comment(view), compact(read_vector("moved_reply.json")));
}

TEST(Answers, CommentThatWasNeverPublicHasNoNumber) {
    CommentContent content = test::plain_comment(5, {});
    content.number.clear();
    const std::string json = encode_comment(test::view_of(content));
    EXPECT_NE(json.find("\"number\":null"), std::string::npos) << json;
}

TEST(Answers, Window) {
    EXPECT_EQ(encode_window(test::sample_window()), compact(read_vector("window.json")));
    WindowAnswer empty;
    empty.position = {{"k3v9"}, 0};
    EXPECT_EQ(encode_window(empty), compact(read_vector("window_empty.json")));
}

TEST(Answers, DiscussionAndListOfDiscussions) {
    const DiscussionView view = test::sample_discussion();
    EXPECT_EQ(encode_discussion(view), compact(read_vector("discussion.json")));
    DiscussionView quiet = view;
    quiet.id = {"quiet"};
    quiet.title = "Quiet";
    quiet.url = "";
    quiet.state = DiscussionState::locked;
    quiet.position.seq = 1;
    quiet.comment_count = 0;
    quiet.last_comment_at.reset();
    quiet.channels.clear();
    const std::vector list{view, quiet};
    EXPECT_EQ(encode_discussions(list, std::nullopt), compact(read_vector("discussions.json")));
    EXPECT_EQ(encode_discussions({}, "abc"), R"({"discussions":[],"next_cursor":"abc"})");
}

TEST(Answers, VotesAndAccounts) {
    const VoteOutcome vote{Tally{CommentId{3}, 5, 19, -14, 1, 56}, 57};
    EXPECT_EQ(encode_vote(vote), compact(read_vector("vote.json")));
    const std::vector<std::pair<CommentId, int>> votes{{CommentId{3}, 1},
                                                       {CommentId{9007199254740993}, -1}};
    EXPECT_EQ(encode_votes(votes), compact(read_vector("votes.json")));
    EXPECT_EQ(encode_votes({}), R"({"votes":[]})");
    const AccountRow account = test::sample_account();
    EXPECT_EQ(encode_account(account), compact(read_vector("account.json")));
    EXPECT_EQ(encode_session("c2VjcmV0", account), compact(read_vector("session.json")));
}

TEST(Answers, ProblemHasFieldAndRetryOnlyWhereTheyApply) {
    const std::vector<std::string> expected = test::read_vector_items("problems.json");
    ASSERT_EQ(expected.size(), 3U);
    EXPECT_EQ(encode_problem(make_error(Errc::invalid_field, "body is required: a text.", "body")),
              expected[0]);
    EXPECT_EQ(encode_problem(make_error(Errc::bad_credentials)), expected[1]);
    EXPECT_EQ(encode_problem(make_retry(Errc::busy, std::chrono::milliseconds(1500))), expected[2]);
}

TEST(Answers, BytesThatAreNoTextStillMakeReadableJson) {
    const std::string json =
        encode_problem(make_error(Errc::invalid_field, "no \xC3( \xFF", "a\"\x01"));
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    ASSERT_EQ(parser.parse(json).get(document), simdjson::SUCCESS) << json;
    EXPECT_EQ(std::string_view(document["detail"]), "no \xEF\xBF\xBD( \xEF\xBF\xBD");
    EXPECT_EQ(std::string_view(document["field"]), "a\"\x01");
}

TEST(Answers, PageDataCannotLeaveItsScript) {
    constexpr std::string_view hostile =
        "</script><script>alert(1)</script><!-- <![CDATA[ ]]> &quot; \xE2\x80\xA8 \xE2\x80\xA9 --> "
        "\xE2\x80\xAA </SCRIPT\n>";
    DiscussionView discussion = test::sample_discussion();
    discussion.title = hostile;
    discussion.channels = {{std::string(hostile), std::string(hostile)}};
    CommentContent content = test::plain_comment(5, {});
    content.author->name = hostile;
    content.body = hostile;
    content.content = {test::link(std::string(hostile), {test::text_node(std::string(hostile))})};
    content.quote = Quote{std::nullopt, std::string(hostile), std::string(hostile), false};
    WindowAnswer window;
    window.comments = {test::view_of(content)};
    window.next_cursor = hostile;
    const std::string json = encode_page_data(discussion, window);
    EXPECT_EQ(json.find_first_of("<>&"), std::string::npos);
    EXPECT_EQ(json.find("\xE2\x80\xA8"), std::string::npos);
    EXPECT_EQ(json.find("\xE2\x80\xA9"), std::string::npos);

    simdjson::dom::parser parser;
    simdjson::dom::element page;
    ASSERT_EQ(parser.parse(json).get(page), simdjson::SUCCESS) << json;
    EXPECT_EQ(std::string_view(page["discussion"]["title"]), hostile);
    const simdjson::dom::element comment = page["window"]["comments"].at(0);
    EXPECT_EQ(std::string_view(comment["body"]), hostile);
    EXPECT_EQ(std::string_view(comment["content"].at(0).at(1)), hostile);
    EXPECT_EQ(std::string_view(page["window"]["next_cursor"]), hostile);
}

TEST(Answers, PageDataIsTheDiscussionAndItsWindow) {
    const std::string json = encode_page_data(test::sample_discussion(), test::sample_window());
    std::string expected = R"({"discussion":)" + compact(read_vector("discussion.json")) +
                           R"(,"window":)" + compact(read_vector("window.json")) + "}";
    for (std::size_t i = expected.find_first_of("<>&"); i != std::string::npos;
         i = expected.find_first_of("<>&")) {
        expected.replace(i, 1,
                         expected[i] == '&'   ? "\\u0026"
                         : expected[i] == '<' ? "\\u003c"
                                              : "\\u003e");
    }
    EXPECT_EQ(json, expected);
}

}  // namespace

}  // namespace parley
