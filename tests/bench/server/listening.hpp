#pragma once

#include <string>

namespace parley::bench {

// The port on which this process listens at that IPv4 address. Fails where there is none: the
// server tells its ports to the log alone.
[[nodiscard]] int listening_port(const std::string& address);

}  // namespace parley::bench
