#include "redis/resolve.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <netdb.h>

#include <functional>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace parley::redis {

namespace {

// What the thread and the caller share; either may be gone before the other.
struct Lookup {
    std::mutex mutex;
    // Protected by mutex:
    Endpoints found;
    bool done = false;
    std::function<void()> wake;  // empty when nobody waits any more
};

Endpoints look_up(const Host& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    Endpoints found;
    if (::getaddrinfo(host.name.c_str(), nullptr, &hints, &list) != 0) return found;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
        asio::ip::tcp::endpoint endpoint;
        if (one->ai_addrlen > endpoint.capacity()) continue;
        endpoint.resize(one->ai_addrlen);
        std::copy_n(reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen,
                    reinterpret_cast<char*>(endpoint.data()));
        endpoint.port(host.port);
        found.push_back(endpoint);
    }
    return found;
}

void run_lookup(const std::shared_ptr<Lookup>& lookup, const Host& host) {
    Endpoints found = look_up(host);
    const std::lock_guard lock(lookup->mutex);
    lookup->found = std::move(found);
    lookup->done = true;
    if (lookup->wake) lookup->wake();
}

// Ends the waiting however the caller's frame goes: from then on its event loop may be gone.
struct Waiting {
    explicit Waiting(std::shared_ptr<Lookup> of) : lookup(std::move(of)) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() {
        const std::lock_guard lock(lookup->mutex);
        lookup->wake = nullptr;
    }
    std::shared_ptr<Lookup> lookup;
};

Error unknown(const Host& host) {
    return make_error(Errc::unavailable, "no address of " + host.name + " is known");
}

}  // namespace

Awaitable<result<Endpoints>> resolve(Host host, std::shared_ptr<Timer> patience,
                                     std::chrono::milliseconds timeout) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host.name, error);
    if (!error) co_return Endpoints{{address, host.port}};

    const auto lookup = std::make_shared<Lookup>();
    const Waiting waiting(lookup);
    patience->expires_after(timeout);
    lookup->wake = [patience] {
        asio::post(patience->get_executor(), [patience] { patience->cancel(); });
    };
    try {
        std::thread(run_lookup, lookup, host).detach();
    } catch (const std::system_error&) {
        co_return make_error(Errc::unavailable, "there is no thread for a look-up");
    }
    co_await patience->async_wait(use_result);
    const std::lock_guard lock(lookup->mutex);
    if (!lookup->done || lookup->found.empty()) co_return unknown(host);
    co_return std::move(lookup->found);
}

}  // namespace parley::redis
