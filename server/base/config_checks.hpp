#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley {

// What is wrong with a value, as the end of a sentence that begins with the key's name: "must be
// ...". Nothing where it is fine. The value itself is left out: it may hold a password.
using Complaint = std::optional<std::string>;

// The checks of texts in the configuration. Pure functions, no name is looked up.
[[nodiscard]] Complaint check_host(std::string_view text);           // address or host name
[[nodiscard]] Complaint check_instance(std::string_view text);       // empty, or a short plain name
[[nodiscard]] Complaint check_address_block(std::string_view text);  // address or CIDR block
[[nodiscard]] Complaint check_store_url(std::string_view text);
[[nodiscard]] Complaint check_bus_url(std::string_view text);
[[nodiscard]] Complaint check_bus_secret(std::string_view text);
[[nodiscard]] Complaint check_site_name(std::string_view text);
[[nodiscard]] Complaint check_site_url(std::string_view text);  // empty, or an origin
// scheme://host or scheme://host:port, written exactly as browsers send it in Origin.
[[nodiscard]] Complaint check_origin(std::string_view text);

}  // namespace parley
