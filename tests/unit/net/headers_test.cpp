#include "net/http/headers.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Target, IsDecodedIntoPathAndQuery) {
    const auto target = parse_target("/d/tram%2Dline?sort=newest&limit=5&empty=&plus=a+b%2B");
    ASSERT_TRUE(target.has_value());
    EXPECT_EQ(target->path, "/d/tram-line");
    EXPECT_EQ(target->query.at("sort"), "newest");
    EXPECT_EQ(target->query.at("empty"), "");
    EXPECT_EQ(target->query.at("plus"), "a b+");
    EXPECT_TRUE(parse_target("/?")->query.empty());
}

TEST(Target, RefusesWhatCouldBeReadInTwoWays) {
    for (const char* bad :
         {"", "d", "http://a/", "/%", "/%4", "/%zz", "/%00", "/?a=1&a=2", "/?a=%"}) {
        EXPECT_TRUE(parse_target(bad).has_error()) << bad;
    }
}

TEST(Cookie, IsFoundByItsWholeNameAndOnlyOnce) {
    EXPECT_EQ(find_cookie("a=1; session=x; b=2", "session"), "x");
    EXPECT_EQ(find_cookie("session=", "session"), "");
    EXPECT_FALSE(find_cookie("xsession=1; session2=2", "session").has_value());
    EXPECT_FALSE(find_cookie("session=1; session=2", "session").has_value());
    EXPECT_FALSE(find_cookie("", "session").has_value());
}

TEST(BearerToken, NeedsItsScheme) {
    EXPECT_EQ(bearer_token("Bearer abc"), "abc");
    EXPECT_EQ(bearer_token("bearer abc"), "abc");
    EXPECT_FALSE(bearer_token("Basic abc").has_value());
    EXPECT_FALSE(bearer_token("Bearer").has_value());
}

TEST(AcceptEncoding, FollowsQualityZero) {
    EXPECT_TRUE(accepts_gzip("gzip, deflate, br"));
    EXPECT_TRUE(accepts_gzip("*"));
    EXPECT_TRUE(accepts_gzip("gzip;q=0.5"));
    EXPECT_FALSE(accepts_gzip("gzip;q=0"));
    EXPECT_FALSE(accepts_gzip("gzip; q=0.0"));
    EXPECT_FALSE(accepts_gzip("gzip;q=0, *"));
    EXPECT_FALSE(accepts_gzip("br"));
    EXPECT_FALSE(accepts_gzip(""));
}

TEST(EntityTag, MatchesWeaklyInAList) {
    EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
    EXPECT_TRUE(etag_matches("\"b\", W/\"a\"", "\"a\""));
    EXPECT_TRUE(etag_matches("*", "\"a\""));
    EXPECT_FALSE(etag_matches("\"ab\"", "\"a\""));
    EXPECT_FALSE(etag_matches("", "\"a\""));
}

TEST(ContentType, IsJsonWithOrWithoutParameters) {
    EXPECT_TRUE(is_json("application/json"));
    EXPECT_TRUE(is_json("Application/JSON; charset=utf-8"));
    EXPECT_FALSE(is_json("text/plain"));
    EXPECT_FALSE(is_json("application/jsonp"));
    EXPECT_FALSE(is_json(""));
}

TEST(Origin, TheHostOfTheRequestIsItsOwnUnlessASiteIsConfigured) {
    const Config::Site unset;
    EXPECT_TRUE(origin_allowed("http://localhost:8080", "localhost:8080", unset));
    EXPECT_TRUE(origin_allowed("https://news.example", "news.example", unset));
    EXPECT_TRUE(origin_allowed("https://news.example", "news.example:443", unset));
    for (const char* foreign : {"http://evil.example", "http://localhost", "http://localhost:80801",
                                "http://localhost:8080.evil.example", "null", "", "file://",
                                "http://user@localhost:8080", "http://localhost.:8080"}) {
        EXPECT_FALSE(origin_allowed(foreign, "localhost:8080", unset)) << foreign;
    }
    Config::Site site;
    site.url = "https://comments.example";
    site.origins = {"https://news.example"};
    EXPECT_TRUE(origin_allowed("https://comments.example", "10.0.0.1", site));
    EXPECT_TRUE(origin_allowed("https://news.example", "10.0.0.1", site));
    EXPECT_FALSE(origin_allowed("http://comments.example", "comments.example", site));
    EXPECT_FALSE(origin_allowed("https://10.0.0.1", "10.0.0.1", site));
    EXPECT_FALSE(origin_allowed("https://sub.news.example", "10.0.0.1", site));
}

TEST(ClientAddress, ComesFromForwardingHeadersOnlyThroughTrustedProxies) {
    const std::vector<std::string> nobody;
    EXPECT_EQ(client_address("192.0.2.1", "198.51.100.7", nobody), "192.0.2.1");
    const std::vector<std::string> proxies{"10.0.0.0/8", "192.0.2.1", "fd00::/8"};
    EXPECT_EQ(client_address("192.0.2.1", "198.51.100.7", proxies), "198.51.100.7");
    EXPECT_EQ(client_address("192.0.2.1", "", proxies), "192.0.2.1");
    EXPECT_EQ(client_address("203.0.113.9", "198.51.100.7", proxies), "203.0.113.9");
    // The right-most address that is not a proxy; what stands before it anybody could have written.
    EXPECT_EQ(client_address("10.1.1.1", "1.2.3.4, 198.51.100.7, 10.2.2.2", proxies),
              "198.51.100.7");
    EXPECT_EQ(client_address("10.1.1.1", "garbage", proxies), "10.1.1.1");
    EXPECT_EQ(client_address("10.1.1.1", "198.51.100.7, garbage, 10.2.2.2", proxies), "10.2.2.2");
    EXPECT_EQ(client_address("::ffff:10.1.1.1", "2001:db8::1", proxies), "2001:db8::1");
    EXPECT_EQ(client_address("fd00::1", "198.51.100.7", proxies), "198.51.100.7");
}

}  // namespace
}  // namespace parley
