#pragma once

#include "base/metrics.hpp"
#include "net/http/router.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace parley {

// How requests were answered, by the kind of their route.
struct RequestStats {
    static constexpr std::size_t status_classes_count = 5;  // 1xx to 5xx
    struct Class {
        std::array<std::uint64_t, status_classes_count> by_status{};
        Histogram took_us;  // from the end of the request to the beginning of its answer
    };
    std::array<Class, route_classes_count> classes;

    void merge(const RequestStats& other);
    [[nodiscard]] std::uint64_t count() const;
};

// The requests of one shard. The shard's thread adds; copies are for everybody.
class RequestMeter {
public:
    void add(RouteClass kind, int status, std::chrono::nanoseconds took);
    [[nodiscard]] RequestStats stats() const;  // thread-safe

private:
    mutable std::mutex mutex_;
    RequestStats stats_;  // protected by mutex_
};

// Makes names for requests: 12 letters and digits, hardly ever one twice. One thread.
class RequestIds {
public:
    RequestIds();  // begins at a random place
    explicit RequestIds(std::uint64_t first) : next_(first) {}
    [[nodiscard]] std::string next();

private:
    std::uint64_t next_;
};

// Whether a proxy's X-Request-Id is taken as it is: 1 to 64 of A-Z a-z 0-9 . _ -
[[nodiscard]] bool is_request_id(std::string_view text);

}  // namespace parley
