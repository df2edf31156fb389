#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::redis {

struct Host {
    std::string name;  // a host name or an address, IPv6 without brackets
    std::uint16_t port = 0;
    friend bool operator==(const Host&, const Host&) = default;
};
[[nodiscard]] std::string to_string(const Host& host);  // "[::1]:6379"

// Where Redis is and how to sign in there.
struct Address {
    std::vector<Host> hosts;  // one Redis server, or the sentinels that know where it is
    std::string master;       // its name among the sentinels; empty: there are none
    std::string user;         // empty: the default user
    std::string password;     // empty: none is needed
    std::string sentinel_user;
    std::string sentinel_password;
    bool tls = false;     // of sentinels as well
    std::string ca_file;  // PEM; empty: the system's, or SSL_CERT_FILE
    std::string prefix;   // of channel names, "parley" unless the URL says otherwise

    [[nodiscard]] bool has_sentinels() const { return !master.empty(); }
    friend bool operator==(const Address&, const Address&) = default;
};

// Reads
//
//     redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]    rediss:// the same over TLS
//     redis+sentinel://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT]/NAME
//
// with options behind a `?`: cacert=FILE, prefix=NAME and, with sentinels, tls=true, sentinel_user=
// and sentinel_password=. What is special in a URL is written as %XX. A database is accepted and
// means nothing: channels belong to none. invalid_field, with a message that never holds a
// password.
[[nodiscard]] result<Address> parse_address(std::string_view url);

}  // namespace parley::redis
