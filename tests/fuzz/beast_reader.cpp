#include "differential.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>

namespace parley::fuzz {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

using Stream = websocket::stream<beast::test::stream, true>;

http::request<http::empty_body> upgrade_request(bool deflate) {
    http::request<http::empty_body> request(http::verb::get, "/", 11);
    request.set(http::field::host, "localhost");
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::connection, "Upgrade");
    request.set(http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
    request.set(http::field::sec_websocket_version, "13");
    if (deflate) request.set(http::field::sec_websocket_extensions, "permessage-deflate");
    return request;
}

// The code of the last frame that was written, if that is a close frame.
std::string close_code_of(std::string_view written) {
    std::string code = "drop";
    while (written.size() >= 2) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(written[i]); };
        const std::size_t length = byte(1);  // control frames are short
        if (byte(0) == 0x88 && length >= 2) code = std::to_string(byte(2) * 256 + byte(3));
        written.remove_prefix(std::min(written.size(), 2 + length));
    }
    return code;
}

}  // namespace

Outcome read_by_beast(const FrameInput& input) {
    boost::asio::io_context context(1);
    beast::test::stream peer(context);
    Stream stream(context);
    stream.next_layer().connect(peer);
    websocket::permessage_deflate deflate;
    deflate.server_enable = input.deflate;
    deflate.server_no_context_takeover = true;
    deflate.client_no_context_takeover = true;
    stream.set_option(deflate);
    stream.read_message_max(input.message_bytes_max);
    stream.accept(upgrade_request(input.deflate));
    peer.clear();

    Outcome outcome;
    stream.control_callback([&](websocket::frame_type kind, beast::string_view payload) {
        if (kind == websocket::frame_type::ping) {
            outcome.events.push_back("ping " + std::string(payload));
        } else if (kind == websocket::frame_type::pong) {
            outcome.events.emplace_back("pong");
        }
    });
    stream.next_layer().append(input.stream);
    stream.next_layer().close_remote();
    beast::flat_buffer buffer;
    beast::error_code error;
    while (true) {
        stream.read(buffer, error);
        if (error) break;
        outcome.events.push_back((stream.got_text() ? "text " : "binary ") +
                                 beast::buffers_to_string(buffer.data()));
        buffer.clear();
    }
    if (error == websocket::error::closed) {
        constexpr int no_status = websocket::close_code::no_status;
        const int code = stream.reason().code;
        outcome.end = "close " +
                      std::to_string(code == websocket::close_code::none ? no_status : code) + " " +
                      std::string(stream.reason().reason.data(), stream.reason().reason.size());
    } else if (error != boost::asio::error::eof) {
        outcome.end = close_code_of(peer.str());
        outcome.why = error.message();
    }
    return outcome;
}

}  // namespace parley::fuzz
