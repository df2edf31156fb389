#pragma once

#include "base/error.hpp"
#include "net/asio.hpp"

#include <boost/asio/async_result.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace parley {

// Turns a use case with a reply into something a coroutine can wait for:
//     result<AccountRow> me = co_await wait_for<AccountRow>(start);
// where start(reply) calls the use case. The reply must come on the shard's thread, once, and not
// from within start().
template <class T, class Start>
Awaitable<result<T>> wait_for(Start start) {
    auto initiate = [start = std::move(start)](auto handler) mutable {
        // std::function wants copies, a coroutine's handler moves only.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        start([shared](result<T> value) { (*shared)(std::move(value)); });
    };
    return asio::async_initiate<const asio::use_awaitable_t<Executor>&, void(result<T>)>(
        std::move(initiate), use_awaitable);
}

}  // namespace parley
