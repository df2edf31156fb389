#include "redis/address.hpp"

#include <gtest/gtest.h>

namespace parley::redis {
namespace {

TEST(Address, OneServer) {
    const auto plain = parse_address("redis://cache.example").value();
    EXPECT_EQ(plain.hosts, (std::vector<Host>{{"cache.example", 6379}}));
    EXPECT_FALSE(plain.tls);
    EXPECT_FALSE(plain.has_sentinels());
    EXPECT_EQ(plain.prefix, "parley");
    EXPECT_EQ(plain.user + plain.password, "");

    const auto all = parse_address(
                         "rediss://bus:p%40ss%2Fword@[::1]:7000/3"
                         "?cacert=/etc/my%20ca.pem&prefix=talk-1")
                         .value();
    EXPECT_EQ(all.hosts, (std::vector<Host>{{"::1", 7000}}));
    EXPECT_EQ(all.user, "bus");
    EXPECT_EQ(all.password, "p@ss/word");
    EXPECT_TRUE(all.tls);
    EXPECT_EQ(all.ca_file, "/etc/my ca.pem");
    EXPECT_EQ(all.prefix, "talk-1");

    const auto default_user = parse_address("redis://:secret@10.0.0.7:6380/").value();
    EXPECT_EQ(default_user.user, "");
    EXPECT_EQ(default_user.password, "secret");
}

TEST(Address, Sentinels) {
    const auto address = parse_address(
                             "redis+sentinel://u:p@a:1,b,[fd00::2]:3/my-master"
                             "?tls=true&cacert=ca.pem&sentinel_user=s"
                             "&sentinel_password=q")
                             .value();
    EXPECT_EQ(address.hosts, (std::vector<Host>{{"a", 1}, {"b", 26379}, {"fd00::2", 3}}));
    EXPECT_EQ(address.master, "my-master");
    EXPECT_EQ(address.user, "u");
    EXPECT_EQ(address.sentinel_user, "s");
    EXPECT_EQ(address.sentinel_password, "q");
    EXPECT_TRUE(address.tls);
    EXPECT_EQ(address.ca_file, "ca.pem");
    // In any order: what needs TLS may stand before it.
    EXPECT_EQ(parse_address("redis+sentinel://a/m?cacert=ca.pem&tls=true").value().ca_file,
              "ca.pem");
}

TEST(Address, WhatCannotBeReadIsRefusedWithoutThePassword) {
    for (const std::string_view url : {
             "",
             "redis:",
             "http://hunter2@x",
             "redis://",
             "redis://:6379",
             "redis://a b",
             "redis://u:hunter2@",
             "redis://hunter2@host",
             "redis://u:@host",
             "redis://u:hunter2%4@host",
             "redis://u:hunter2%zz@host",
             "redis://a:0",
             "redis://a:",
             "redis://a:65536",
             "redis://a:1x",
             "redis://a,b",
             "redis://a/x",
             "redis://a/12345",
             "redis://[::1",
             "redis://[]",
             "redis://[::g]",
             "redis://[::1]x",
             "redis://a,",
             "redis://a?cacert=x",
             "rediss://a?cacert=",
             "redis://a?prefix=",
             "redis://a?prefix=a:b",
             "redis://a?tls=true",
             "redis://a?sentinel_password=hunter2",
             "redis://a?hunter2",
             "redis+sentinel://a",
             "redis+sentinel://a/",
             "redis+sentinel://a,/m",
             "redis+sentinel://a/m?cacert=x",
             "redis+sentinel://a/m?tls=no",
             "redis+sentinel://a/m/n",
             "redis+sentinel://a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a/m",
         }) {
        const auto address = parse_address(url);
        ASSERT_TRUE(address.has_error()) << url;
        EXPECT_EQ(address.error().code, Errc::invalid_field) << url;
        EXPECT_EQ(address.error().field, "bus.url") << url;
        EXPECT_EQ(address.error().message.find("hunter2"), std::string::npos) << url;
    }
}

TEST(Address, AHostIsShownAsItIsWritten) {
    EXPECT_EQ(to_string(Host{"::1", 6379}), "[::1]:6379");
    EXPECT_EQ(to_string(Host{"redis-1", 1}), "redis-1:1");
}

}  // namespace
}  // namespace parley::redis
