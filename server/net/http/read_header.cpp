#include "net/http/read_header.hpp"

#include <boost/beast/core/read_size.hpp>

#include <string_view>

namespace parley {

namespace {

namespace http = boost::beast::http;

// The most that is asked of the socket at once; the parser knows how long a header may be.
constexpr std::size_t read_bytes_max = std::size_t{64} * 1024;

// Of whole lines: does one begin with white space, and so go on with the one before?
bool has_folded_line(std::string_view lines) {
    for (std::size_t at = lines.find('\n'); at != std::string_view::npos;
         at = lines.find('\n', at + 1)) {
        if (at + 1 < lines.size() && (lines[at + 1] == ' ' || lines[at + 1] == '\t')) return true;
    }
    return false;
}

// Gives the parser what the buffer holds.
boost::system::error_code parse(boost::beast::flat_buffer& buffer, HeaderParser& parser) {
    boost::system::error_code error;
    const auto data = buffer.data();
    const std::size_t parsed = parser.put(data, error);
    const bool is_bad = error && error != http::error::need_more;
    if (!is_bad && has_folded_line({static_cast<const char*>(data.data()), parsed})) {
        error = http::error::bad_obs_fold;
    }
    buffer.consume(parsed);
    return error;
}

}  // namespace

Awaitable<boost::system::error_code> read_header(TcpSocket& socket,
                                                 boost::beast::flat_buffer& buffer,
                                                 HeaderParser& parser) {
    while (true) {
        if (buffer.size() > 0) {
            const boost::system::error_code error = parse(buffer, parser);
            const bool is_complete = !error && parser.is_header_done();
            if (is_complete || (error && error != http::error::need_more)) co_return error;
        }
        const auto room = buffer.prepare(boost::beast::read_size(buffer, read_bytes_max));
        auto [error, size] = co_await socket.async_read_some(room, use_result);
        buffer.commit(size);
        if (error == asio::error::eof) {
            if (!parser.got_some()) co_return http::error::end_of_stream;
            co_return http::error::partial_message;
        }
        if (error) co_return error;
    }
}

}  // namespace parley
