#include "base/gzip.hpp"
#include "service/service_impl.hpp"

namespace parley {

namespace {

// Where a read came back older than the reader has already seen elsewhere.
constexpr std::chrono::milliseconds not_there_yet_ms{100};

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
    read<DiscussionPage>(std::move(reply),
                         [limit, cursor = std::move(cursor)](StoreReader& reader) {
                             return reader.discussions(limit, cursor);
                         });
}

void Service::discussion(DiscussionId id, Reply<DiscussionView> reply) {
    read<DiscussionView>(std::move(reply),
                         [id = std::move(id)](StoreReader& reader) -> result<DiscussionView> {
                             auto found = reader.discussion(id);
                             if (found.has_error()) return std::move(found.error());
                             if (!*found) return make_error(Errc::unknown_discussion);
                             return std::move((*found)->view);
                         });
}

void Service::window(WindowQuery query, Reply<EncodedWindow> reply) {
    read<EncodedWindow>(
        std::move(reply), [query = std::move(query)](StoreReader& reader) -> result<EncodedWindow> {
            auto found = reader.window(query.request);
            if (found.has_error()) return std::move(found.error());
            if (auto fresh = check_freshness(query, found->position); fresh.has_error()) {
                return std::move(fresh.error());
            }
            EncodedWindow out;
            out.position = found->position;
            out.json = encode_window(to_answer(std::move(*found)));
            out.gzip = gzip(out.json);
            return out;
        });
}

void Service::page(WindowRequest request, Reply<DiscussionPageData> reply) {
    read<DiscussionPageData>(
        std::move(reply),
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
    read<Changeset>(std::move(reply),
                    [id = std::move(id), epoch = std::move(epoch), since](StoreReader& reader) {
                        return reader.changes_since(id, epoch, since);
                    });
}

void Service::positions(std::vector<DiscussionId> ids,
                        Reply<std::vector<std::pair<DiscussionId, Position>>> reply) {
    using Positions = std::vector<std::pair<DiscussionId, Position>>;
    read<Positions>(std::move(reply),
                    [ids = std::move(ids)](StoreReader& reader) { return reader.positions(ids); });
}

}  // namespace parley
