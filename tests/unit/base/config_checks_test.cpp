#include "base/config_checks.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace parley {
namespace {

using Check = Complaint (*)(std::string_view);

void expect_fine(Check check, std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) {
        EXPECT_EQ(check(text).value_or("fine"), "fine") << text;
    }
}

void expect_refused(Check check, std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) {
        const Complaint complaint = check(text);
        ASSERT_TRUE(complaint) << text;
        EXPECT_TRUE(complaint->starts_with("must ") || complaint->starts_with("has "))
            << *complaint;
    }
}

TEST(ConfigChecks, Hosts) {
    expect_fine(check_host, {"127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1", "localhost",
                             "talk.example.com", "host-1", "h_1.internal"});
    expect_refused(check_host, {"", "127.0.0.256", "1.2.3", "a b", "-a", "a-", "a..b", "a.", ".a",
                                "host:80", "http://a", "[::1]", std::string_view("a\0b", 3)});
}

TEST(ConfigChecks, Instances) {
    expect_fine(check_instance, {"", "web-1", "host.example:4711", "A_b"});
    expect_refused(check_instance, {"a b", "é", "a\n", "a\"b"});
    EXPECT_FALSE(check_instance(std::string(64, 'a')));
    EXPECT_TRUE(check_instance(std::string(65, 'a')));
}

TEST(ConfigChecks, AddressBlocks) {
    expect_fine(check_address_block, {"10.0.0.7", "10.0.0.0/8", "10.0.0.7/32", "::1", "fd00::/8",
                                      "2001:db8::/128", "::ffff:10.0.0.0/104"});
    expect_refused(check_address_block,
                   {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0/8",
                    "10.0.0.0/8/8", "fd00::/129", "localhost", "10.0.0.0 /8", "10.0.0.0/a",
                    "10.0.0.0/4294967304", std::string_view("10.0.0.1\0x", 10)});
}

TEST(ConfigChecks, NobodyTrustsTheWholeNetworkByABlock) {
    for (const std::string_view all : {"0.0.0.0/0", "::/0"}) {
        EXPECT_NE(check_address_block(all).value_or("").find("forge"), std::string::npos) << all;
    }
}

TEST(ConfigChecks, StoreUrls) {
    expect_fine(check_store_url, {"sqlite:parley.db", "sqlite:/var/lib/parley/parley.db",
                                  "sqlite:///var/lib/parley.db", "sqlite::memory:", "sqlite:./:odd",
                                  "sqlite:with space.db", "postgresql://u:p@h/db",
                                  "postgres://h:5433/db?sslmode=verify-full"});
    expect_refused(check_store_url,
                   {"", "parley.db", "sqlite:", "sqlite::memory", "sqlite://host", "sqlite:a\nb",
                    "postgresql://", "postgresql://h\n", "mysql://h/db", "SQLITE:a"});
}

TEST(ConfigChecks, AForeignSchemeIsNamedButNotItsSecrets) {
    const std::string store = check_store_url("mysql://user:hunter2@db/parley").value_or("");
    EXPECT_NE(store.find("\"mysql:\""), std::string::npos) << store;
    EXPECT_NE(store.find("sqlite:PATH or sqlite::memory:"), std::string::npos) << store;
    EXPECT_EQ(store.find("hunter2"), std::string::npos) << store;
    const std::string bus = check_bus_url("amqp://:hunter2@cache:6379").value_or("");
    EXPECT_NE(bus.find("\"amqp:\""), std::string::npos) << bus;
    EXPECT_NE(bus.find("local:"), std::string::npos) << bus;
    EXPECT_EQ(bus.find("hunter2"), std::string::npos) << bus;
}

TEST(ConfigChecks, Buses) {
    expect_fine(check_bus_url, {"local:", "redis://127.0.0.1:6379", "rediss://u:p@h",
                                "redis+sentinel://a:26379,b:26379/parley"});
    expect_refused(check_bus_url,
                   {"", "local", "local:x", "redis:", "redis://", "redis://h\n", "REDIS://h"});
    expect_fine(check_bus_secret, {"", "0123456789abcdef0123456789abcdef"});
    expect_refused(check_bus_secret, {"short", "0123456789abcdef0123456789abcde\n"});
}

TEST(ConfigChecks, SiteNames) {
    expect_fine(check_site_name, {"Parley", "Äußerung täglich", "東京新聞", "\"Quoted\" & <odd>"});
    expect_refused(check_site_name, {"", "two\nlines", "\xFF", "\xE2\x80\xAEright to left"});
    std::string longest;
    for (int i = 0; i < 100; ++i) longest += "é";
    EXPECT_FALSE(check_site_name(longest));
    EXPECT_TRUE(check_site_name(longest + "é"));
}

TEST(ConfigChecks, Origins) {
    expect_fine(check_origin, {"https://www.example.com", "http://localhost:8080",
                               "https://127.0.0.1:8443", "http://[::1]:8080", "https://[fd00::1]",
                               "https://xn--bcher-kva.example", "http://a:443", "https://a:80"});
    expect_refused(check_origin, {"",
                                  "*",
                                  "null",
                                  "example.com",
                                  "//example.com",
                                  "ftp://example.com",
                                  "HTTPS://example.com",
                                  "https://",
                                  "https://:8080",
                                  "https://example.com/",
                                  "https://example.com/path",
                                  "https://example.com?x",
                                  "https://example.com#x",
                                  "https://user@example.com",
                                  "https://user:pw@example.com",
                                  "https://Example.com",
                                  "https://example.com.",
                                  "https://.example.com",
                                  "https://*.example.com",
                                  "https://exa mple.com",
                                  "https://bücher.example",
                                  "https://example.com:",
                                  "https://example.com:0",
                                  "https://example.com:65536",
                                  "https://example.com:080",
                                  "https://example.com:443",
                                  "http://example.com:80",
                                  "https://[::1",
                                  "https://[]",
                                  "https://[::1]x",
                                  "https://[1.2.3.4]",
                                  "https://1.2.3.256",
                                  "https://example.com\\@evil.example"});
}

TEST(ConfigChecks, AnOriginNeedsNoSiteUrl) {
    expect_fine(check_site_url, {"", "https://talk.example.com"});
    expect_refused(check_site_url, {"https://talk.example.com/"});
}

TEST(ConfigChecks, ComplaintsSayWhatToChange) {
    EXPECT_NE(check_origin("https://a.example/").value_or("").find("no slash at the end"),
              std::string::npos);
    EXPECT_NE(check_origin("https://a.example:443").value_or("").find("leave out the port"),
              std::string::npos);
    EXPECT_NE(check_origin("https://A.example").value_or("").find("lower case"), std::string::npos);
}

}  // namespace
}  // namespace parley
