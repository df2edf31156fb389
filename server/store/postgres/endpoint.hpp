#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::postgres {

// Where a server is and how to sign in: libpq's parameters, by name.
using Parameters = std::vector<std::pair<std::string, std::string>>;

// What a URL says, as libpq understands it, with our defaults for what it leaves open. One set of
// parameters for each host that it names: they are tried in turn, each with a deadline of its own.
// The error never shows the URL, which may hold a password.
[[nodiscard]] result<std::vector<Parameters>> parse_endpoint(std::string_view url);

// "db.example.org:5432/parley", for people.
[[nodiscard]] std::string name_of(const Parameters& parameters);

}  // namespace parley::postgres
