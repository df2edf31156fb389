#include "net/listener.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

class Listeners : public testing::Test {
protected:
    result<TcpAcceptor> open(Listening listening, std::uint16_t port = 0) {
        return open_listener(io.get_executor(), "127.0.0.1", port, listening);
    }
    std::uint16_t port_of(const TcpAcceptor& acceptor) { return acceptor.local_endpoint().port(); }

    asio::io_context io{1};
};

TEST_F(Listeners, APortThatIsTakenIsRefusedWithASentenceThatHelps) {
    const TcpAcceptor taken = open(Listening::alone).value();
    for (const Listening listening : {Listening::alone, Listening::first, Listening::joining}) {
        const auto refused = open(listening, port_of(taken));
        ASSERT_TRUE(refused.has_error());
        EXPECT_EQ(refused.error().code, Errc::unavailable);
        EXPECT_NE(refused.error().message.find("server.port"), std::string::npos);
    }
}

TEST_F(Listeners, SeveralOfOneServerShareAPortAndNobodyElseDoes) {
    const TcpAcceptor first = open(Listening::first).value();
    const auto second = open(Listening::joining, port_of(first));
    ASSERT_TRUE(second.has_value());
    EXPECT_TRUE(open(Listening::joining, port_of(first)).has_value());
    // Neither a server with one event loop, nor another one with several.
    EXPECT_TRUE(open(Listening::alone, port_of(first)).has_error());
    EXPECT_TRUE(open(Listening::first, port_of(first)).has_error());
}

}  // namespace
}  // namespace parley
