#pragma once

#include "redis/address.hpp"
#include "redis/asio.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace parley::redis {

using TlsStream = asio::ssl::stream<TcpSocket>;

// TLS 1.2 or newer as a client. Certificates are verified against the address's ca_file or, where
// it has none, against the system's (which the environment's SSL_CERT_FILE and SSL_CERT_DIR
// replace). invalid_field where that file cannot be read.
[[nodiscard]] result<asio::ssl::context> make_tls_context(const Address& address);

// Asks for the certificate of this host, a name or an address, and refuses any other.
[[nodiscard]] result<void> expect_host(TlsStream& stream, const Host& host);

}  // namespace parley::redis
