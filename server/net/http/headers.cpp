#include "net/http/headers.hpp"

#include "net/websocket/header_lists.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <cctype>

namespace parley {

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Calls visit(part) for each trimmed part between separators.
template <class Visit>
void each_part(std::string_view list, char separator, Visit visit) {
    while (true) {
        const std::size_t end = list.find(separator);
        visit(trim(list.substr(0, end)));
        if (end == std::string_view::npos) return;
        list.remove_prefix(end + 1);
    }
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char l = lower(c);
    if (l >= 'a' && l <= 'f') return l - 'a' + 10;
    return -1;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out.push_back(' ');
        } else if (text[i] != '%') {
            out.push_back(text[i]);
        } else {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        }
    }
    return out;
}

// The "host:port" of "https://host:port", lower case, default port left out.
std::string authority_of(std::string_view url) {
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return {};
    std::string out(url);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    const bool https = out.starts_with("https://");
    out.erase(0, scheme_end + 3);
    const std::string_view standard = https ? ":443" : ":80";
    if (out.ends_with(standard)) out.resize(out.size() - standard.size());
    return out;
}

using IpAddress = boost::asio::ip::address;

std::optional<IpAddress> parse_address(std::string_view text) {
    boost::system::error_code error;
    const IpAddress address = boost::asio::ip::make_address(std::string(text), error);
    if (error) return std::nullopt;
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return IpAddress(make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()));
    }
    return address;
}

// `block` is an address or a CIDR block; the configuration has checked its form.
bool block_contains(const std::string& block, const IpAddress& address) {
    using boost::asio::ip::make_network_v4;
    using boost::asio::ip::make_network_v6;
    using boost::asio::ip::network_v4;
    using boost::asio::ip::network_v6;
    boost::system::error_code error;
    const bool is_block = block.find('/') != std::string::npos;
    if (address.is_v4()) {
        const auto network = make_network_v4(is_block ? block : block + "/32", error).canonical();
        return !error &&
               network == network_v4(address.to_v4(), network.prefix_length()).canonical();
    }
    const auto network = make_network_v6(is_block ? block : block + "/128", error).canonical();
    return !error && network == network_v6(address.to_v6(), network.prefix_length()).canonical();
}

bool is_trusted(const IpAddress& address, const std::vector<std::string>& trusted) {
    return std::any_of(trusted.begin(), trusted.end(),
                       [&](const std::string& block) { return block_contains(block, address); });
}

}  // namespace

result<Target> parse_target(std::string_view target) {
    const Error malformed = make_error(Errc::malformed, "The address is not a valid path.");
    // An escaped one is refused where it is decoded.
    if (!target.starts_with('/') || target.find('\0') != std::string_view::npos) return malformed;
    const std::size_t question = target.find('?');
    const auto path = percent_decode(target.substr(0, question), false);
    if (!path) return malformed;
    Target out{*path, {}};
    if (question == std::string_view::npos || question + 1 == target.size()) return out;
    bool good = true;
    each_part(target.substr(question + 1), '&', [&](std::string_view part) {
        const std::size_t equals = part.find('=');
        const auto name = percent_decode(part.substr(0, equals), true);
        const auto value = percent_decode(
            equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
        good = good && name && value && out.query.emplace(*name, *value).second;
    });
    if (!good) {
        return make_error(Errc::malformed,
                          "The query has a bad escape or names a parameter twice.");
    }
    return out;
}

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) {
    std::optional<std::string_view> found;
    std::size_t count = 0;
    each_part(header, ';', [&](std::string_view part) {
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos || part.substr(0, equals) != name) return;
        found = part.substr(equals + 1);
        ++count;
    });
    return count == 1 ? found : std::nullopt;
}

std::optional<std::string_view> bearer_token(std::string_view header) {
    constexpr std::string_view scheme = "Bearer ";
    if (header.size() <= scheme.size()) return std::nullopt;
    if (!equal_ignoring_case(header.substr(0, scheme.size()), scheme)) return std::nullopt;
    return trim(header.substr(scheme.size()));
}

bool accepts_gzip(std::string_view accept_encoding) {
    std::optional<bool> named;
    std::optional<bool> any;
    each_part(accept_encoding, ',', [&](std::string_view part) {
        const std::size_t semicolon = part.find(';');
        const std::string_view coding = trim(part.substr(0, semicolon));
        const std::string_view parameters = semicolon == std::string_view::npos
                                                ? std::string_view()
                                                : trim(part.substr(semicolon + 1));
        const bool refused = parameters.starts_with("q=0") &&
                             parameters.find_first_of("123456789") == std::string_view::npos;
        if (equal_ignoring_case(coding, "gzip")) named = !refused;
        else if (coding == "*") any = !refused;
    });
    return named.value_or(any.value_or(false));
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    const auto strong = [](std::string_view tag) {
        return tag.starts_with("W/") ? tag.substr(2) : tag;
    };
    bool matches = false;
    each_part(if_none_match, ',', [&](std::string_view part) {
        matches = matches || part == "*" || (!part.empty() && strong(part) == strong(etag));
    });
    return matches;
}

bool is_json(std::string_view content_type) {
    return equal_ignoring_case(trim(content_type.substr(0, content_type.find(';'))),
                               "application/json");
}

bool origin_allowed(std::string_view origin, std::string_view host, const Config::Site& site) {
    if (std::find(site.origins.begin(), site.origins.end(), origin) != site.origins.end()) {
        return true;
    }
    if (!origin.starts_with("http://") && !origin.starts_with("https://")) return false;
    if (!site.url.empty()) {
        const bool same_scheme = origin.substr(0, origin.find(':')) ==
                                 std::string_view(site.url).substr(0, site.url.find(':'));
        return same_scheme && authority_of(origin) == authority_of(site.url);
    }
    const std::string scheme(origin.substr(0, origin.find("://") + 3));
    return !host.empty() && authority_of(origin) == authority_of(scheme + std::string(host));
}

std::string plain_address(IpAddress address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        address = make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    }
    return address.to_string();
}

bool is_trusted_proxy(std::string_view address, const std::vector<std::string>& trusted_proxies) {
    const std::optional<IpAddress> parsed = parse_address(address);
    return parsed && is_trusted(*parsed, trusted_proxies);
}

std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<std::string>& trusted_proxies) {
    if (forwarded_for.empty() || trusted_proxies.empty()) return std::string(peer);
    std::optional<IpAddress> nearest = parse_address(peer);
    if (!nearest) return std::string(peer);
    while (is_trusted(*nearest, trusted_proxies) && !forwarded_for.empty()) {
        const std::size_t comma = forwarded_for.rfind(',');
        const bool last = comma == std::string_view::npos;
        const auto next =
            parse_address(trim(last ? forwarded_for : forwarded_for.substr(comma + 1)));
        if (!next) break;  // what is not an address was written by nobody we trust
        nearest = next;
        forwarded_for = last ? std::string_view() : forwarded_for.substr(0, comma);
    }
    return nearest->to_string();
}

}  // namespace parley
