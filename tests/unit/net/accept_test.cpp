#include "net/accept.hpp"

#include "net/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <vector>

namespace parley {
namespace {

// A listening socket on a free port, the loop at it, and those who come.
class AcceptLoopTest : public ::testing::Test {
protected:
    AcceptLoopTest() {
        auto opened = open_listener(io.get_executor(), "127.0.0.1", 0);
        EXPECT_TRUE(opened.has_value());
        acceptor.emplace(std::move(*opened));
    }
    void start(std::function<void(TcpSocket, asio::ip::tcp::endpoint)> serve,
               std::size_t connections_max = 100) {
        asio::co_spawn(io,
                       accept_connections({*acceptor, connections_max,
                                           [this] { return accepted.size(); }, std::move(serve)}),
                       [this](const std::exception_ptr& problem) {
                           EXPECT_FALSE(problem);
                           has_ended = true;
                       });
    }
    void dial() {
        dialled.emplace_back(io);
        dialled.back().connect(acceptor->local_endpoint());
    }
    // Runs the loop until the condition holds, which the test's own timeout bounds.
    void run_until(const std::function<bool()>& condition) {
        while (!condition()) ASSERT_GT(io.run_one(), 0U);
    }
    void keep(TcpSocket socket) { accepted.push_back(std::move(socket)); }

    asio::io_context io{1};
    std::optional<TcpAcceptor> acceptor;
    std::vector<asio::ip::tcp::socket> dialled;
    std::vector<TcpSocket> accepted;
    bool has_ended = false;
};

TEST_F(AcceptLoopTest, AnExceptionCostsOneConnectionAndNotTheLoop) {
    int failures = 0;
    start([&](TcpSocket socket, const asio::ip::tcp::endpoint& /*peer*/) {
        if (failures < 2) {
            ++failures;
            throw std::runtime_error("a bug");
        }
        keep(std::move(socket));
    });
    for (int i = 0; i < 3; ++i) dial();
    run_until([&] { return accepted.size() == 1; });
    EXPECT_EQ(failures, 2);
    EXPECT_FALSE(has_ended);
}

TEST_F(AcceptLoopTest, WhoComesToAFullServerWaitsUntilAnotherGoes) {
    start([&](TcpSocket socket, const auto& /*peer*/) { keep(std::move(socket)); }, 2);
    for (int i = 0; i < 3; ++i) dial();
    run_until([&] { return accepted.size() == 2; });
    accepted.pop_back();
    run_until([&] { return accepted.size() == 2; });
}

TEST_F(AcceptLoopTest, ShortOfDescriptorsItWaitsForThem) {
    start([&](TcpSocket socket, const auto& /*peer*/) { keep(std::move(socket)); });
    dial();
    run_until([&] { return accepted.size() == 1; });
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    dial();
    rlimit none = before;
    none.rlim_cur = 1;  // those that are open stay so
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    // The failed attempt, and at least two pauses after it.
    std::size_t turns = 0;
    while (turns < 3) turns += io.run_one();
    EXPECT_EQ(accepted.size(), 1U);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    run_until([&] { return accepted.size() == 2; });
}

TEST_F(AcceptLoopTest, EndsWhenItsSocketIsClosed) {
    start([&](TcpSocket socket, const auto& /*peer*/) { keep(std::move(socket)); });
    dial();
    run_until([&] { return accepted.size() == 1; });
    acceptor->close();
    io.run();
    EXPECT_TRUE(has_ended);
}

// So many as the system allows may wait to be accepted: tcpi_sacked of a listening socket is that
// bound.
TEST_F(AcceptLoopTest, TheKernelKeepsAsManyWaitingAsItMay) {
    int allowed = 0;
    std::ifstream("/proc/sys/net/core/somaxconn") >> allowed;
    ASSERT_GT(allowed, 0);
    tcp_info info{};
    socklen_t size = sizeof info;
    ASSERT_EQ(::getsockopt(acceptor->native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    EXPECT_EQ(info.tcpi_sacked, static_cast<unsigned>(std::min(allowed, SOMAXCONN)));
}

}  // namespace
}  // namespace parley
