// The one place where Asio's function bodies are compiled (BOOST_ASIO_SEPARATE_COMPILATION),
// those of TLS among them.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
