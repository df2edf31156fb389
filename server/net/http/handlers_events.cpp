#include "net/http/handlers.hpp"
#include "net/http/headers.hpp"
#include "net/wait_for.hpp"

#include <charconv>
#include <limits>

namespace parley {

namespace {

constexpr std::int64_t seq_max = std::numeric_limits<std::int64_t>::max();

// "k3v9:57", as the events named it that a browser saw last.
std::optional<Position> position_of_event_id(std::string_view id) {
    const std::size_t colon = id.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    Position position{Epoch{std::string(id.substr(0, colon))}, 0};
    const std::string_view digits = id.substr(colon + 1);
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, position.seq);
    if (error != std::errc() || stop != end || position.seq < 0) return std::nullopt;
    return position;
}

}  // namespace

// The live socket's messages as server-sent events, for readers whom no WebSocket reaches.
Awaitable<HttpResponse> get_events(Site& site, const HttpRequest& request) {
    const auto id = parse_discussion_id(request.path_arguments.at(0));
    if (id.has_error()) co_return problem_response(make_error(Errc::unknown_discussion));
    HttpResponse::EventStream events{*id, std::nullopt, std::nullopt};
    if (const auto epoch = text_of(request, "epoch")) events.epoch = Epoch{*epoch};
    const auto since = number_of(request, "since", 0, 0, seq_max);
    if (since.has_error()) co_return problem_response(since.error());
    if (request.query.contains("since")) events.since = *since;
    // A browser that comes back by itself asks the same address again and says how far it came.
    if (const auto position = position_of_event_id(request.last_event_id)) {
        events.epoch = position->epoch;
        events.since = position->seq;
    }
    if (events.since.value_or(0) != 0 && !events.epoch) {
        co_return problem_response(make_error(Errc::epoch_required));
    }
    if (site.draining) {
        co_return problem_response(make_retry(Errc::unavailable, std::chrono::seconds(1)));
    }
    const auto start = [&site, &id](Reply<DiscussionView> reply) {
        site.service.discussion(*id, std::move(reply));
    };
    const result<DiscussionView> view = co_await wait_for<DiscussionView>(start);
    if (view.has_error()) co_return problem_response(view.error());
    HttpResponse response;
    response.content_type = "text/event-stream";
    // A proxy that gathers the answer would hold every event back.
    response.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
    response.events = std::move(events);
    co_return response;
}

}  // namespace parley
