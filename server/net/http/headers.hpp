#pragma once

#include "base/config.hpp"
#include "base/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// What the server reads out of header values and targets. Pure functions on text.

// "/d/tram%2Dline?x=1" -> path and query, decoded. Refuses bad escapes, NUL, a path that does not
// begin with '/', and a query name that occurs twice.
struct Target {
    std::string path;
    std::map<std::string, std::string> query;
};
[[nodiscard]] result<Target> parse_target(std::string_view target);

// The value of one cookie of a Cookie header; nothing where it is absent or occurs twice.
[[nodiscard]] std::optional<std::string_view> find_cookie(std::string_view header,
                                                          std::string_view name);

// The token of "Authorization: Bearer …".
[[nodiscard]] std::optional<std::string_view> bearer_token(std::string_view header);

// True where gzip may be sent: named (or *), and not with q=0.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

// True where one of the entity tags in If-None-Match equals `etag` by weak comparison.
[[nodiscard]] bool etag_matches(std::string_view if_none_match, std::string_view etag);

// "application/json" with or without parameters, and no other type.
[[nodiscard]] bool is_json(std::string_view content_type);

// May a browser on `origin` (the Origin header, exact) write here or open a socket? The server's
// own origin always may: site.url where it is set, else http or https with the Host of the request.
[[nodiscard]] bool origin_allowed(std::string_view origin, std::string_view host,
                                  const Config::Site& site);

// As text; an IPv4 address that came in as an IPv6 one is told as what it is.
[[nodiscard]] std::string plain_address(boost::asio::ip::address address);

// True where one of the trusted proxies, which are addresses and CIDR blocks, is or has this
// address.
[[nodiscard]] bool is_trusted_proxy(std::string_view address,
                                    const std::vector<std::string>& trusted_proxies);

// The client's address: the peer's own (plain), or, where the peer is one of the trusted proxies,
// the right-most address in X-Forwarded-For that is not.
[[nodiscard]] std::string client_address(std::string_view peer, std::string_view forwarded_for,
                                         const std::vector<std::string>& trusted_proxies);

// True where this address is one of the trusted proxies, or within one of their blocks.
[[nodiscard]] bool is_trusted_proxy(std::string_view address,
                                    const std::vector<std::string>& trusted_proxies);

}  // namespace parley
