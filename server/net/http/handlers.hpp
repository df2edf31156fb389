#pragma once

#include "net/asio.hpp"
#include "net/http/message.hpp"
#include "net/site.hpp"

namespace parley {

// One named coroutine for each route; routes.cpp says which. They translate: header and body into
// a call of the service, its result into an answer. The request outlives the coroutine.

Awaitable<HttpResponse> get_discussions(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_counts(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_discussion(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> put_discussion(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_comments(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_changes(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_events(Site& site, const HttpRequest& request);

Awaitable<HttpResponse> post_comment(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> patch_comment(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> delete_comment(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> put_vote(Site& site, const HttpRequest& request);

Awaitable<HttpResponse> post_account(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> post_session(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> delete_session(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_me(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> delete_me(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_my_votes(Site& site, const HttpRequest& request);

Awaitable<HttpResponse> post_ticket(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> patch_me(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_my_pending(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_moderation_queue(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> put_ban(Site& site, const HttpRequest& request);

Awaitable<HttpResponse> get_index_page(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_discussion_page(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_feed(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_static_file(Site& site, const HttpRequest& request);

Awaitable<HttpResponse> get_healthz(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_readyz(Site& site, const HttpRequest& request);
Awaitable<HttpResponse> get_metrics(Site& site, const HttpRequest& request);

// Answers to what no route takes: a problem document under /api, a page elsewhere.
[[nodiscard]] HttpResponse not_found_response(const HttpRequest& request, const Site& site);

// --- shared by the handlers ---
[[nodiscard]] Caller caller_of(const HttpRequest& request, const Site& site);
[[nodiscard]] std::string session_cookie_name(const Site& site);
// The Idempotency-Key and the digest of method, path and body. invalid_field where the key is too
// long or not printable.
[[nodiscard]] result<Idempotency> idempotency_of(const HttpRequest& request);
// What the ETag of an answer names: the bytes of one coding, as RFC 9110 has it; or, where clients
// build the tag themselves, what they stand for (then a weak one).
enum class TagKind : std::uint8_t { of_each_coding, of_all_codings };
// An answer that shares the bytes of the snapshot, or a 304 where the client has them: with ETag,
// Vary and Content-Encoding, and where the store cannot be read, with Age and Parley-Stale.
[[nodiscard]] HttpResponse snapshot_response(const HttpRequest& request,
                                             const SnapshotAnswer& answer, TagKind tag);
[[nodiscard]] result<CommentId> comment_of(const HttpRequest& request);
// The discussion that the query must name.
[[nodiscard]] result<DiscussionId> discussion_of_query(const HttpRequest& request);
// A whole number of the query, or `fallback` where it is absent; invalid_field where it is not
// between the bounds.
[[nodiscard]] result<std::int64_t> number_of(const HttpRequest& request, std::string_view name,
                                             std::int64_t fallback, std::int64_t min,
                                             std::int64_t max);
[[nodiscard]] std::optional<std::string> text_of(const HttpRequest& request, std::string_view name);

}  // namespace parley
