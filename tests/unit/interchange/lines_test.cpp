#include "interchange/lines.hpp"

#include "base/clock.hpp"
#include "base/limits.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

const std::string comment_fields =
    R"("id":"c2","discussion":"tram-line","author":"u1","body":"Hi","created_at":"2022-01-22T09:32:00Z")";

template <class T>
T parse_as(std::string_view json) {
    const ParsedLine parsed = parse_line(json);
    EXPECT_FALSE(parsed.line.has_error()) << parsed.line.error().message;
    return std::get<T>(*parsed.line);
}

Error parse_error(std::string_view json) {
    const ParsedLine parsed = parse_line(json);
    EXPECT_TRUE(parsed.line.has_error()) << json;
    return parsed.line.has_error() ? parsed.line.error() : Error{};
}

TEST(Lines, ReadsADiscussion) {
    const auto line = parse_as<DiscussionLine>(
        R"({"type":"discussion","id":"tram-line","title":"Tram","url":"https://example.com/","article":"A",)"
        R"("channels":[{"name":"RSS","url":"https://example.com/rss"}],"state":"locked",)"
        R"("created_at":"2022-01-22T06:00:00Z"})");
    EXPECT_EQ(line.put.discussion.value, "tram-line");
    EXPECT_EQ(line.put.title, "Tram");
    EXPECT_EQ(line.put.channels, (std::vector<Channel>{{"RSS", "https://example.com/rss"}}));
    EXPECT_EQ(line.put.state, DiscussionState::locked);
    EXPECT_EQ(format_rfc3339(*line.put.created_at), "2022-01-22T06:00:00.000Z");
    const auto bare = parse_as<DiscussionLine>(R"({"type":"discussion","id":"x","title":"T"})");
    EXPECT_FALSE(bare.put.url || bare.put.article || bare.put.channels || bare.put.created_at);
}

TEST(Lines, ReadsAComment) {
    const auto line = parse_as<CommentLine>(
        R"({"type":"comment",)" + comment_fields +
        R"(,"parent":"c1","quote":{"comment":"c1","author":"Ada","text":"well"},"score":-12,)"
        R"("edited_at":"2022-01-22T09:33:00Z","state":"removed","place":3})");
    EXPECT_EQ(line.discussion.value, "tram-line");
    EXPECT_EQ(line.comment.id, "c2");
    EXPECT_EQ(line.comment.parent, "c1");
    EXPECT_EQ(line.comment.quote->comment, "c1");
    EXPECT_EQ(line.comment.quote->text, "well");
    EXPECT_EQ(line.comment.base, -12);
    EXPECT_EQ(line.comment.state, CommentState::removed);
    EXPECT_EQ(line.place, 3);
    const auto bare = parse_as<CommentLine>(R"({"type":"comment","parent":null,"quote":null,)" +
                                            comment_fields + "}");
    EXPECT_FALSE(bare.comment.parent || bare.comment.quote || bare.comment.edited_at || bare.place);
    EXPECT_EQ(bare.comment.base, 0);
    EXPECT_EQ(bare.comment.state, CommentState::visible);
}

TEST(Lines, ReadsAccountsAndVotes) {
    const auto account = parse_as<AccountLine>(R"({"type":"account","id":"u1","name":"Ada"})");
    EXPECT_EQ(account.account.name, "Ada");
    const auto vote =
        parse_as<VoteLine>(R"({"type":"vote","comment":"c2","account":"u1","value":-1})");
    EXPECT_EQ(vote.vote.value, -1);
    EXPECT_FALSE(vote.discussion);
}

TEST(Lines, SaysWhatIsWrong) {
    EXPECT_EQ(parse_error("{").message, "This is not valid JSON.");
    EXPECT_EQ(parse_error("[1]").code, Errc::malformed);
    EXPECT_EQ(parse_error("{\"type\":\"\xFF\"}").message, "This is not in UTF-8.");
    EXPECT_EQ(parse_error(R"({"type":"reply"})").field, "type");
    EXPECT_EQ(parse_error(R"({"type":"account","id":"u1"})").field, "name");
    EXPECT_EQ(parse_error(R"({"type":"account","id":"u1","name":"A","age":3})").field, "age");
    EXPECT_EQ(parse_error(R"({"type":"account","id":"u1","id":"u2","name":"A"})").field, "id");
    EXPECT_EQ(parse_error(R"({"type":"account","id":7,"name":"A"})").field, "id");
    EXPECT_EQ(parse_error(R"({"type":"account","id":"","name":"A"})").field, "id");
    EXPECT_EQ(parse_error(R"({"type":"account","id":"a\u001b[2J","name":"A"})").field, "id");
    EXPECT_EQ(parse_error(R"({"type":"account","id":"a\u0000","name":"A"})").field, "id");
    const std::string long_id(import_id_bytes_max + 1, 'x');
    EXPECT_EQ(parse_error(R"({"type":"account","id":")" + long_id + R"(","name":"A"})").field,
              "id");
    for (const char* value : {"0", "2", "-2", "1.5", "true", "null", "\"1\"", "1e400"}) {
        const std::string line = R"({"type":"vote","comment":"c","account":"u","value":)";
        EXPECT_NE(parse_error(line + value + "}").message, "") << value;
    }
}

TEST(Lines, RefusesBadCommentFields) {
    const auto with = [](const std::string& more) {
        return parse_error(R"({"type":"comment",)" + comment_fields + "," + more + "}").field;
    };
    EXPECT_EQ(with(R"("state":"hidden")"), "state");
    EXPECT_EQ(with(R"("score":1000000000001)"), "score");
    EXPECT_EQ(with(R"("score":"12")"), "score");
    EXPECT_EQ(with(R"("edited_at":"yesterday")"), "edited_at");
    EXPECT_EQ(with(R"("place":0)"), "place");
    EXPECT_EQ(with(R"("quote":{"text":3})"), "quote.text");
    EXPECT_EQ(with(R"("quote":{"author":"A"})"), "quote.text");
    EXPECT_EQ(parse_error(R"({"type":"comment","id":"c","discussion":"a b","author":"u",)"
                          R"("body":"x","created_at":"2022-01-22T09:32:00Z"})")
                  .field,
              "discussion");
    EXPECT_EQ(parse_error(R"({"type":"comment","id":"c","discussion":"a","author":"u",)"
                          R"("body":"x","created_at":"2022-02-30T09:32:00Z"})")
                  .field,
              "created_at");
}

TEST(Lines, KindIsToldWhereItCouldBeRead) {
    EXPECT_EQ(parse_line(R"({"type":"vote"})").kind, LineKind::vote);
    EXPECT_EQ(parse_line(R"({"type":"comment","id":7})").kind, LineKind::comment);
    EXPECT_EQ(parse_line("nonsense").kind, LineKind::unknown);
}

TEST(Lines, WhatIsWrittenIsReadBack) {
    CommentRow row;
    row.id = CommentId{17};
    row.discussion = {"tram-line"};
    row.parent = CommentId{5};
    row.in_reply_to = CommentId{9};
    row.ordinals = {1, 4};
    row.author = AccountId{3};
    row.body = "Line\nwith \"quotes\" \\ and \xE2\x80\xA8 \x01";
    row.quote = Quote{CommentId{2}, "Ada", "well", true};
    row.created_at = *parse_rfc3339("2022-01-22T09:32:00.123Z");
    row.edited_at = *parse_rfc3339("2022-01-22T09:33:00Z");
    std::string text = write_comment_line(row, -7);
    ASSERT_TRUE(text.ends_with('\n'));
    text.pop_back();
    EXPECT_EQ(text.find('\n'), std::string::npos);
    const auto line = parse_as<CommentLine>(text);
    EXPECT_EQ(line.comment.id, "17");
    EXPECT_EQ(line.comment.parent, "9");  // what it answers, not where it was hung
    EXPECT_EQ(line.comment.author, "3");
    EXPECT_EQ(line.comment.body, row.body);
    EXPECT_EQ(line.comment.quote->comment, "2");
    EXPECT_EQ(line.comment.quote->text, "well");
    EXPECT_EQ(line.comment.base, -7);
    EXPECT_EQ(line.comment.created_at, row.created_at);
    EXPECT_EQ(line.comment.edited_at, row.edited_at);
    EXPECT_EQ(line.place, 4);
}

TEST(Lines, TextThatWasTakenAwayIsNotWritten) {
    CommentRow row;
    row.id = CommentId{1};
    row.discussion = {"d"};
    row.body = "secret";
    row.quote = Quote{CommentId{2}, "Ada", "secret", true};
    for (const CommentState state : {CommentState::removed, CommentState::deleted}) {
        row.state = state;
        const std::string text = write_comment_line(row, 0);
        EXPECT_EQ(text.find("secret"), std::string::npos);
        EXPECT_EQ(parse_as<CommentLine>(text).comment.state, state);
    }
}

TEST(Lines, DiscussionsAccountsAndVotesAreReadBack) {
    DiscussionView row;
    row.id = {"tram-line"};
    row.title = "Tram \"line\"";
    row.url = "https://example.com/";
    row.channels = {{"RSS", "https://example.com/rss"}};
    row.state = DiscussionState::locked;
    row.created_at = *parse_rfc3339("2022-01-22T06:00:00Z");
    const PutDiscussion put = parse_as<DiscussionLine>(write_discussion_line(row, "# A\n\nb")).put;
    EXPECT_EQ(put.title, row.title);
    EXPECT_EQ(put.article, "# A\n\nb");
    EXPECT_EQ(put.channels, row.channels);
    EXPECT_EQ(put.state, row.state);
    EXPECT_EQ(put.created_at, row.created_at);
    AccountRow account;
    account.id = AccountId{4};
    account.name = "Ada \\";
    account.password_hash = "secret";
    const std::string text = write_account_line(account);
    EXPECT_EQ(parse_as<AccountLine>(text).account.name, account.name);
    EXPECT_EQ(text.find("secret"), std::string::npos);
    const auto vote =
        parse_as<VoteLine>(write_vote_line({"tram-line"}, CommentId{5}, AccountId{6}, -1));
    EXPECT_EQ(vote.discussion->value, "tram-line");
    EXPECT_EQ(vote.vote.comment, "5");
    EXPECT_EQ(vote.vote.account, "6");
    EXPECT_EQ(vote.vote.value, -1);
}

}  // namespace
}  // namespace parley
