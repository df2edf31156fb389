#include "net/listener.hpp"

#include <sys/socket.h>

namespace parley {

namespace {

// As many as the system allows (net.core.somaxconn): after a restart all readers come at once, and
// whom the kernel turns away tries again a second later.
constexpr int backlog_count = asio::socket_base::max_listen_connections;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

Error cannot_listen(const std::string& host, std::uint16_t port,
                    const boost::system::error_code& reason) {
    std::string message =
        "Cannot listen on " + host + ":" + std::to_string(port) + ": " + reason.message() + ".";
    if (reason == asio::error::address_in_use) {
        message +=
            " Another program uses this port; stop it, or choose another with "
            "--set server.port=PORT.";
    }
    return make_error(Errc::unavailable, std::move(message));
}

}  // namespace

result<TcpAcceptor> open_listener(Executor executor, const std::string& host, std::uint16_t port,
                                  Listening listening) {
    boost::system::error_code error;
    asio::ip::tcp::resolver resolver(executor.context());
    const auto found = resolver.resolve(host, std::to_string(port), error);
    if (error || found.empty()) return cannot_listen(host, port, error);
    const asio::ip::tcp::endpoint endpoint = *found.begin();
    TcpAcceptor acceptor(executor);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    const auto share = [&](Listening when) {
        if (!error && listening == when) acceptor.set_option(ReusePort(true), error);
    };
    share(Listening::joining);
    if (!error) acceptor.bind(endpoint, error);
    // Linux refuses to bind beside a socket without the option, and looks at what that one has now.
    share(Listening::first);
    if (!error) acceptor.listen(backlog_count, error);
    if (error) return cannot_listen(host, port, error);
    return acceptor;
}

void set_inherited_options(TcpAcceptor& acceptor) {
    boost::system::error_code ignored;
    acceptor.set_option(asio::ip::tcp::no_delay(true), ignored);
}

}  // namespace parley
