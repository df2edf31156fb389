#include "net/http/handlers.hpp"
#include "net/http/headers.hpp"
#include "net/wait_for.hpp"

#include <limits>

namespace parley {

namespace {

constexpr std::int64_t seq_max = std::numeric_limits<std::int64_t>::max();

// Shared caches may keep a public answer for a second: nobody sees it later than by a slow poll.
constexpr const char* public_cache_control = "public, max-age=1";

result<WindowQuery> window_query_of(const HttpRequest& request) {
    auto id = parse_discussion_id(request.path_arguments.at(0));
    if (id.has_error()) return make_error(Errc::unknown_discussion);
    WindowQuery query;
    query.request.discussion = std::move(*id);
    if (const auto sort = text_of(request, "sort")) {
        const auto order = parse_sort_order(*sort);
        if (!order) {
            return make_error(Errc::invalid_field, "sort is one of: oldest, newest.", "sort");
        }
        query.request.sort = *order;
    }
    if (const auto parent = text_of(request, "parent")) {
        query.request.parent = parse_comment_id(*parent);
        if (!query.request.parent) return make_error(Errc::unknown_comment);
    }
    const auto limit = number_of(request, "limit", window_comments_default, 1, window_comments_max);
    if (limit.has_error()) return limit.error();
    query.request.limit = static_cast<std::size_t>(*limit);
    if (const auto cursor = text_of(request, "cursor")) {
        auto key = decode_cursor(*cursor);
        if (key.has_error()) return std::move(key.error());
        query.request.after = std::move(*key);
    }
    if (const auto epoch = text_of(request, "epoch")) query.epoch = Epoch{*epoch};
    const auto min_seq = number_of(request, "min_seq", 0, 0, seq_max);
    if (min_seq.has_error()) return min_seq.error();
    if (request.query.contains("min_seq")) query.min_seq = *min_seq;
    if (query.min_seq && !query.epoch) return make_error(Errc::epoch_required);
    return query;
}

result<ChangesQuery> changes_query_of(const HttpRequest& request) {
    auto id = parse_discussion_id(request.path_arguments.at(0));
    if (id.has_error()) return make_error(Errc::unknown_discussion);
    if (!request.query.contains("since")) {
        return make_error(Errc::invalid_field, "since is required: the seq you stand at, or 0.",
                          "since");
    }
    const auto since = number_of(request, "since", 0, 0, seq_max);
    if (since.has_error()) return since.error();
    ChangesQuery query{std::move(*id), std::nullopt, *since};
    if (const auto epoch = text_of(request, "epoch")) query.epoch = Epoch{*epoch};
    if (query.since != 0 && !query.epoch) return make_error(Errc::epoch_required);
    return query;
}

// What a snapshot becomes: as JSON, for everybody, whoever asks.
HttpResponse public_json_response(const HttpRequest& request, const SnapshotAnswer& answer,
                                  TagKind tag) {
    HttpResponse response = snapshot_response(request, answer, tag);
    response.content_type = "application/json";
    response.headers.emplace_back("Cache-Control", public_cache_control);
    return response;
}

}  // namespace

Awaitable<HttpResponse> get_discussions(Site& site, const HttpRequest& request) {
    const auto limit =
        number_of(request, "limit", discussions_page_default, 1, discussions_page_max);
    if (limit.has_error()) co_return problem_response(limit.error());
    std::optional<std::string> after;
    if (const auto cursor = text_of(request, "cursor")) {
        auto key = decode_cursor(*cursor);
        if (key.has_error()) co_return problem_response(key.error());
        after = std::move(*key);
    }
    const auto start = [&site, &limit, &after](Reply<DiscussionPage> reply) {
        site.service.discussions(static_cast<std::size_t>(*limit), after, std::move(reply));
    };
    const result<DiscussionPage> page = co_await wait_for<DiscussionPage>(start);
    if (page.has_error()) co_return problem_response(page.error());
    std::optional<std::string> next;
    if (page->next) next = encode_cursor(*page->next);
    HttpResponse response = json_response(200, encode_discussions(page->discussions, next));
    response.headers = {{"Cache-Control", public_cache_control}};
    co_return response;
}

Awaitable<HttpResponse> get_counts(Site& site, const HttpRequest& request) {
    auto ids = parse_discussion_ids(text_of(request, "ids").value_or(""));
    if (ids.has_error()) co_return problem_response(ids.error());
    using Counts = std::vector<CommentCount>;
    const auto start = [&site, &ids](Reply<Counts> reply) {
        site.service.counts(std::move(*ids), std::move(reply));
    };
    const result<Counts> counts = co_await wait_for<Counts>(start);
    if (counts.has_error()) co_return problem_response(counts.error());
    HttpResponse response = json_response(200, encode_counts(*counts));
    response.headers = {{"Cache-Control", public_cache_control}};
    co_return response;
}

Awaitable<HttpResponse> get_discussion(Site& site, const HttpRequest& request) {
    const auto id = parse_discussion_id(request.path_arguments.at(0));
    if (id.has_error()) co_return problem_response(make_error(Errc::unknown_discussion));
    const auto start = [&site, &id](Reply<DiscussionView> reply) {
        site.service.discussion(*id, std::move(reply));
    };
    const result<DiscussionView> view = co_await wait_for<DiscussionView>(start);
    if (view.has_error()) co_return problem_response(view.error());
    HttpResponse response = json_response(200, encode_discussion(*view));
    response.headers = {{"Cache-Control", public_cache_control}};
    co_return response;
}

Awaitable<HttpResponse> put_discussion(Site& site, const HttpRequest& request) {
    auto id = parse_discussion_id(request.path_arguments.at(0));
    if (id.has_error()) co_return problem_response(id.error());
    auto what = parse_put_discussion(std::move(*id), request.body);
    if (what.has_error()) co_return problem_response(what.error());
    auto key = idempotency_of(request);
    if (key.has_error()) co_return problem_response(key.error());
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller, &what, &key](Reply<DiscussionOutcome> reply) {
        site.service.put_discussion(caller, std::move(*what), std::move(*key), std::move(reply));
    };
    const result<DiscussionOutcome> done = co_await wait_for<DiscussionOutcome>(start);
    if (done.has_error()) co_return problem_response(done.error());
    co_return json_response(done->created ? 201 : 200, encode_discussion(done->discussion));
}

Awaitable<HttpResponse> get_comments(Site& site, const HttpRequest& request) {
    const auto query = window_query_of(request);
    if (query.has_error()) co_return problem_response(query.error());
    if (const auto at_hand = site.service.window_at_hand(*query)) {
        co_return public_json_response(request, *at_hand, TagKind::of_each_coding);
    }
    const auto start = [&site, &query](Reply<SnapshotAnswer> reply) {
        site.service.window(*query, std::move(reply));
    };
    const auto window = co_await wait_for<SnapshotAnswer>(start);
    if (window.has_error()) co_return problem_response(window.error());
    co_return public_json_response(request, *window, TagKind::of_each_coding);
}

Awaitable<HttpResponse> get_changes(Site& site, const HttpRequest& request) {
    const auto query = changes_query_of(request);
    if (query.has_error()) co_return problem_response(query.error());
    std::optional<SnapshotAnswer> changes = site.service.changes_at_hand(*query);
    if (!changes) {
        const auto start = [&site, &query](Reply<SnapshotAnswer> reply) {
            site.service.changes(*query, std::move(reply));
        };
        auto read = co_await wait_for<SnapshotAnswer>(start);
        if (read.has_error()) co_return problem_response(read.error());
        changes = std::move(*read);
    }
    if (changes->snapshot->identity.empty()) {
        co_return problem_response(make_error(Errc::precondition_too_far));
    }
    co_return public_json_response(request, *changes, TagKind::of_all_codings);
}

}  // namespace parley
