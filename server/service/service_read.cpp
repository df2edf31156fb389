#include "service/service_impl.hpp"

namespace parley {

namespace {

// Where reads have queued up for longer than anybody waits.
constexpr std::chrono::milliseconds late_read_retry_ms{1'000};

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

result<DiscussionPageData> read_page(StoreReader& reader, const WindowRequest& request) {
    // The window first: it gives the position from which the page goes on, and what is read after
    // it is never older.
    auto window = reader.window(request);
    if (window.has_error()) return std::move(window.error());
    auto detail = reader.discussion(request.discussion);
    if (detail.has_error()) return std::move(detail.error());
    if (!*detail) return make_error(Errc::unknown_discussion);
    return DiscussionPageData{std::move(**detail), to_answer(std::move(*window))};
}

void Service::page_data(WindowRequest request, Reply<DiscussionPageData> reply) {
    read<DiscussionPageData>(
        parts_.readers, std::move(reply),
        [request = std::move(request)](StoreReader& reader) { return read_page(reader, request); });
}

void Service::changes_for_room(DiscussionId id, std::optional<Epoch> epoch, Seq since,
                               Reply<Changeset> reply) {
    read<Changeset>(
        parts_.live_readers, std::move(reply),
        [this, id = std::move(id), epoch = std::move(epoch), since](StoreReader& reader) {
            auto changes = reader.changes_since(id, epoch, since);
            // Where the changesets themselves were lost, this is how a removal is heard of.
            if (changes.has_value()) parts_.shared.on_changeset(*changes);
            return changes;
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
                    [this, ids = std::move(ids)](StoreReader& reader) {
                        const MonotonicTime asked_at = parts_.clock.monotonic_now();
                        auto positions = reader.positions(ids);
                        if (positions.has_value()) {
                            parts_.shared.on_positions(*positions, asked_at);
                        }
                        return positions;
                    });
}

void Service::counts(std::vector<DiscussionId> ids, Reply<std::vector<CommentCount>> reply) {
    read<std::vector<CommentCount>>(
        parts_.readers, std::move(reply),
        [ids = std::move(ids)](StoreReader& reader) { return reader.counts(ids); });
}

void Service::counts_for_topics(std::vector<DiscussionId> ids,
                                Reply<std::vector<CommentCount>> reply) {
    read<std::vector<CommentCount>>(
        parts_.live_readers, std::move(reply),
        [ids = std::move(ids)](StoreReader& reader) { return reader.counts(ids); });
}

}  // namespace parley
