#include "base/gzip.hpp"
#include "base/log.hpp"
#include "identity/tokens.hpp"
#include "protocol/frames.hpp"
#include "service/service_impl.hpp"

#include <exception>

namespace parley {

namespace {

constexpr std::size_t tag_digest_bytes = 8;

// Both have room to spare from being written into, and are kept.
void pack(Snapshot& snapshot) {
    snapshot.gzip = gzip(snapshot.identity);
    if (snapshot.gzip.size() >= snapshot.identity.size()) snapshot.gzip.clear();
    snapshot.identity.shrink_to_fit();
    snapshot.gzip.shrink_to_fit();
}

// The digest tells apart what two releases make of the same position.
Snapshot encoded(Position position, std::string bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    Snapshot snapshot;
    snapshot.tag = position.epoch.value + "." + std::to_string(position.seq) + ".";
    const Digest256 digest = sha256(bytes);
    for (std::size_t i = 0; i < tag_digest_bytes; ++i) {
        snapshot.tag += digits[digest[i] >> 4U];
        snapshot.tag += digits[digest[i] & 15U];
    }
    snapshot.position = std::move(position);
    snapshot.identity = std::move(bytes);
    pack(snapshot);
    return snapshot;
}

// Tells one window from another. A discussion's id begins with no slash and has no space in it.
std::string name_of(const WindowRequest& request) {
    std::string name = request.discussion.value + ' ' + std::string(to_string(request.sort)) + ' ' +
                       std::to_string(request.limit);
    if (request.parent) name += " below " + to_string(*request.parent);
    if (request.after) name += " after " + *request.after;
    return name;
}

SnapshotAsk ask_for(const WindowQuery& query) {
    return {query.request.discussion, name_of(query.request), query.epoch,
            query.min_seq.value_or(0)};
}

SnapshotAsk ask_for_page(const WindowRequest& request) {
    return {request.discussion, "/" + name_of(request), std::nullopt, 0};
}

SnapshotAsk ask_for(const ChangesQuery& query) {
    std::string name = query.discussion.value + ' ' + std::to_string(query.since);
    if (query.epoch) name += ' ' + query.epoch->value;
    return {query.discussion, std::move(name), std::nullopt, 0};
}

// A poller that stands at a position can name it without having been told the tag.
Snapshot encoded_changes(const Changeset& changes) {
    Snapshot snapshot;
    snapshot.position = {changes.epoch, changes.seq};
    snapshot.tag = changes.epoch.value + ":" + std::to_string(changes.seq);
    std::string update = encode_update(changes);
    if (update.size() <= catch_up_bytes_max) snapshot.identity = std::move(update);
    pack(snapshot);
    return snapshot;
}

}  // namespace

// --- what can be asked for ----------------------------------------------------------------------

std::optional<SnapshotAnswer> Service::window_at_hand(const WindowQuery& query) const {
    return parts_.shared.windows().find(ask_for(query), parts_.clock.monotonic_now());
}

void Service::window(WindowQuery query, Reply<SnapshotAnswer> reply) {
    SnapshotAsk ask = ask_for(query);
    const auto read_it = [request =
                              std::move(query.request)](StoreReader& reader) -> result<Snapshot> {
        auto window = reader.window(request);
        if (window.has_error()) return std::move(window.error());
        Position position = window->position;
        return encoded(std::move(position), encode_window(to_answer(std::move(*window))));
    };
    answer_from(parts_.shared.windows(), std::move(ask), read_it, std::move(reply));
}

std::optional<SnapshotAnswer> Service::page_at_hand(const WindowRequest& request) const {
    return parts_.shared.windows().find(ask_for_page(request), parts_.clock.monotonic_now());
}

void Service::page(WindowRequest request, PageRenderer render, Reply<SnapshotAnswer> reply) {
    SnapshotAsk ask = ask_for_page(request);
    const auto read_it = [request = std::move(request),
                          render = std::move(render)](StoreReader& reader) -> result<Snapshot> {
        auto data = read_page(reader, request);
        if (data.has_error()) return std::move(data.error());
        auto html = render(*data);
        if (html.has_error()) return std::move(html.error());
        return encoded(data->window.position, std::move(*html));
    };
    answer_from(parts_.shared.windows(), std::move(ask), read_it, std::move(reply));
}

std::optional<SnapshotAnswer> Service::changes_at_hand(const ChangesQuery& query) const {
    return parts_.shared.changes().find(ask_for(query), parts_.clock.monotonic_now());
}

void Service::changes(ChangesQuery query, Reply<SnapshotAnswer> reply) {
    SnapshotAsk ask = ask_for(query);
    const auto read_it = [query = std::move(query)](StoreReader& reader) -> result<Snapshot> {
        auto changes = reader.changes_since(query.discussion, query.epoch, query.since);
        if (changes.has_error()) return std::move(changes.error());
        return encoded_changes(*changes);
    };
    answer_from(parts_.shared.changes(), std::move(ask), read_it, std::move(reply));
}

// --- flights ------------------------------------------------------------------------------------

void Service::answer_from(SnapshotCache& cache, SnapshotAsk ask, SnapshotRead read_it,
                          Reply<SnapshotAnswer> reply) {
    // Whoever's thread the answer comes from, it goes to the one that asked.
    const auto hand_on = [post = parts_.post, reply](result<SnapshotAnswer> given) {
        post([reply, given = std::move(given)]() mutable { reply(std::move(given)); });
    };
    Snapshots::Asked asked = cache.ask(ask, hand_on, parts_.clock.monotonic_now());
    if (asked.hit) answer<SnapshotAnswer>(reply, std::move(*asked.hit));
    else if (asked.read) start_flight(cache, ask.discussion, std::move(*asked.read), read_it);
}

void Service::start_flight(SnapshotCache& cache, const DiscussionId& discussion,
                           Snapshots::Read flight, const SnapshotRead& read_it) {
    const Snapshots::FlightId id = flight.flight;
    const MonotonicTime asked_at = parts_.clock.monotonic_now();
    auto work = [this, &cache, discussion, flight = std::move(flight), read_it,
                 asked_at](StoreReader& reader) {
        land_flight(cache, discussion, flight.flight,
                    fly(reader, discussion, flight, read_it, asked_at), read_it);
    };
    const result<void> accepted = parts_.readers.submit(std::move(work));
    if (accepted.has_value()) return;
    land_flight(cache, discussion, id, {accepted.error(), asked_at, {}}, read_it);
}

void Service::land_flight(SnapshotCache& cache, const DiscussionId& discussion,
                          Snapshots::FlightId flight, Snapshots::Result brought,
                          const SnapshotRead& read_it) {
    auto next = cache.land(flight, std::move(brought), parts_.clock.monotonic_now());
    if (next) start_flight(cache, discussion, std::move(*next), read_it);
}

// Always comes back: a flight that did not would keep everybody who asks waiting.
Snapshots::Result Service::fly(StoreReader& reader, const DiscussionId& discussion,
                               const Snapshots::Read& flight, const SnapshotRead& read_it,
                               MonotonicTime asked_at) const {
    using Shared = std::shared_ptr<const Snapshot>;
    const MonotonicTime began_at = parts_.clock.monotonic_now();
    const auto brought = [&](result<Shared> snapshot) {
        return Snapshots::Result{std::move(snapshot), began_at,
                                 parts_.clock.monotonic_now() - began_at};
    };
    if (auto refused = read_refusal(asked_at)) return brought(std::move(*refused));
    try {
        if (flight.known) {
            const auto positions = reader.positions(std::span(&discussion, 1));
            if (positions.has_error()) return brought(positions.error());
            const bool same =
                !positions->empty() && positions->front().second == flight.known->position;
            if (same) return brought(flight.known);
        }
        result<Snapshot> snapshot = read_it(reader);
        if (snapshot.has_error()) return brought(std::move(snapshot.error()));
        return brought(std::make_shared<const Snapshot>(std::move(*snapshot)));
    } catch (const std::exception& bug) {
        log_event(LogLevel::error, "service.snapshot_failed",
                  {{"discussion", discussion.value}, {"reason", bug.what()}});
        return brought(make_error(Errc::internal));
    }
}

}  // namespace parley
