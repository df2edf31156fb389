#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace parley {

namespace asio = boost::asio;

// Everything of a shard runs on its one io_context, so executors are concrete: no strands and no
// any_io_executor.
using Executor = asio::io_context::executor_type;
template <class T>
using Awaitable = asio::awaitable<T, Executor>;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using TcpAcceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_awaitable{};
// For operations whose failure is expected: gives (error_code, …) and does not throw.
inline constexpr auto use_result = asio::as_tuple(use_awaitable);

}  // namespace parley
