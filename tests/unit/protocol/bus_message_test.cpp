#include "protocol/bus_message.hpp"

#include "base/limits.hpp"
#include "support/changesets.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

using test::describe;
using test::RandomChangesets;

constexpr std::string_view secret = "a secret of at least thirty-two characters";
constexpr std::string_view channel = "parley:0123:7";

class BusMessageTest : public ::testing::Test {
protected:
    // What comes out at the other instance.
    template <class T>
    T pass(const BusContent& content) {
        const auto message = there.decode(channel, here.encode(channel, content));
        EXPECT_TRUE(message.has_value());
        if (!message.has_value()) return {};
        EXPECT_EQ(message->sender, "one.1");
        EXPECT_TRUE(std::holds_alternative<T>(message->content));
        return std::get<T>(message->content);
    }
    Errc refusal(std::string_view bytes, std::string_view on = channel) {
        const auto message = there.decode(on, bytes);
        EXPECT_TRUE(message.has_error()) << bytes;
        return message.has_error() ? message.error().code : Errc::internal;
    }
    BusCodec here{secret, "store", "one.1"};
    BusCodec there{secret, "store", "two.2"};
};

std::shared_ptr<const Changeset> large_changeset(std::size_t body_bytes) {
    auto made = std::make_shared<Changeset>(*RandomChangesets(1).next());
    CommentContent content;
    content.id = CommentId{1};
    content.body = std::string(body_bytes, 'x');
    made->comments = {{std::make_shared<const CommentContent>(std::move(content)), {CommentId{1}}}};
    return made;
}

TEST_F(BusMessageTest, EveryFieldOfAChangesetArrives) {
    RandomChangesets changesets(20);
    for (int i = 0; i < 500; ++i) {
        const auto sent = changesets.next();
        const auto arrived = pass<std::shared_ptr<const Changeset>>(sent);
        ASSERT_TRUE(arrived);
        ASSERT_EQ(describe(*arrived), describe(*sent)) << i;
    }
}

TEST_F(BusMessageTest, TheRestArrivesToo) {
    const BusHint hint{{"tram-line"}, {{"k3v9"}, 57}};
    EXPECT_EQ(pass<BusHint>(hint), hint);
    const BusPresence presence{{"tram-line"}, 128};
    EXPECT_EQ(pass<BusPresence>(presence), presence);
    EXPECT_EQ(pass<BusProbe>(BusProbe{9}), BusProbe{9});
    const BusSpent spent{{{2, "00ff", 3}, {0, "a", 1}}};
    EXPECT_EQ(pass<BusSpent>(spent), spent);
}

TEST_F(BusMessageTest, WhatIsTooLargeTravelsAsAHint) {
    const auto fits = large_changeset(60'000);
    EXPECT_EQ(describe(*pass<std::shared_ptr<const Changeset>>(fits)), describe(*fits));
    const auto large = large_changeset(bus_message_bytes_max);
    const BusHint hint = pass<BusHint>(large);
    EXPECT_EQ(hint.discussion, large->discussion);
    EXPECT_EQ(hint.position, (Position{large->epoch, large->seq}));
}

TEST_F(BusMessageTest, NoByteMayBeChanged) {
    const std::string good = here.encode(channel, BusHint{{"tram-line"}, {{"k3v9"}, 57}});
    ASSERT_TRUE(there.decode(channel, good).has_value());
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string forged = good;
        forged[i] = static_cast<char>(forged[i] ^ 1);
        EXPECT_EQ(refusal(forged), Errc::forbidden) << i;
    }
}

TEST_F(BusMessageTest, NothingMayBeCutOffOrAdded) {
    const std::string good = here.encode(channel, BusProbe{1});
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_EQ(refusal(std::string_view(good).substr(0, size)), Errc::forbidden) << size;
    }
    EXPECT_EQ(refusal(good + " "), Errc::forbidden);
}

TEST_F(BusMessageTest, AMessageBelongsToItsChannelAndItsSecret) {
    const std::string good = here.encode(channel, BusProbe{1});
    EXPECT_EQ(refusal(good, "parley:0123:8"), Errc::forbidden);
    const BusCodec stranger("another secret of at least thirty-two", "store", "one.1");
    EXPECT_EQ(refusal(stranger.encode(channel, BusProbe{1})), Errc::forbidden);
    // A line feed in a name cannot move the border between channel and text.
    EXPECT_EQ(refusal(good, std::string(channel) + "\n"), Errc::forbidden);
}

TEST_F(BusMessageTest, AMessageBelongsToItsStore) {
    const BusCodec other(secret, "another store", "one.1");
    EXPECT_EQ(refusal(other.encode(channel, BusProbe{1})), Errc::invalid_field);
}

TEST_F(BusMessageTest, WhatIsTooLargeIsRefusedUnread) {
    EXPECT_EQ(refusal(std::string(bus_message_bytes_max + 1, 'x')), Errc::too_large);
    EXPECT_EQ(refusal(std::string(std::size_t{1024} * 1024, 'x')), Errc::too_large);
    EXPECT_EQ(refusal(std::string(bus_message_bytes_max, 'x')), Errc::forbidden);
}

TEST_F(BusMessageTest, GarbageIsRefused) {
    for (const std::string_view bytes :
         {"", "x", "parley1\n", "parley0\n{}", "{\"type\":\"update\"}", "\0\0\0\0"}) {
        EXPECT_EQ(refusal(bytes), Errc::forbidden);
    }
}

// What stands between the quotes below is what differs from a good text.
TEST(BusText, IsReadByOneStrictSchema) {
    const auto code_of = [](std::string_view json) {
        const auto read = read_bus_text(json, "s");
        return read.has_value() ? std::optional<Errc>() : read.error().code;
    };
    const std::string hint = R"({"discussion":"d","epoch":"e","seq":1})";
    EXPECT_EQ(code_of(R"({"from":"a","store":"s","hint":)" + hint + "}"), std::nullopt);
    for (const std::string& json : std::vector<std::string>{
             "",
             "{}",
             "[]",
             "null",
             "{\"from\":\"a\",\"store\":\"s\"}",
             R"({"from":"a","store":"s","hint":)" + hint + "} ",
             R"({"from":"a","store":"s","hint":)" + hint + ",\"more\":1}",
             R"({"from":"a","from":"a","store":"s","hint":)" + hint + "}",
             R"({"from":"a","store":"s","hint":)" + hint + ",\"probe\":{\"number\":1}}",
             R"({"from":"","store":"s","hint":)" + hint + "}",
             R"({"from":1,"store":"s","hint":)" + hint + "}",
             R"({"from":")" + std::string(101, 'a') + R"(","store":"s","hint":)" + hint + "}",
             R"({"from":"a\u0000","store":"s","hint":)" + hint + "}",
             R"({"from":"a","store":"s","hint":null})",
             R"({"from":"a","store":"s","hint":[]})",
             R"({"from":"a","store":"s","hint":{"discussion":"d","epoch":"e"}})",
             R"({"from":"a","store":"s","hint":{"discussion":"d d","epoch":"e","seq":1}})",
             R"({"from":"a","store":"s","hint":{"discussion":"d","epoch":"","seq":1}})",
             R"({"from":"a","store":"s","hint":{"discussion":"d","epoch":"e","seq":-1}})",
             R"({"from":"a","store":"s","hint":{"discussion":"d","epoch":"e","seq":1.5}})",
             R"({"from":"a","store":"s","hint":{"discussion":"d","epoch":"e","seq":"1"}})",
             R"({"from":"a","store":"s","hint":{"discussion":"d","epoch":"e","seq":1,"x":1}})",
             R"({"from":"a","store":"s","presence":{"discussion":"d","readers":4294967296}})",
             R"({"from":"a","store":"s","spent":[{"kind":256,"key":"k","count":1}]})",
             R"({"from":"a","store":"s","spent":[{"kind":0,"key":"k","count":0}]})",
             R"({"from":"a","store":"s","spent":[1]})",
         }) {
        const auto code = code_of(json);
        if (json.ends_with("} ")) EXPECT_EQ(code, std::nullopt) << json;
        else EXPECT_EQ(code, Errc::malformed) << json;
    }
    EXPECT_EQ(code_of(R"({"from":"a","store":"t","hint":)" + hint + "}"), Errc::invalid_field);
}

TEST(BusText, AChangesetThatContradictsItselfIsRefused) {
    const auto is_good = [](const std::string& part, const std::string& with) {
        std::string json =
            R"({"from":"a","store":"s","changeset":{"discussion":"d","epoch":"e","prev":4,)"
            R"("seq":5,"comment_count":1,"takes_text_away":false,"comments":[{"content_seq":5,)"
            R"("score_seq":3,"comment":{"id":"1","parent":null,"path":[],"number":"1",)"
            R"("in_reply_to":null,"author":{"id":"1","name":"A","badges":["b"]},)"
            R"("created_at":"2026-01-22T09:44:00.000Z","edited_at":null,"state":"visible",)"
            R"("body":"x","content":[["p","x",["a","https://e","y"]]],"quote":null,"up":0,)"
            R"("down":0,"score":0,"replies":0,"seq":5}}],"scores":[]}})";
        const std::size_t at = json.find(part);
        EXPECT_NE(at, std::string::npos) << part;
        json.replace(at, part.size(), with);
        return read_bus_text(json, "s").has_value();
    };
    EXPECT_TRUE(is_good("", ""));
    EXPECT_FALSE(is_good(R"("prev":4)", R"("prev":5)")) << "nothing changed";
    EXPECT_FALSE(is_good(R"("score_seq":3)", R"("score_seq":6)")) << "newer than the comment";
    EXPECT_FALSE(is_good(R"("id":"1","parent")", R"("id":"01","parent")"));
    EXPECT_FALSE(is_good(R"("id":"1","parent")", R"("id":1,"parent")"));
    EXPECT_FALSE(is_good(R"("path":[])", R"("path":["x"])"));
    EXPECT_FALSE(is_good(R"("state":"visible")", R"("state":"gone")"));
    EXPECT_FALSE(is_good(R"(2026-01-22T)", R"(2026-13-22T)"));
    EXPECT_FALSE(is_good(R"("badges":["b"])", R"("badges":[1])"));
    EXPECT_FALSE(is_good(R"(["p","x")", R"(["script","x")")) << "no such tag";
    EXPECT_FALSE(is_good(R"(["p","x")", R"(["text","x")")) << "a text is no element";
    EXPECT_FALSE(is_good(R"(["a","https://e","y"])", R"(["a"])")) << "a link without a target";
    EXPECT_FALSE(is_good(R"(["a","https://e","y"])", "[]"));
    EXPECT_FALSE(is_good(R"("takes_text_away":false)", R"("takes_text_away":0)"));
    EXPECT_FALSE(is_good(R"("author":{"id":"1","name":"A","badges":["b"]})", R"("author":1)"));
    EXPECT_FALSE(is_good(R"("quote":null)", R"("quote":{})"));
    EXPECT_FALSE(is_good(R"("scores":[])", R"("scores":{})"));
    EXPECT_FALSE(is_good(R"("scores":[])", R"("scores":[],"info":{})"));
}

TEST(BusText, ATreeMayBeAsDeepAsMarkdownAndNoDeeper) {
    const auto reads = [](std::size_t depth) {
        auto changeset = std::make_shared<Changeset>(*large_changeset(1));
        CommentContent content = *changeset->comments.front().content;
        ContentNode node{ContentTag::text, "x", {}};
        for (std::size_t i = 0; i < depth; ++i) node = {ContentTag::quote, "", {node}};
        content.content = {node};
        changeset->comments.front().content =
            std::make_shared<const CommentContent>(std::move(content));
        const BusCodec codec(secret, "store", "one.1");
        const BusContent sent = std::shared_ptr<const Changeset>(changeset);
        return codec.decode(channel, codec.encode(channel, sent)).has_value();
    };
    EXPECT_TRUE(reads(content_depth_max));
    EXPECT_FALSE(reads(content_depth_max + 1));
    EXPECT_FALSE(reads(1'000));
}

TEST(Installation, IsNamedByItsSecretWithoutGivingItAway) {
    const std::string name = installation_of(secret);
    EXPECT_EQ(name.size(), 16U);
    EXPECT_EQ(name, installation_of(secret));
    EXPECT_NE(name, installation_of("another secret of at least thirty-two"));
    EXPECT_EQ(name.find_first_not_of("0123456789abcdef"), std::string::npos);
}

}  // namespace
}  // namespace parley
