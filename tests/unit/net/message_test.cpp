#include "net/http/message.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(HttpMessage, TheHeadIsStatusLineFieldsAndAnEmptyLine) {
    HttpResponse response = json_response(200, "{}");
    const std::string head = head_of(response, {11, true});
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\nServer: Parley\r\n")) << head;
    EXPECT_TRUE(
        head.ends_with("\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
                       "Content-Length: 2\r\n\r\n"))
        << head;
    for (const char* field : {"X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
                              "Content-Security-Policy: default-src 'none'; ",
                              "Cross-Origin-Opener-Policy: same-origin"}) {
        EXPECT_NE(head.find(std::string("\r\n") + field), std::string::npos) << field;
    }
}

TEST(HttpMessage, TheConnectionIsNamedWhereItIsNotWhatTheVersionMeans) {
    const HttpResponse response = json_response(200, "{}");
    const auto connection_of = [&](unsigned version, bool keep_alive) {
        const std::string head = head_of(response, {version, keep_alive});
        const std::size_t at = head.find("Connection: ");
        return at == std::string::npos ? "" : head.substr(at + 12, head.find('\r', at) - at - 12);
    };
    EXPECT_EQ(connection_of(11, true), "");
    EXPECT_EQ(connection_of(11, false), "close");
    EXPECT_EQ(connection_of(10, true), "keep-alive");
    EXPECT_EQ(connection_of(10, false), "close");
    EXPECT_TRUE(head_of(response, {10, true}).starts_with("HTTP/1.0 200 OK\r\n"));
}

TEST(HttpMessage, NoBodyNoLength) {
    for (const int status : {204, 304}) {
        HttpResponse response;
        response.status = status;
        EXPECT_FALSE(has_body(response));
        EXPECT_EQ(head_of(response, {11, true}).find("Content-Length"), std::string::npos);
    }
    HttpResponse empty;
    EXPECT_NE(head_of(empty, {11, true}).find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(HttpMessage, SharedBytesAreTheContentWhileTheirOwnerLives) {
    auto bytes = std::make_shared<const std::string>("shared");
    HttpResponse response;
    response.body = "own";
    EXPECT_EQ(response.content(), "own");
    response.shared_body = *bytes;
    response.shared_owner = bytes;
    bytes.reset();
    EXPECT_EQ(response.content(), "shared");
}

TEST(HttpMessage, EveryErrorHasAReason) {
    for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
        const HttpResponse response = problem_response(make_error(static_cast<Errc>(code)));
        const std::string head = head_of(response, {11, true});
        EXPECT_NE(head.substr(13, 2), "\r\n") << head;
    }
}

}  // namespace
}  // namespace parley
