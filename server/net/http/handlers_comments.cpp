#include "net/http/handlers.hpp"
#include "net/wait_for.hpp"

namespace parley {

namespace {

HttpResponse comment_response(const result<CommentOutcome>& done) {
    if (done.has_error()) return problem_response(done.error());
    return json_response(done->created ? 201 : 200, encode_comment(done->comment));
}

}  // namespace

Awaitable<HttpResponse> post_comment(Site& site, const HttpRequest& request) {
    auto id = parse_discussion_id(request.path_arguments.at(0));
    if (id.has_error()) co_return problem_response(make_error(Errc::unknown_discussion));
    auto what = parse_post_comment(std::move(*id), request.body);
    if (what.has_error()) co_return problem_response(what.error());
    auto key = idempotency_of(request);
    if (key.has_error()) co_return problem_response(key.error());
    if (key->key.empty()) co_return problem_response(make_error(Errc::key_required));
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller, &what, &key](Reply<CommentOutcome> reply) {
        site.service.post_comment(caller, std::move(*what), std::move(*key), std::move(reply));
    };
    const result<CommentOutcome> done = co_await wait_for<CommentOutcome>(start);
    co_return comment_response(done);
}

Awaitable<HttpResponse> patch_comment(Site& site, const HttpRequest& request) {
    const auto id = comment_of(request);
    if (id.has_error()) co_return problem_response(id.error());
    auto patch = parse_comment_patch(request.body);
    if (patch.has_error()) co_return problem_response(patch.error());
    auto key = idempotency_of(request);
    if (key.has_error()) co_return problem_response(key.error());
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller, &id, &patch, &key](Reply<CommentOutcome> reply) {
        if (patch->body) {
            site.service.edit_comment(caller, EditComment{*id, std::move(*patch->body)},
                                      std::move(*key), std::move(reply));
        } else {
            site.service.set_comment_state(caller, SetCommentState{*id, *patch->state},
                                           std::move(*key), std::move(reply));
        }
    };
    const result<CommentOutcome> done = co_await wait_for<CommentOutcome>(start);
    co_return comment_response(done);
}

Awaitable<HttpResponse> delete_comment(Site& site, const HttpRequest& request) {
    const auto id = comment_of(request);
    if (id.has_error()) co_return problem_response(id.error());
    auto key = idempotency_of(request);
    if (key.has_error()) co_return problem_response(key.error());
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller, &id, &key](Reply<CommentOutcome> reply) {
        site.service.delete_comment(caller, DeleteComment{*id}, std::move(*key), std::move(reply));
    };
    const result<CommentOutcome> done = co_await wait_for<CommentOutcome>(start);
    co_return comment_response(done);
}

Awaitable<HttpResponse> put_vote(Site& site, const HttpRequest& request) {
    const auto id = comment_of(request);
    if (id.has_error()) co_return problem_response(id.error());
    const auto value = parse_vote(request.body);
    if (value.has_error()) co_return problem_response(value.error());
    auto key = idempotency_of(request);
    if (key.has_error()) co_return problem_response(key.error());
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller, &id, &value, &key](Reply<VoteOutcome> reply) {
        site.service.vote(caller, CastVote{*id, *value}, std::move(*key), std::move(reply));
    };
    const result<VoteOutcome> done = co_await wait_for<VoteOutcome>(start);
    if (done.has_error()) co_return problem_response(done.error());
    co_return json_response(200, encode_vote(*done));
}

}  // namespace parley
