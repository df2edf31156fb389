#include "net/http/handlers.hpp"
#include "net/wait_for.hpp"

namespace parley {

namespace {

std::string cookie_of(const Site& site, std::string_view token, std::int64_t age_s) {
    const bool https = site.config.site.url.starts_with("https://");
    return session_cookie_name(site) + "=" + std::string(token) +
           "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(age_s) +
           (https ? "; Secure" : "");
}

}  // namespace

Awaitable<HttpResponse> post_account(Site& site, const HttpRequest& request) {
    auto credentials = parse_credentials(request.body);
    if (credentials.has_error()) co_return problem_response(credentials.error());
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller, &credentials](Reply<AccountRow> reply) {
        site.service.sign_up(caller, std::move(*credentials), std::move(reply));
    };
    const result<AccountRow> account = co_await wait_for<AccountRow>(start);
    if (account.has_error()) co_return problem_response(account.error());
    co_return json_response(201, encode_account(*account));
}

Awaitable<HttpResponse> post_session(Site& site, const HttpRequest& request) {
    auto credentials = parse_credentials(request.body);
    if (credentials.has_error()) co_return problem_response(credentials.error());
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller, &credentials](Reply<SignedIn> reply) {
        site.service.sign_in(caller, std::move(*credentials), std::move(reply));
    };
    const result<SignedIn> in = co_await wait_for<SignedIn>(start);
    if (in.has_error()) co_return problem_response(in.error());
    HttpResponse response = json_response(200, encode_session(in->token, in->account));
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(session_hours);
    response.headers.emplace_back("Set-Cookie", cookie_of(site, in->token, age.count()));
    co_return response;
}

Awaitable<HttpResponse> delete_session(Site& site, const HttpRequest& request) {
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller](Reply<DoneNothing> reply) {
        site.service.sign_out(caller, std::move(reply));
    };
    const result<DoneNothing> done = co_await wait_for<DoneNothing>(start);
    const bool over_already = done.has_error() && done.error().code == Errc::unauthenticated;
    if (done.has_error() && !over_already) co_return problem_response(done.error());
    HttpResponse response;
    response.status = 204;
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Set-Cookie", cookie_of(site, "", 0));
    co_return response;
}

Awaitable<HttpResponse> get_me(Site& site, const HttpRequest& request) {
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller](Reply<AccountRow> reply) {
        site.service.me(caller, std::move(reply));
    };
    const result<AccountRow> account = co_await wait_for<AccountRow>(start);
    if (account.has_error()) co_return problem_response(account.error());
    co_return json_response(200, encode_account(*account));
}

// Who has it done has no session any more, and so no cookie.
Awaitable<HttpResponse> delete_me(Site& site, const HttpRequest& request) {
    const Caller caller = caller_of(request, site);
    const auto start = [&site, &caller](Reply<AccountRow> reply) {
        site.service.erase_me(caller, std::move(reply));
    };
    const result<AccountRow> account = co_await wait_for<AccountRow>(start);
    if (account.has_error()) co_return problem_response(account.error());
    HttpResponse response = json_response(202, encode_erasing(*account));
    response.headers.emplace_back("Set-Cookie", cookie_of(site, "", 0));
    co_return response;
}

Awaitable<HttpResponse> get_my_votes(Site& site, const HttpRequest& request) {
    const auto id = discussion_of_query(request);
    if (id.has_error()) co_return problem_response(id.error());
    const Caller caller = caller_of(request, site);
    using Votes = std::vector<VoteOnRecord>;
    const auto start = [&site, &caller, &id](Reply<Votes> reply) {
        site.service.my_votes(caller, *id, std::move(reply));
    };
    const result<Votes> votes = co_await wait_for<Votes>(start);
    if (votes.has_error()) co_return problem_response(votes.error());
    std::vector<std::pair<CommentId, int>> pairs;
    pairs.reserve(votes->size());
    for (const VoteOnRecord& vote : *votes) pairs.emplace_back(vote.comment, vote.value);
    co_return json_response(200, encode_votes(pairs));
}

}  // namespace parley
