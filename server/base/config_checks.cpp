#include "base/config_checks.hpp"

#include "base/utf8.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace parley {

namespace {

constexpr std::size_t host_chars_max = 253;
constexpr std::size_t label_chars_max = 63;
constexpr std::size_t instance_chars_max = 64;
constexpr std::size_t site_name_chars_max = 100;
constexpr std::size_t secret_chars_min = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_lower_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }

bool is_alphanumeric(char c) { return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z'); }

bool is_address(std::string_view text, int family) {
    // inet_pton stops at a NUL, so that one would hide what follows it.
    if (text.find('\0') != std::string_view::npos) return false;
    std::array<std::byte, 16> bytes{};
    return inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

bool is_host_name(std::string_view text) {
    if (text.empty() || text.size() > host_chars_max) return false;
    std::size_t label = 0;
    char previous = '.';
    bool numeric = true;
    for (const char c : text) {
        if (c == '.') {
            if (label == 0 || previous == '-') return false;
            label = 0;
            numeric = true;
        } else {
            if (!is_alphanumeric(c) && c != '_' && (c != '-' || label == 0)) return false;
            if (++label > label_chars_max) return false;
            numeric = numeric && is_digit(c);
        }
        previous = c;
    }
    // A last label of digits alone is an address that went wrong, like 127.0.0.256.
    return label > 0 && previous != '-' && !numeric;
}

// A number in decimal without sign or leading zero, up to `highest`.
std::optional<unsigned> parse_plain_number(std::string_view text, unsigned highest) {
    if (text.empty() || text.size() > 9 || !std::all_of(text.begin(), text.end(), is_digit)) {
        return std::nullopt;
    }
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    unsigned number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (number > highest) return std::nullopt;
    return number;
}

// True for text that a person would read as written.
bool is_plain_text(std::string_view text) {
    while (!text.empty()) {
        const Utf8Character c = next_utf8_character(text);
        if (!c.valid || is_control_or_direction(c.code)) return false;
        text.remove_prefix(c.bytes);
    }
    return true;
}

// The scheme of a URL for an error message; never what follows it, which may hold a password.
std::string quoted_scheme(std::string_view url) {
    const std::string_view scheme = url.substr(0, url.find(':'));
    if (scheme.size() == url.size() || scheme.size() > 20 ||
        !std::all_of(scheme.begin(), scheme.end(), is_alphanumeric)) {
        return "something else";
    }
    return "\"" + std::string(scheme) + ":\"";
}

Complaint check_origin_host(std::string_view host) {
    if (host.starts_with('[')) {
        const bool closed = host.size() > 2 && host.ends_with(']');
        if (closed && is_address(host.substr(1, host.size() - 2), AF_INET6)) return std::nullopt;
        return "has an IPv6 address that cannot be read";
    }
    if (std::any_of(host.begin(), host.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
        return "must be written in lower case, as browsers send it";
    }
    if (is_host_name(host) || is_address(host, AF_INET)) return std::nullopt;
    return "has a host that cannot be read (write international names in their xn-- form)";
}

}  // namespace

Complaint check_host(std::string_view text) {
    if (is_address(text, AF_INET) || is_address(text, AF_INET6) || is_host_name(text)) {
        return std::nullopt;
    }
    return "must be an address or a host name to listen on, like 127.0.0.1, :: or localhost";
}

Complaint check_instance(std::string_view text) {
    const auto allowed = [](char c) {
        return is_alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == ':';
    };
    if (text.size() <= instance_chars_max && std::all_of(text.begin(), text.end(), allowed)) {
        return std::nullopt;
    }
    return "must be empty or at most 64 of A-Z a-z 0-9 . _ : -";
}

Complaint check_address_block(std::string_view text) {
    const std::string_view address = text.substr(0, text.find('/'));
    const bool is_v4 = is_address(address, AF_INET);
    if (!is_v4 && !is_address(address, AF_INET6)) {
        return "must hold addresses or blocks of them, like 10.0.0.7, 10.0.0.0/8 or fd00::/8";
    }
    if (address.size() == text.size()) return std::nullopt;
    const unsigned bits = is_v4 ? 32 : 128;
    const auto prefix = parse_plain_number(text.substr(address.size() + 1), bits);
    if (prefix == 0U)
        return "must not hold a block of length 0: anybody could then forge addresses";
    if (!prefix) {
        return "has a block whose length is not a number from 1 to " + std::to_string(bits);
    }
    return std::nullopt;
}

Complaint check_store_url(std::string_view text) {
    constexpr std::string_view scheme = "sqlite:";
    constexpr std::string_view allowed = "sqlite:PATH or sqlite::memory:";
    if (!is_plain_text(text)) return "must not hold control characters";
    for (const std::string_view network : {"postgresql://", "postgres://"}) {
        if (!text.starts_with(network)) continue;
        if (text.size() > network.size()) return std::nullopt;
        return "must name a database: postgresql://USER@HOST:PORT/DATABASE";
    }
    if (!text.starts_with(scheme)) {
        return "must be " + std::string(allowed) +
               ", or postgresql://USER@HOST:PORT/DATABASE, not " + quoted_scheme(text);
    }
    const std::string_view path = text.substr(scheme.size());
    if (path.empty()) return "must be " + std::string(allowed) + "; the path is missing";
    if (path.starts_with(':') && path != ":memory:") {
        return "must be " + std::string(allowed) + "; write a file that begins with : as ./:name";
    }
    // sqlite://name looks like a host; three slashes are what others write for an absolute path.
    if (path.starts_with("//") && !path.starts_with("///")) {
        return "must be " + std::string(allowed) + ", without // before the path";
    }
    return std::nullopt;
}

Complaint check_bus_url(std::string_view text) {
    if (!is_plain_text(text)) return "must not hold control characters";
    if (text == "local:") return std::nullopt;
    for (const std::string_view scheme : {"redis://", "rediss://", "redis+sentinel://"}) {
        if (!text.starts_with(scheme)) continue;
        if (text.size() > scheme.size()) return std::nullopt;
        return "must name a host after " + std::string(scheme);
    }
    return "must be local:, redis://HOST:PORT, rediss://HOST:PORT or "
           "redis+sentinel://HOST:PORT,HOST:PORT/NAME, not " +
           quoted_scheme(text);
}

Complaint check_bus_secret(std::string_view text) {
    if (!is_plain_text(text)) return "must not hold control characters";
    if (text.empty() || text.size() >= secret_chars_min) return std::nullopt;
    return "must be empty or at least 32 characters long, best at random";
}

Complaint check_site_name(std::string_view text) {
    const auto begins_character = [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    };
    const auto characters = std::count_if(text.begin(), text.end(), begins_character);
    const bool fits =
        characters >= 1 && static_cast<std::size_t>(characters) <= site_name_chars_max;
    if (fits && is_plain_text(text)) return std::nullopt;
    return "must be 1 to 100 characters of plain text on one line";
}

Complaint check_site_url(std::string_view text) {
    return text.empty() ? std::nullopt : check_origin(text);
}

Complaint check_origin(std::string_view text) {
    const bool is_https = text.starts_with("https://");
    if (!is_https && !text.starts_with("http://")) {
        return "must be like https://www.example.com, beginning with http:// or https://";
    }
    const std::string_view rest = text.substr(is_https ? 8 : 7);
    if (rest.find('@') != std::string_view::npos) return "must not hold a user name or password";
    if (rest.find_first_of("/?#\\") != std::string_view::npos) {
        return "must end after the host and port: no path and no slash at the end";
    }
    const std::size_t host_end = rest.starts_with('[') ? rest.find(']') : 0;
    const std::size_t colon =
        host_end == std::string_view::npos ? host_end : rest.find(':', host_end);
    if (Complaint complaint = check_origin_host(rest.substr(0, colon))) return complaint;
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_plain_number(rest.substr(colon + 1), 65'535);
    if (!port || *port == 0) return "has a port that is not a number from 1 to 65535";
    if (*port == (is_https ? 443U : 80U)) {
        return "must leave out the port that its scheme implies, as browsers do";
    }
    return std::nullopt;
}

}  // namespace parley
