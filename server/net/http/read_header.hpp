#pragma once

#include "net/asio.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace parley {

using HeaderParser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

// Reads until the header of one request is complete, and leaves what follows it in the buffer; as
// Beast's async_read_header, but that a field over several lines (obs-fold) is an error, as RFC
// 9112, section 5.2, has it: Beast joins the lines, and somebody before this server may have read
// them otherwise. Errors: Beast's, `end_of_stream` where nothing came at all, or the socket's.
[[nodiscard]] Awaitable<boost::system::error_code> read_header(TcpSocket& socket,
                                                               boost::beast::flat_buffer& buffer,
                                                               HeaderParser& parser);

}  // namespace parley
