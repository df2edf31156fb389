#include "net/http/handlers.hpp"
#include "net/http/router.hpp"

#include <array>

namespace parley {

namespace {

using enum RouteClass;
constexpr bool reads = false;
constexpr bool writes = true;

constexpr std::array table{
    Route{"GET", "/api/v1/discussions", BodyLimit::none, reads, get_discussions, read},
    Route{"GET", "/api/v1/counts", BodyLimit::none, reads, get_counts, read},
    Route{"GET", "/api/v1/discussions/{}", BodyLimit::none, reads, get_discussion, read},
    Route{"PUT", "/api/v1/discussions/{}", BodyLimit::article, writes, put_discussion, publish},
    Route{"GET", "/api/v1/discussions/{}/comments", BodyLimit::none, reads, get_comments, window},
    Route{"POST", "/api/v1/discussions/{}/comments", BodyLimit::json, writes, post_comment,
          comment},
    Route{"GET", "/api/v1/discussions/{}/changes", BodyLimit::none, reads, get_changes, changes},
    Route{"GET", "/api/v1/discussions/{}/events", BodyLimit::none, reads, get_events, changes},
    Route{"PATCH", "/api/v1/comments/{}", BodyLimit::json, writes, patch_comment, comment},
    Route{"DELETE", "/api/v1/comments/{}", BodyLimit::none, writes, delete_comment, comment},
    Route{"PUT", "/api/v1/comments/{}/vote", BodyLimit::json, writes, put_vote, vote},
    Route{"POST", "/api/v1/accounts", BodyLimit::json, writes, post_account, account},
    Route{"POST", "/api/v1/session", BodyLimit::json, writes, post_session, account},
    Route{"DELETE", "/api/v1/session", BodyLimit::none, writes, delete_session, account},
    Route{"POST", "/api/v1/session/ticket", BodyLimit::none, writes, post_ticket, account},
    Route{"GET", "/api/v1/me/pending", BodyLimit::none, reads, get_my_pending, read},
    Route{"GET", "/api/v1/moderation/queue", BodyLimit::none, reads, get_moderation_queue, read},
    Route{"PUT", "/api/v1/moderation/accounts/{}/ban", BodyLimit::json, writes, put_ban, account},
    Route{"GET", "/api/v1/me", BodyLimit::none, reads, get_me, read},
    Route{"PATCH", "/api/v1/me", BodyLimit::json, writes, patch_me, account},
    Route{"DELETE", "/api/v1/me", BodyLimit::none, writes, delete_me, account},
    Route{"GET", "/api/v1/me/votes", BodyLimit::none, reads, get_my_votes, read},
    Route{"GET", "/", BodyLimit::none, reads, get_index_page, page},
    Route{"GET", "/d/{}", BodyLimit::none, reads, get_discussion_page, page},
    Route{"GET", "/d/{}/feed.atom", BodyLimit::none, reads, get_feed, page},
    Route{"GET", "/parley.js", BodyLimit::none, reads, get_static_file, asset},
    Route{"GET", "/parley.css", BodyLimit::none, reads, get_static_file, asset},
    Route{"GET", "/favicon.svg", BodyLimit::none, reads, get_static_file, asset},
    Route{"GET", "/api/openapi.yaml", BodyLimit::none, reads, get_static_file, asset},
    Route{"GET", "/api/asyncapi.yaml", BodyLimit::none, reads, get_static_file, asset},
    Route{"GET", "/healthz", BodyLimit::none, reads, get_healthz, ops},
    Route{"GET", "/readyz", BodyLimit::none, reads, get_readyz, ops},
};

constexpr std::array ops_table{
    Route{"GET", "/healthz", BodyLimit::none, reads, get_healthz, ops},
    Route{"GET", "/readyz", BodyLimit::none, reads, get_readyz, ops},
    Route{"GET", "/metrics", BodyLimit::none, reads, get_metrics, ops},
};

}  // namespace

std::span<const Route> public_routes() { return table; }
std::span<const Route> ops_routes() { return ops_table; }

}  // namespace parley
