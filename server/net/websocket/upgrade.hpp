#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

namespace parley {

struct UpgradeRequest {
    boost::beast::http::request<boost::beast::http::empty_body> message;
};

}  // namespace parley
