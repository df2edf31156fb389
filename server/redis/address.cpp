#include "redis/address.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace parley::redis {

namespace {

constexpr std::uint16_t redis_port = 6379;
constexpr std::uint16_t sentinel_port = 26'379;
constexpr std::size_t prefix_chars_max = 40;

Error problem(std::string what) {
    return make_error(Errc::invalid_field, "bus.url " + std::move(what), "bus.url");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
}

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_name_character);
}

// What stands before `mark`; `text` keeps what is behind it, or nothing.
std::string_view take_until(std::string_view& text, char mark) {
    const std::size_t at = text.find(mark);
    const std::string_view head = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return head;
}

std::optional<int> hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const auto high = hex_digit(text[i + 1]);
        const auto low = hex_digit(text[i + 2]);
        if (!high || !low) return std::nullopt;
        decoded += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return decoded;
}

result<Host> parse_host(std::string_view text, std::uint16_t default_port) {
    Host host{{}, default_port};
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return problem("has an address without its ].");
        host.name = text.substr(1, end - 1);
        const auto in_address = [](char c) {
            return hex_digit(c).has_value() || c == ':' || c == '.';
        };
        if (host.name.empty() || !std::all_of(host.name.begin(), host.name.end(), in_address)) {
            return problem("has an IPv6 address that cannot be read.");
        }
        port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return problem("has text behind a ].");
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        host.name = text.substr(0, colon);
        if (!is_name(host.name)) return problem("has a host that cannot be read.");
        port = text.substr(colon);
    }
    if (port.empty()) return host;
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), host.port);
    if (error != std::errc{} || end != port.data() + port.size() || host.port == 0) {
        return problem("has a port that is not a number from 1 to 65535.");
    }
    return host;
}

result<void> parse_hosts(std::string_view text, std::uint16_t default_port, Address& address) {
    if (text.ends_with(',')) return problem("has a comma behind its last host.");
    do {
        auto host = parse_host(take_until(text, ','), default_port);
        if (host.has_error()) return host.error();
        address.hosts.push_back(std::move(*host));
    } while (!text.empty());
    if (address.hosts.size() > bus_sentinels_count_max) {
        return problem("names more than " + std::to_string(bus_sentinels_count_max) + " hosts.");
    }
    return {};
}

result<void> parse_user(std::string_view text, Address& address) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return problem("must give USER:PASSWORD@, or :PASSWORD@ for the default user.");
    }
    const auto user = percent_decoded(text.substr(0, colon));
    const auto password = percent_decoded(text.substr(colon + 1));
    if (!user || !password) return problem("has a % in its user or password that is not %XX.");
    if (password->empty()) return problem("gives a user without a password.");
    address.user = *user;
    address.password = *password;
    return {};
}

result<void> take_option(std::string_view name, std::string value, Address& address) {
    const bool sentinels = address.has_sentinels();
    if (name == "cacert" && address.tls && !value.empty()) {
        address.ca_file = std::move(value);
    } else if (name == "prefix" && is_name(value) && value.size() <= prefix_chars_max) {
        address.prefix = std::move(value);
    } else if (name == "sentinel_user" && sentinels) {
        address.sentinel_user = std::move(value);
    } else if (name == "sentinel_password" && sentinels) {
        address.sentinel_password = std::move(value);
    } else {
        return problem(
            "has an option that is unknown, out of place or has no good value; there "
            "are cacert=FILE (with TLS), prefix=NAME and, with sentinels, tls=true, "
            "sentinel_user= and sentinel_password=.");
    }
    return {};
}

result<void> parse_options(std::string_view text, Address& address) {
    // TLS first: an option may need it.
    std::string_view rest = text;
    while (!rest.empty()) {
        if (take_until(rest, '&') == "tls=true" && address.has_sentinels()) address.tls = true;
    }
    while (!text.empty()) {
        std::string_view value = take_until(text, '&');
        const std::string_view name = take_until(value, '=');
        if (name == "tls" && value == "true" && address.has_sentinels()) continue;
        auto decoded = percent_decoded(value);
        if (!decoded) return problem("has a % in an option that is not %XX.");
        auto taken = take_option(name, std::move(*decoded), address);
        if (taken.has_error()) return taken;
    }
    return {};
}

result<void> parse_path(std::string_view path, bool sentinels, Address& address) {
    if (sentinels) {
        if (!is_name(path)) {
            return problem("must end with the name of the master, like /mymaster.");
        }
        address.master = path;
        return {};
    }
    if (path.size() > 4 || !std::all_of(path.begin(), path.end(), is_digit)) {
        return problem("may end with the number of a database and nothing else.");
    }
    return {};
}

}  // namespace

std::string to_string(const Host& host) {
    const bool v6 = host.name.find(':') != std::string::npos;
    return (v6 ? "[" + host.name + "]" : host.name) + ":" + std::to_string(host.port);
}

result<Address> parse_address(std::string_view url) {
    const std::size_t mark = url.find("://");
    const std::string_view scheme =
        url.substr(0, mark == std::string_view::npos ? url.size() : mark);
    const bool sentinels = scheme == "redis+sentinel";
    if (mark == std::string_view::npos || (scheme != "redis" && scheme != "rediss" && !sentinels)) {
        return problem("must begin with redis://, rediss:// or redis+sentinel://.");
    }
    Address address;
    address.prefix = "parley";
    address.tls = scheme == "rediss";
    std::string_view rest = url.substr(mark + 3);
    std::string_view place = take_until(rest, '?');
    const std::string_view options = rest;
    if (const std::size_t at = place.rfind('@'); at != std::string_view::npos) {
        auto user = parse_user(place.substr(0, at), address);
        if (user.has_error()) return user.error();
        place.remove_prefix(at + 1);
    }
    const std::string_view hosts = take_until(place, '/');
    auto parsed = parse_hosts(hosts, sentinels ? sentinel_port : redis_port, address);
    if (parsed.has_value() && !sentinels && address.hosts.size() > 1) {
        return problem("must name one host; several are for redis+sentinel://.");
    }
    if (parsed.has_value()) parsed = parse_path(place, sentinels, address);
    if (parsed.has_value()) parsed = parse_options(options, address);
    if (parsed.has_error()) return parsed.error();
    return address;
}

}  // namespace parley::redis
