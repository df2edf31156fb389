#include "bench/server/listening.hpp"

#include "bench/shared/tool.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>

namespace parley::bench {

int listening_port(const std::string& address) {
    in_addr wanted{};
    if (::inet_pton(AF_INET, address.c_str(), &wanted) != 1) fail("no IPv4 address: " + address);
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        const int descriptor = std::stoi(entry.path().filename().string());
        int listens = 0;
        socklen_t size = sizeof(listens);
        if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) continue;
        sockaddr_in local{};
        socklen_t local_size = sizeof(local);
        auto* const generic = reinterpret_cast<sockaddr*>(&local);
        if (listens == 0 || ::getsockname(descriptor, generic, &local_size) != 0) continue;
        if (local.sin_family == AF_INET && local.sin_addr.s_addr == wanted.s_addr) {
            return ntohs(local.sin_port);
        }
    }
    fail("this process listens nowhere at " + address);
}

}  // namespace parley::bench
