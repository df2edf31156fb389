#include "base/gzip.hpp"
#include "service/service_impl.hpp"

namespace parley {

namespace {

// Where a read came back older than the reader has already seen elsewhere.
constexpr std::chrono::milliseconds not_there_yet_ms{100};
// Where reads have queued up for longer than anybody waits.
constexpr std::chrono::milliseconds late_read_retry_ms{1'000};

// What tells one window from another at the same position.
std::string name_of(const WindowRequest& request) {
    std::string name = request.discussion.value + ' ' + std::string(to_string(request.sort)) + ' ' +
                       std::to_string(request.limit);
    if (request.parent) name += " below " + to_string(*request.parent);
    if (request.after) name += " after " + *request.after;
    return name;
}

result<void> check_freshness(const WindowQuery& query, const Position& position) {
    if (query.epoch && *query.epoch != position.epoch) {
        return make_error(Errc::precondition_too_far);
    }
    if (query.min_seq && position.seq < *query.min_seq) {
        return make_retry(Errc::unavailable, not_there_yet_ms);
    }
    return {};
}

}  // namespace

WindowAnswer to_answer(Window window) {
    WindowAnswer out;
    out.position = std::move(window.position);
    out.comment_count = window.comment_count;
    out.comments = std::move(window.comments);
    if (window.next) out.next_cursor = encode_cursor(*window.next);
    for (const Window::More& more : window.more) {
        out.more.push_back({more.parent, more.replies, encode_cursor(more.after)});
    }
    return out;
}

void Service::discussions(std::size_t limit, std::optional<std::string> cursor,
                          Reply<DiscussionPage> reply) {
    read<DiscussionPage>(parts_.readers, std::move(reply),
                         [limit, cursor = std::move(cursor)](StoreReader& reader) {
                             return reader.discussions(limit, cursor);
                         });
}

void Service::discussion(DiscussionId id, Reply<DiscussionView> reply) {
    read<DiscussionView>(parts_.readers, std::move(reply),
                         [id = std::move(id)](StoreReader& reader) -> result<DiscussionView> {
                             auto found = reader.discussion(id);
                             if (found.has_error()) return std::move(found.error());
                             if (!*found) return make_error(Errc::unknown_discussion);
                             return std::move((*found)->view);
                         });
}

void Service::window(WindowQuery query, Reply<std::shared_ptr<const EncodedWindow>> reply) {
    using Shared = std::shared_ptr<const EncodedWindow>;
    read<Shared>(parts_.readers, std::move(reply),
                 [this, query = std::move(query)](StoreReader& reader) {
                     return read_window(reader, query);
                 });
}

result<std::shared_ptr<const EncodedWindow>> Service::read_window(StoreReader& reader,
                                                                  const WindowQuery& query) {
    const std::string name = name_of(query.request);
    const auto positions = reader.positions(std::span(&query.request.discussion, 1));
    if (positions.has_error()) return positions.error();
    std::shared_ptr<const EncodedWindow> window;
    if (!positions->empty()) window = windows_.find(name, positions->front().second);
    if (!window) {
        auto found = reader.window(query.request);
        if (found.has_error()) return std::move(found.error());
        auto encoded = std::make_shared<EncodedWindow>();
        encoded->position = found->position;
        encoded->json = encode_window(to_answer(std::move(*found)));
        encoded->gzip = gzip(encoded->json);
        window = std::move(encoded);
        windows_.keep(name, window);
    }
    if (auto fresh = check_freshness(query, window->position); fresh.has_error()) {
        return std::move(fresh.error());
    }
    return window;
}

void Service::page(WindowRequest request, Reply<DiscussionPageData> reply) {
    read<DiscussionPageData>(
        parts_.readers, std::move(reply),
        [request = std::move(request)](StoreReader& reader) -> result<DiscussionPageData> {
            // The window first: it gives the position from which the page goes on, and what is
            // read after it is never older.
            auto window = reader.window(request);
            if (window.has_error()) return std::move(window.error());
            auto detail = reader.discussion(request.discussion);
            if (detail.has_error()) return std::move(detail.error());
            if (!*detail) return make_error(Errc::unknown_discussion);
            return DiscussionPageData{std::move(**detail), to_answer(std::move(*window))};
        });
}

void Service::changes(DiscussionId id, std::optional<Epoch> epoch, Seq since,
                      Reply<Changeset> reply) {
    read<Changeset>(parts_.readers, std::move(reply),
                    [id = std::move(id), epoch = std::move(epoch), since](StoreReader& reader) {
                        return reader.changes_since(id, epoch, since);
                    });
}

void Service::changes_for_room(DiscussionId id, std::optional<Epoch> epoch, Seq since,
                               Reply<Changeset> reply) {
    read<Changeset>(parts_.live_readers, std::move(reply),
                    [id = std::move(id), epoch = std::move(epoch), since](StoreReader& reader) {
                        return reader.changes_since(id, epoch, since);
                    });
}

std::optional<Error> Service::read_refusal(MonotonicTime asked_at) const {
    if (reads_abandoned_) return make_error(Errc::unavailable);
    const std::chrono::milliseconds deadline(parts_.config.limits.command_deadline_ms);
    if (parts_.clock.monotonic_now() - asked_at <= deadline) return std::nullopt;
    return make_retry(Errc::busy, late_read_retry_ms);
}

void Service::positions(std::vector<DiscussionId> ids,
                        Reply<std::vector<std::pair<DiscussionId, Position>>> reply) {
    using Positions = std::vector<std::pair<DiscussionId, Position>>;
    read<Positions>(parts_.live_readers, std::move(reply),
                    [ids = std::move(ids)](StoreReader& reader) { return reader.positions(ids); });
}

}  // namespace parley
