#pragma once

// Private to service_*.cpp: how a use case reaches the writer and the readers, and how its answer
// comes back to the thread that asked.

#include "service/service.hpp"

#include <memory>
#include <utility>

namespace parley {

[[nodiscard]] result<DiscussionPageData> read_page(StoreReader& reader,
                                                   const WindowRequest& request);

template <class T>
void Service::answer(const Reply<T>& reply, result<T> value) const {
    parts_.post([reply, value = std::move(value)]() mutable { reply(std::move(value)); });
}

template <class T>
void Service::submit(const Caller& caller, Action action, Idempotency key, Reply<T> reply) {
    Actor actor = NobodyInParticular{};
    if (caller.session) actor = *caller.session;
    Command command{std::move(actor), std::move(key.key), key.request_hash, std::move(action)};
    auto completion = [this, reply](result<Outcome> outcome) {
        if (outcome.has_error()) {
            answer<T>(reply, std::move(outcome.error()));
        } else {
            answer<T>(reply, std::get<T>(std::move(*outcome)));
        }
    };
    result<void> accepted =
        parts_.writer.submit(std::move(command), lane_of(caller), std::move(completion));
    if (accepted.has_error()) answer<T>(reply, std::move(accepted.error()));
}

// Runs `read_it(StoreReader&) -> result<T>` on a thread of the pool, unless it has waited so long
// that nobody wants it any more.
template <class T, class Read>
void Service::read(ReaderPool& pool, Reply<T> reply, Read read_it) {
    auto work = [this, reply, read_it = std::move(read_it),
                 asked_at = parts_.clock.monotonic_now()](StoreReader& reader) {
        if (auto refused = read_refusal(asked_at)) return answer<T>(reply, std::move(*refused));
        answer<T>(reply, read_it(reader));
    };
    result<void> accepted = pool.submit(std::move(work));
    if (accepted.has_error()) answer<T>(reply, std::move(accepted.error()));
}

template <class T, class Read>
void Service::read_as(const Caller& caller, Reply<T> reply, Read read_it) {
    if (!caller.session) return answer<T>(reply, make_error(Errc::unauthenticated));
    read<T>(parts_.readers, std::move(reply),
            [session = *caller.session, now = parts_.clock.wall_now(),
             read_it = std::move(read_it)](StoreReader& reader) -> result<T> {
                auto account = reader.session_account(session, now);
                if (account.has_error()) return std::move(account.error());
                if (!*account) return make_error(Errc::unauthenticated);
                return read_it(reader, **account);
            });
}

}  // namespace parley
