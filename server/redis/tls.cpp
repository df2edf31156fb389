#include "redis/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

namespace parley::redis {

result<asio::ssl::context> make_tls_context(const Address& address) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    boost::system::error_code error;
    if (SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) != 1) {
        return make_error(Errc::internal, "OpenSSL has no TLS 1.2.");
    }
    context.set_verify_mode(asio::ssl::verify_peer, error);
    if (!error && address.ca_file.empty()) context.set_default_verify_paths(error);
    else if (!error) context.load_verify_file(address.ca_file, error);
    if (error) {
        return make_error(
            Errc::invalid_field,
            "bus.url names certificates that cannot be read (cacert): " + error.message() + ".",
            "bus.url");
    }
    return context;
}

result<void> expect_host(TlsStream& stream, const Host& host) {
    boost::system::error_code error;
    stream.set_verify_callback(asio::ssl::host_name_verification(host.name), error);
    if (error) return make_error(Errc::internal, error.message());
    // Only names are asked for: RFC 6066, 3.
    boost::system::error_code is_no_address;
    asio::ip::make_address(host.name, is_no_address);
    if (is_no_address && SSL_set_tlsext_host_name(stream.native_handle(), host.name.c_str()) != 1) {
        return make_error(Errc::internal, "OpenSSL refused the name of the host.");
    }
    return {};
}

}  // namespace parley::redis
