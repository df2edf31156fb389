#pragma once

#include "net/http/message.hpp"
#include "net/http/router.hpp"
#include "net/websocket/handshake.hpp"

#include <boost/beast/http/message.hpp>

#include <optional>
#include <string>

namespace parley {

// What is decided about a request from its header alone. Pure; no socket.

using HttpHeader = boost::beast::http::request_header<>;

// The bytes on the wire must mean the same to every proxy on the way: a request whose length or
// host could be read in two ways is refused, whatever Beast makes of it.
[[nodiscard]] std::optional<Error> ambiguity(const HttpHeader& header);

// The request as handlers see it, without its body. `peer` is the address of the socket. Its id is
// that of a trusted proxy, or empty.
[[nodiscard]] result<HttpRequest> request_of(const HttpHeader& header, const std::string& peer,
                                             const Config& config);

// Answers to other origins that may embed the component and write with a bearer token.
void add_cross_origin_headers(const HttpRequest& request, const Site& site, HttpResponse& response);

// What can be answered without the handler; nothing where it must be asked.
[[nodiscard]] std::optional<HttpResponse> early_answer(const HttpRequest& request,
                                                       const Match& match, const Site& site,
                                                       std::uint64_t body_bytes);

// Why the live socket is not opened, or nothing where it is: then `handshake` has the answer. Views
// into the header.
[[nodiscard]] std::optional<HttpResponse> upgrade_refusal(const HttpHeader& header,
                                                          const HttpRequest& request,
                                                          const Site& site, Handshake& handshake);

}  // namespace parley
