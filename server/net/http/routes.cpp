#include "net/http/handlers.hpp"
#include "net/http/router.hpp"

#include <array>

namespace parley {

namespace {

constexpr bool reads = false;
constexpr bool writes = true;

constexpr std::array table{
    Route{"GET", "/api/v1/discussions", BodyLimit::none, reads, get_discussions},
    Route{"GET", "/api/v1/discussions/{}", BodyLimit::none, reads, get_discussion},
    Route{"PUT", "/api/v1/discussions/{}", BodyLimit::article, writes, put_discussion},
    Route{"GET", "/api/v1/discussions/{}/comments", BodyLimit::none, reads, get_comments},
    Route{"POST", "/api/v1/discussions/{}/comments", BodyLimit::json, writes, post_comment},
    Route{"GET", "/api/v1/discussions/{}/changes", BodyLimit::none, reads, get_changes},
    Route{"GET", "/api/v1/discussions/{}/events", BodyLimit::none, reads, get_events},
    Route{"PATCH", "/api/v1/comments/{}", BodyLimit::json, writes, patch_comment},
    Route{"DELETE", "/api/v1/comments/{}", BodyLimit::none, writes, delete_comment},
    Route{"PUT", "/api/v1/comments/{}/vote", BodyLimit::json, writes, put_vote},
    Route{"POST", "/api/v1/accounts", BodyLimit::json, writes, post_account},
    Route{"POST", "/api/v1/session", BodyLimit::json, writes, post_session},
    Route{"DELETE", "/api/v1/session", BodyLimit::none, writes, delete_session},
    Route{"GET", "/api/v1/me", BodyLimit::none, reads, get_me},
    Route{"GET", "/api/v1/me/votes", BodyLimit::none, reads, get_my_votes},
    Route{"GET", "/", BodyLimit::none, reads, get_index_page},
    Route{"GET", "/d/{}", BodyLimit::none, reads, get_discussion_page},
    Route{"GET", "/d/{}/feed.atom", BodyLimit::none, reads, get_feed},
    Route{"GET", "/parley.js", BodyLimit::none, reads, get_static_file},
    Route{"GET", "/parley.css", BodyLimit::none, reads, get_static_file},
    Route{"GET", "/favicon.svg", BodyLimit::none, reads, get_static_file},
    Route{"GET", "/healthz", BodyLimit::none, reads, get_healthz},
    Route{"GET", "/readyz", BodyLimit::none, reads, get_readyz},
};

constexpr std::array ops_table{
    Route{"GET", "/healthz", BodyLimit::none, reads, get_healthz},
    Route{"GET", "/readyz", BodyLimit::none, reads, get_readyz},
    Route{"GET", "/metrics", BodyLimit::none, reads, get_metrics},
};

}  // namespace

std::span<const Route> public_routes() { return table; }
std::span<const Route> ops_routes() { return ops_table; }

}  // namespace parley
