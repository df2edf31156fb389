#include "protocol/requests.hpp"

#include "unit/protocol/samples.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

namespace parley {

namespace {

template <class T>
std::optional<Error> error_of(const result<T>& parsed) {
    if (parsed.has_error()) return parsed.error();
    return std::nullopt;
}

std::optional<Error> try_request(std::string_view operation, std::string_view json) {
    if (operation == "post_comment") return error_of(parse_post_comment({"d"}, json));
    if (operation == "patch_comment") return error_of(parse_comment_patch(json));
    if (operation == "vote") return error_of(parse_vote(json));
    if (operation == "put_discussion") return error_of(parse_put_discussion({"d"}, json));
    if (operation == "credentials") return error_of(parse_credentials(json));
    if (operation == "password_change") return error_of(parse_password_change(json));
    if (operation == "ban") return error_of(parse_ban(json));
    if (operation == "live") return error_of(parse_live_request(json));
    ADD_FAILURE() << "no operation " << operation;
    return std::nullopt;
}

TEST(Requests, EachVectorIsTakenOrRefusedAsItSays) {
    simdjson::dom::parser parser;
    simdjson::dom::element cases;
    const std::string file = test::read_vector("requests.json");
    ASSERT_EQ(parser.parse(file).get(cases), simdjson::SUCCESS);
    for (const simdjson::dom::element one : simdjson::dom::array(cases)) {
        const std::string_view operation(one["operation"]);
        const std::string_view json(one["json"]);
        SCOPED_TRACE(std::string(operation) + " " + std::string(json));
        const auto error = try_request(operation, json);
        std::string_view code;
        if (one["code"].get(code) != simdjson::SUCCESS) {
            EXPECT_FALSE(error.has_value()) << (error ? error->message : "");
            continue;
        }
        ASSERT_TRUE(error.has_value());
        EXPECT_EQ(wire_code(error->code), code) << error->message;
        std::string_view field;
        if (one["field"].get(field) != simdjson::SUCCESS) field = "";
        EXPECT_EQ(error->field, field) << error->message;
        EXPECT_TRUE(error->message.ends_with('.')) << error->message;
    }
}

// What the documents of the API show is what this server reads.
TEST(Requests, EachExampleOfTheDocumentsIsTaken) {
    simdjson::dom::parser parser;
    simdjson::dom::element examples;
    const std::string file = test::read_vector("examples.json");
    ASSERT_EQ(parser.parse(file).get(examples), simdjson::SUCCESS);
    const simdjson::dom::array requests(examples["requests"]);
    EXPECT_GT(requests.size(), 0U);
    for (const simdjson::dom::element one : requests) {
        const std::string_view json(one["json"]);
        const auto error = try_request(std::string_view(one["operation"]), json);
        EXPECT_FALSE(error.has_value()) << json << ": " << (error ? error->message : "");
    }
}

TEST(Requests, PostComment) {
    const auto post = parse_post_comment({"tram-line"}, R"({"quote":{"text":"so\nit is",
        "comment":"9007199254740993"},"body":"Hello","parent":"9223372036854775807"})");
    ASSERT_TRUE(post.has_value());
    EXPECT_EQ(post->discussion.value, "tram-line");
    EXPECT_EQ(post->body, "Hello");
    EXPECT_EQ(post->parent, CommentId{9223372036854775807});
    ASSERT_TRUE(post->quote.has_value());
    EXPECT_EQ(post->quote->comment, CommentId{9007199254740993});
    EXPECT_EQ(post->quote->text, "so\nit is");

    const auto root = parse_post_comment({"d"}, R"({"body":"x"})");
    ASSERT_TRUE(root.has_value());
    EXPECT_FALSE(root->parent || root->quote);
}

TEST(Requests, TextsComeBackByteForByte) {
    for (const std::string_view text :
         {"", " ", "\xEF\xBB\xBF", "\xE2\x80\xAE txet", "Z\xCD\x81\xCD\x81", "<script>", "'; DROP",
          "\xEF\xBF\xBF", "👩‍👩‍👧", "﷽"}) {
        const auto post = parse_post_comment({"d"}, R"({"body":")" + std::string(text) + "\"}");
        ASSERT_TRUE(post.has_value()) << text;
        EXPECT_EQ(post->body, text);
    }
}

TEST(Requests, PatchesAndVotes) {
    const auto body = parse_comment_patch(R"({"body":"new"})");
    ASSERT_TRUE(body.has_value());
    EXPECT_EQ(body->body, "new");
    EXPECT_FALSE(body->state.has_value());
    const auto state = parse_comment_patch(R"({"state":"visible"})");
    ASSERT_TRUE(state.has_value());
    EXPECT_EQ(state->state, CommentState::visible);
    EXPECT_FALSE(state->body.has_value());
    EXPECT_EQ(parse_vote(R"({"value":-1})").value(), -1);
    EXPECT_EQ(parse_vote(R"({"value":0})").value(), 0);
    EXPECT_EQ(parse_vote(R"({"value":1})").value(), 1);
}

TEST(Requests, PutDiscussionKeepsAbsentAndEmptyApart) {
    const auto all = parse_put_discussion({"d"}, R"({"title":"T","url":"","article":"A\n\nB",
        "channels":[{"name":"N","url":"https://n.example"}],"state":"locked"})");
    ASSERT_TRUE(all.has_value());
    EXPECT_EQ(all->title, "T");
    EXPECT_EQ(all->url, "");
    EXPECT_EQ(all->article, "A\n\nB");
    EXPECT_EQ(all->channels, (std::vector<Channel>{{"N", "https://n.example"}}));
    EXPECT_EQ(all->state, DiscussionState::locked);
    EXPECT_FALSE(all->created_at.has_value());

    const auto nothing = parse_put_discussion({"d"}, "{}");
    ASSERT_TRUE(nothing.has_value());
    EXPECT_FALSE(nothing->title || nothing->url || nothing->article || nothing->channels ||
                 nothing->state);
    const auto none = parse_put_discussion({"d"}, R"({"channels":[]})");
    ASSERT_TRUE(none->channels.has_value());
    EXPECT_TRUE(none->channels->empty());
}

TEST(Requests, ChannelsAreBounded) {
    const auto with = [](std::size_t count) {
        std::string json = R"({"channels":[)";
        for (std::size_t i = 0; i < count; ++i) {
            json += std::string(i == 0 ? "" : ",") + R"({"name":"n","url":"u"})";
        }
        return parse_put_discussion({"d"}, json + "]}");
    };
    EXPECT_TRUE(with(channels_count_max).has_value());
    const auto over = with(channels_count_max + 1);
    ASSERT_TRUE(over.has_error());
    EXPECT_EQ(over.error().field, "channels");
}

TEST(Requests, CredentialsAreNotChanged) {
    const auto in = parse_credentials(R"({"name":" Anna ","password":"a\tb \u00e9"})");
    ASSERT_TRUE(in.has_value());
    EXPECT_EQ(in->name, " Anna ");
    EXPECT_EQ(in->password, "a\tb é");
    // An error must not repeat the secret.
    const auto wrong = parse_credentials(R"({"name":1,"password":"hunter22"})");
    EXPECT_EQ(wrong.error().message.find("hunter22"), std::string::npos);
}

TEST(Requests, LiveFramesOfTheContract) {
    const auto frames = test::read_vector_items("frames_from_client.json");
    ASSERT_EQ(frames.size(), 4U);
    EXPECT_EQ(std::get<LiveAuthenticate>(parse_live_request(frames[0]).value()).ticket, "dGlja2V0");
    const auto since = std::get<LiveSubscribe>(parse_live_request(frames[1]).value());
    EXPECT_EQ(since.topic, "discussion:tram-line");
    EXPECT_EQ(since.epoch, Epoch{"k3v9"});
    EXPECT_EQ(since.since, 41);
    const auto from_now = std::get<LiveSubscribe>(parse_live_request(frames[2]).value());
    EXPECT_FALSE(from_now.epoch || from_now.since);
    EXPECT_EQ(std::get<LiveUnsubscribe>(parse_live_request(frames[3]).value()).topic,
              "discussion:tram-line");
}

TEST(Requests, SeqsAboveTwoToThe53AreExact) {
    const auto request = parse_live_request(
        R"({"type":"subscribe","topic":"t","epoch":"e","since":9007199254740993})");
    EXPECT_EQ(std::get<LiveSubscribe>(request.value()).since, 9007199254740993);
}

TEST(Requests, TopicsOfDiscussions) {
    EXPECT_EQ(discussion_of_topic("discussion:tram-line"), DiscussionId{"tram-line"});
    for (const std::string_view other :
         {"", "discussion", "discussion:", "discussion:a b", "discussion:a/b", "Discussion:a",
          "count:tram-line", "account", " discussion:a", "discussion:\xC3\xA9"}) {
        EXPECT_EQ(discussion_of_topic(other), std::nullopt) << other;
    }
}

}  // namespace

}  // namespace parley
