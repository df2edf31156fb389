#include "net/websocket/handshake.hpp"

#include "base/limits.hpp"
#include "net/websocket/header_lists.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

HandshakeRequest good() {
    HandshakeRequest request;
    request.method = "GET";
    request.upgrade = {"websocket"};
    request.connection = {"keep-alive, Upgrade"};
    request.key = {"dGhlIHNhbXBsZSBub25jZQ=="};
    request.version = {"13"};
    return request;
}

Handshake with_extensions(std::vector<std::string_view> offers) {
    HandshakeRequest request = good();
    request.extensions = std::move(offers);
    return shake_hands(request);
}

TEST(Handshake, AnswersTheExampleOfTheStandard) {
    const Handshake shaken = shake_hands(good());
    ASSERT_TRUE(shaken.accepted());
    EXPECT_FALSE(shaken.deflate);
    EXPECT_EQ(shaken.response,
              "HTTP/1.1 101 Switching Protocols\r\n"
              "Server: Parley\r\n"
              "Upgrade: websocket\r\n"
              "Connection: Upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
              "\r\n");
}

TEST(Handshake, RefusesWhatIsNoUpgrade) {
    const auto refused = [](auto change) {
        HandshakeRequest request = good();
        change(request);
        const Handshake shaken = shake_hands(request);
        EXPECT_TRUE(shaken.response.empty());
        EXPECT_EQ(shaken.refusal.empty(), shaken.accepted());
        return shaken.status;
    };
    EXPECT_EQ(refused([](HandshakeRequest& r) { r.method = "POST"; }), 400);
    EXPECT_EQ(refused([](HandshakeRequest& r) { r.http_version = 10; }), 400);
    for (const char* const bad :
         {"", "h2c", "websockets", "web socket", "websocket/13", "websocket;"}) {
        EXPECT_EQ(refused([&](HandshakeRequest& r) { r.upgrade = {bad}; }), 426) << bad;
    }
    EXPECT_EQ(refused([](HandshakeRequest& r) { r.upgrade.clear(); }), 426);
    EXPECT_EQ(refused([](HandshakeRequest& r) { r.connection.clear(); }), 400);
    EXPECT_EQ(refused([](HandshakeRequest& r) { r.connection = {"keep-alive"}; }), 400);
    EXPECT_EQ(refused([](HandshakeRequest& r) { r.version.clear(); }), 426);
    for (const char* const bad : {"", "0", "8", "12", "14", "777", "13, 8", "013", "+13", "1 3"}) {
        EXPECT_EQ(refused([&](HandshakeRequest& r) { r.version = {bad}; }), 426) << bad;
    }
    EXPECT_EQ(refused([](HandshakeRequest& r) { r.version = {"13", "13"}; }), 400);
    EXPECT_EQ(refused([](HandshakeRequest& r) { r.key.clear(); }), 400);
    EXPECT_EQ(refused([](HandshakeRequest& r) { r.key = {r.key[0], r.key[0]}; }), 400);
    for (const char* const bad :
         {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQAA",
          "dGhlIHNhbXBsZSBub25j****", "dGhl IHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ==="}) {
        EXPECT_EQ(refused([&](HandshakeRequest& r) { r.key = {bad}; }), 400) << bad;
    }
}

TEST(Handshake, ReadsListsInAnyForm) {
    HandshakeRequest request = good();
    request.upgrade = {"h2c", " , WebSocket "};
    request.connection = {"keep-alive", "upgrade"};
    request.key = {" dGhlIHNhbXBsZSBub25jZQ==\t"};
    request.version = {" 13 "};
    EXPECT_TRUE(shake_hands(request).accepted());
}

TEST(Handshake, NamesTheSubprotocolOnlyWhereItWasOffered) {
    const auto named = [](std::vector<std::string_view> offers) {
        HandshakeRequest request = good();
        request.protocols = std::move(offers);
        const Handshake shaken = shake_hands(request);
        EXPECT_TRUE(shaken.accepted());
        return shaken.response.find("Sec-WebSocket-Protocol: parley.v1\r\n") != std::string::npos;
    };
    EXPECT_TRUE(named({"parley.v1"}));
    EXPECT_TRUE(named({"chat, parley.v1"}));
    EXPECT_TRUE(named({"chat", "parley.v1"}));
    EXPECT_FALSE(named({}));
    EXPECT_FALSE(named({"chat"}));
    EXPECT_FALSE(named({"PARLEY.V1"}));
    EXPECT_FALSE(named({"parley.v10"}));
    HandshakeRequest request = good();
    request.protocols = {"parley v1"};
    EXPECT_EQ(shake_hands(request).status, 400);
}

TEST(Handshake, TakesTheFirstOfferOfDeflateThatItCanKeep) {
    const std::string plain =
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover\r\n";
    for (const char* const offer :
         {"permessage-deflate", "Permessage-Deflate ;client_max_window_bits",
          "permessage-deflate; client_max_window_bits=8",
          "permessage-deflate; client_max_window_bits=\"10\"",
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
          "x-webkit-deflate-frame, permessage-deflate",
          "permessage-deflate; server_max_window_bits=10, permessage-deflate",
          "permessage-deflate; unknown, permessage-deflate; client_max_window_bits"}) {
        const Handshake shaken = with_extensions({offer});
        EXPECT_TRUE(shaken.deflate) << offer;
        EXPECT_NE(shaken.response.find(plain), std::string::npos) << shaken.response;
    }
    const Handshake bits = with_extensions({"permessage-deflate; server_max_window_bits=15"});
    EXPECT_TRUE(bits.deflate);
    EXPECT_NE(bits.response.find("; server_max_window_bits=15\r\n"), std::string::npos);
    EXPECT_TRUE(with_extensions({"foo", "permessage-deflate"}).deflate);
}

TEST(Handshake, DeclinesOffersThatItCannotKeep) {
    for (const char* const offer :
         {"", "deflate", "permessage-deflate2", "permessage-deflate; server_max_window_bits",
          "permessage-deflate; server_max_window_bits=14",
          "permessage-deflate; server_max_window_bits=16",
          "permessage-deflate; server_max_window_bits=015",
          "permessage-deflate; client_max_window_bits=7",
          "permessage-deflate; client_max_window_bits=16",
          "permessage-deflate; client_max_window_bits=010",
          "permessage-deflate; client_max_window_bits=a",
          "permessage-deflate; server_no_context_takeover=1",
          "permessage-deflate; client_no_context_takeover=true",
          "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
          "permessage-deflate; server_no_context_takeover; SERVER_no_context_takeover",
          "permessage-deflate; mode=fast"}) {
        const Handshake shaken = with_extensions({offer});
        EXPECT_TRUE(shaken.accepted()) << offer;
        EXPECT_FALSE(shaken.deflate) << offer;
        EXPECT_EQ(shaken.response.find("Extensions"), std::string::npos) << offer;
    }
}

TEST(Handshake, RefusesExtensionsThatAreMalformedOrTooMany) {
    for (const char* const bad :
         {";", "permessage-deflate;", "permessage-deflate; =1", "permessage-deflate; a=", "a b",
          "permessage-deflate; a=\"", "permessage-deflate; a=\"\"", "permessage-deflate; a=\"b c\"",
          "permessage-deflate; a==b", "permessage-deflate/1", "permessage-deflate, \x01"}) {
        EXPECT_EQ(with_extensions({bad}).status, 400) << bad;
    }
    const std::string many(handshake_list_bytes_max, 'x');
    EXPECT_EQ(with_extensions({many}).status, 101);
    EXPECT_EQ(with_extensions({many, "x"}).status, 400);
    HandshakeRequest request = good();
    request.protocols = {many, "x"};
    EXPECT_EQ(shake_hands(request).status, 400);
}

TEST(HeaderLists, AreReadStrictly) {
    const auto tokens = parse_token_list(" a ,, b\t,");
    ASSERT_TRUE(tokens.has_value());
    EXPECT_EQ(*tokens, (std::vector<std::string_view>{"a", "b"}));
    EXPECT_TRUE(parse_token_list("")->empty());
    for (const char* const bad : {"a b", "a;b", "(a)", "a, \"b\"", "\xC3\xA9"}) {
        EXPECT_FALSE(parse_token_list(bad).has_value()) << bad;
    }
    const auto offers = parse_extension_list("a; b=c ;d , e;f=\"g\"");
    ASSERT_TRUE(offers.has_value());
    ASSERT_EQ(offers->size(), 2U);
    EXPECT_EQ((*offers)[0].parameters[0].value, "c");
    EXPECT_FALSE((*offers)[0].parameters[1].value.has_value());
    EXPECT_EQ((*offers)[1].parameters[0].value, "g");
}

}  // namespace
}  // namespace parley
