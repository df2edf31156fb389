#include "net/http/handlers.hpp"
#include "net/wait_for.hpp"

namespace parley {

// What one account, or moderators alone, may see and do.

namespace {

HttpResponse account_response(const result<AccountRow>& account) {
    if (account.has_error()) return problem_response(account.error());
    return json_response(200, encode_account(*account));
}

result<CommentId> cursor_of(const HttpRequest& request) {
    const auto text = text_of(request, "cursor");
    if (!text) return CommentId{};
    const auto id = parse_comment_id(*text);
    if (!id) return make_error(Errc::invalid_field, "This cursor is none of this list.", "cursor");
    return *id;
}

}  // namespace

Awaitable<HttpResponse> post_ticket(Site& site, const HttpRequest& request) {
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller](Reply<std::string> reply) {
        site.service.issue_ticket(caller, std::move(reply));
    };
    const result<std::string> ticket = co_await wait_for<std::string>(start);
    if (ticket.has_error()) co_return problem_response(ticket.error());
    co_return json_response(200, encode_ticket(*ticket));
}

Awaitable<HttpResponse> patch_me(Site& site, const HttpRequest& request) {
    auto change = parse_password_change(request.body);
    if (change.has_error()) co_return problem_response(change.error());
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller, &change](Reply<AccountRow> reply) {
        site.service.change_password(caller, std::move(*change), std::move(reply));
    };
    const result<AccountRow> account = co_await wait_for<AccountRow>(start);
    co_return account_response(account);
}

Awaitable<HttpResponse> get_my_pending(Site& site, const HttpRequest& request) {
    const auto id = discussion_of_query(request);
    if (id.has_error()) co_return problem_response(id.error());
    const Caller caller = caller_of(request, site);
    using Pending = std::vector<PendingComment>;
    const auto start = [&site, &caller, &id](Reply<Pending> reply) {
        site.service.my_pending(caller, *id, std::move(reply));
    };
    const result<Pending> pending = co_await wait_for<Pending>(start);
    if (pending.has_error()) co_return problem_response(pending.error());
    co_return json_response(200, encode_pending(*pending, std::nullopt));
}

Awaitable<HttpResponse> get_moderation_queue(Site& site, const HttpRequest& request) {
    const auto limit =
        number_of(request, "limit", pending_page_comments_default, 1, pending_page_comments_max);
    if (limit.has_error()) co_return problem_response(limit.error());
    const auto after = cursor_of(request);
    if (after.has_error()) co_return problem_response(after.error());
    PendingQuery query;
    query.after = *after;
    if (const auto text = text_of(request, "discussion")) {
        auto id = parse_discussion_id(*text);
        if (id.has_error()) co_return problem_response(make_error(Errc::unknown_discussion));
        query.discussion = std::move(*id);
    }
    const auto shown = static_cast<std::size_t>(*limit);
    query.limit = shown + 1;
    const Caller caller = caller_of(request, site);
    using Pending = std::vector<PendingComment>;
    const auto start = [&site, &caller, &query](Reply<Pending> reply) {
        site.service.moderation_queue(caller, std::move(query), std::move(reply));
    };
    result<Pending> pending = co_await wait_for<Pending>(start);
    if (pending.has_error()) co_return problem_response(pending.error());
    std::optional<std::string> next;
    if (pending->size() > shown) {
        pending->resize(shown);
        next = to_string(pending->back().comment.id());
    }
    co_return json_response(200, encode_pending(*pending, next));
}

Awaitable<HttpResponse> put_ban(Site& site, const HttpRequest& request) {
    const auto account = parse_account_id(request.path_arguments.at(0));
    if (!account) {
        co_return problem_response(make_error(Errc::not_found, "There is no such account."));
    }
    const auto banned = parse_ban(request.body);
    if (banned.has_error()) co_return problem_response(banned.error());
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller, &account, &banned](Reply<AccountRow> reply) {
        site.service.set_ban(caller, SetBan{*account, *banned}, std::move(reply));
    };
    const result<AccountRow> done = co_await wait_for<AccountRow>(start);
    co_return account_response(done);
}

}  // namespace parley
