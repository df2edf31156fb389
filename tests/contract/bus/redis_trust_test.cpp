#include "contract/bus/bus_fixture.hpp"

#include <cstdlib>
#include <map>

namespace parley::test {
namespace {

class RedisTrust : public RedisBusTest {
protected:
    RedisTrust() : RedisBusTest(PARLEY_SOURCE_DIR) {}
    // So many connections were made to that server but for our own: whoever is refused tries again.
    int connections(const std::string& name) {
        const std::string info = lab.ask("cli " + name + " INFO stats");
        const std::string key = "total_connections_received:";
        return std::stoi(info.substr(info.find(key) + key.size())) - ++asked_[name];
    }
    // It was tried often enough for any other outcome.
    bool is_tried_in_vain(const Instance& instance, const std::string& server) {
        const int before = connections(server);
        return comes_about([&] { return connections(server) >= before + 5; }) && !instance.is_up();
    }
    // The same where no connection comes about at all.
    bool shakes_hands_in_vain(const Instance& instance, const std::string& server) {
        const auto failed = [&] {
            return std::stoi(lab.ask("log " + server + " Error accepting a client connection"));
        };
        const int before = failed();
        return comes_about([&] { return failed() >= before + 5; }) && !instance.is_up();
    }

private:
    std::map<std::string, int> asked_;
};

// The rights that server/bus/README.md names, and no others.
constexpr std::string_view rights =
    " on >s3cret resetkeys resetchannels &parley:* -@all +publish +subscribe +ping +role "
    "+client|setname";

TEST_F(RedisTrust, ForgedMessagesAreRefusedAndCounted) {
    const std::string url = "redis://" + lab.start("a");
    Instance one(url, "one");
    Instance two(url, "two");
    ASSERT_TRUE(reach_each_other(one, two));
    const auto lines = two.listener.lines();
    const std::string store = installation_of(secret);
    const auto channels = channel_names("parley", store);
    const BusCodec ours(secret, store, "one.0");
    const BusCodec stranger("another secret of at least thirty-two", store, "one.0");
    const BusCodec other_store(secret, "another store", "one.0");
    RawClient client(port_of(url));
    for (std::size_t i = 0; i < 1'000; ++i) {
        const std::string& channel = channels[i % channels.size()];
        const std::string& wrong_channel = channels[(i + 1) % channels.size()];
        const BusContent hint = BusHint{{"forged"}, {{"k3v9"}, 1}};
        std::string good = ours.encode(channel, hint);
        const std::string forged[] = {
            "garbage",
            "",
            std::string(i % 100 == 2 ? 1'000'000 : bus_message_bytes_max + 1, 'x'),
            R"({"type":"update","topic":"discussion:forged"})",
            stranger.encode(channel, hint),
            other_store.encode(channel, hint),
            ours.encode(wrong_channel, hint),
            good.substr(0, good.size() - 1),
            good + " ",
            "parley0\n" + good.substr(8),
        };
        ASSERT_EQ(client.publish(channel, forged[i % std::size(forged)]), 2) << i;
    }
    ASSERT_TRUE(comes_about([&] { return two.bus->stats().refused >= 1'000; }));
    EXPECT_EQ(two.bus->stats().refused, 1'000U);
    EXPECT_EQ(two.listener.lines(), lines) << "nothing of it was handed on";
    EXPECT_TRUE(reach_each_other(one, two));
    EXPECT_EQ(two.bus->stats().connects, 1U) << "and it cost no connection";
    EXPECT_EQ(one.bus->stats().refused, 1'000U);
}

TEST_F(RedisTrust, AMessageOfAnotherEpochIsHandedOn) {
    // After a restored backup instances may not agree for a moment: rooms look, which is for them
    // to decide.
    const std::string url = "redis://" + lab.start("a");
    Instance one(url, "one");
    Instance two(url, "two");
    ASSERT_TRUE(reach_each_other(one, two));
    auto other = std::make_shared<Changeset>(*changeset_of("tram-line", 5));
    other->epoch = {"another"};
    one.bus->publish(other);
    EXPECT_TRUE(two.hears("tram-line 5"));
}

TEST_F(RedisTrust, FewRightsAreEnough) {
    const std::string address = lab.start("a");
    lab.ask("cli a ACL SETUSER parley" + std::string(rights));
    lab.ask("cli a ACL SETUSER default off");
    const std::string url = "redis://parley:s3cret@" + address;
    Instance one(url, "one");
    Instance two(url, "two");
    EXPECT_TRUE(reach_each_other(one, two));
}

TEST_F(RedisTrust, AWrongPasswordHealsWhenItIsMadeRight) {
    const std::string url = "redis://parley:s3cret@" + lab.start("a");
    Instance one(url, "one");
    ASSERT_TRUE(is_tried_in_vain(one, "a")) << "there is no such user";
    lab.ask("cli a ACL SETUSER parley on >other &parley:* -@all +publish +subscribe +ping +role");
    ASSERT_TRUE(is_tried_in_vain(one, "a")) << "the password is wrong";
    lab.ask("cli a ACL SETUSER parley >s3cret");
    EXPECT_TRUE(one.comes_up());
    lab.ask("cli a ACL DELUSER parley");
    EXPECT_TRUE(one.goes_down());
    lab.ask("cli a ACL SETUSER parley" + std::string(rights));
    EXPECT_TRUE(one.comes_up());
}

TEST_F(RedisTrust, RightsThatAreMissingHealWhenTheyAreGiven) {
    const std::string url = "redis://parley:s3cret@" + lab.start("a");
    lab.ask(
        "cli a ACL SETUSER parley on >s3cret resetchannels &other:* -@all +publish +subscribe "
        "+ping +role");
    Instance one(url, "one");
    ASSERT_TRUE(is_tried_in_vain(one, "a")) << "its channels are not allowed";
    lab.ask("cli a ACL SETUSER parley &parley:* -publish");
    ASSERT_TRUE(is_tried_in_vain(one, "a")) << "it may only listen";
    lab.ask("cli a ACL SETUSER parley +publish");
    EXPECT_TRUE(one.comes_up());
}

TEST_F(RedisTrust, TheDefaultUserMayHaveAPassword) {
    const std::string address = lab.start("a", "--requirepass s3cret");
    Instance one("redis://:s3cret@" + address, "one");
    EXPECT_TRUE(one.comes_up());
}

class RedisTls : public RedisTrust {
protected:
    // Starts a server; its port and the file of its CA.
    void start(const std::string& name, const std::string& alternative = {}) {
        const std::string answer = lab.ask("tls " + name + " " + alternative);
        port = answer.substr(0, answer.find(' '));
        ca = answer.substr(answer.find(' ') + 1);
    }
    std::string port;
    std::string ca;
};

TEST_F(RedisTls, AVerifiedServerIsTalkedToByNameOrAddress) {
    start("t");
    Instance one("rediss://127.0.0.1:" + port + "?cacert=" + ca, "one");
    Instance two("rediss://localhost:" + port + "?cacert=" + ca, "two");
    ASSERT_TRUE(reach_each_other(one, two));
    lab.ask("kill t");
    ASSERT_TRUE(one.goes_down() && two.goes_down());
    lab.ask("restart t");
    EXPECT_TRUE(reach_each_other(one, two));
}

TEST_F(RedisTls, TheEnvironmentMayNameTheCertificates) {
    start("t");
    ::setenv("SSL_CERT_FILE", ca.c_str(), 1);
    Instance one("rediss://localhost:" + port, "one");
    ::unsetenv("SSL_CERT_FILE");
    EXPECT_TRUE(one.comes_up());
}

TEST_F(RedisTls, AnUnknownCertificateIsRefused) {
    start("t");
    Instance one("rediss://localhost:" + port, "one");
    EXPECT_TRUE(shakes_hands_in_vain(one, "t"));
}

TEST_F(RedisTls, ACertificateForAnotherHostIsRefused) {
    start("t", "DNS:redis.example");
    Instance by_name("rediss://localhost:" + port + "?cacert=" + ca, "one");
    Instance by_address("rediss://127.0.0.1:" + port + "?cacert=" + ca, "two");
    EXPECT_TRUE(shakes_hands_in_vain(by_name, "t"));
    EXPECT_TRUE(shakes_hands_in_vain(by_address, "t"));
}

TEST_F(RedisTls, NobodyIsTalkedToWithoutIt) {
    start("t");
    const std::string plain = lab.start("a");
    Instance plain_to_tls("redis://127.0.0.1:" + port, "one");
    Instance tls_to_plain("rediss://" + plain + "?cacert=" + ca, "two");
    EXPECT_TRUE(shakes_hands_in_vain(plain_to_tls, "t"));
    EXPECT_TRUE(is_tried_in_vain(tls_to_plain, "a"));
}

TEST_F(RedisTls, CertificatesThatCannotBeReadStopTheStart) {
    const auto bus =
        make_redis_bus({"rediss://localhost?cacert=/nonexistent.pem", std::string(secret), "one"});
    ASSERT_TRUE(bus.has_error());
    EXPECT_EQ(bus.error().code, Errc::invalid_field);
}

}  // namespace
}  // namespace parley::test
