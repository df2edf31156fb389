#include "net/http/embedded_assets.hpp"
#include "net/http/handlers.hpp"
#include "net/http/headers.hpp"
#include "net/wait_for.hpp"
#include "protocol/feed.hpp"
#include "protocol/html.hpp"
#include "protocol/pages.hpp"

#include <algorithm>

namespace parley {

namespace {

const EmbeddedAsset* find_asset(std::string_view name) {
    const auto assets = embedded_assets();
    const auto found = std::find_if(assets.begin(), assets.end(),
                                    [&](const EmbeddedAsset& asset) { return asset.name == name; });
    return found == assets.end() ? nullptr : &*found;
}

std::string_view page_template(std::string_view name) {
    const EmbeddedAsset* asset = find_asset(name);
    return asset == nullptr ? std::string_view() : asset->identity;
}

std::string_view content_type_of(std::string_view name) {
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    if (name.ends_with(".yaml")) return "application/yaml";
    return "application/octet-stream";
}

HttpResponse html_response(int status, std::string html) {
    HttpResponse response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back("Cache-Control", "no-cache");
    response.headers.emplace_back("Vary", "Accept-Encoding");
    response.body = std::move(html);
    return response;
}

HttpResponse filled(int status, std::string_view page, const PageValues& values) {
    auto html = fill_template(page_template(page), values);
    if (html.has_error()) return problem_response(html.error());
    return html_response(status, std::move(*html));
}

// Always asked for again, because links and scripts lead back to it, and then mostly a 304. One
// that is stale says so in its text, which no browser may keep.
HttpResponse page_response(const HttpRequest& request, const SnapshotAnswer& page) {
    HttpResponse response = snapshot_response(request, page, TagKind::of_each_coding);
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back("Cache-Control", "no-cache");
    if (!page.stale_for) return response;
    response = html_response(200, with_stale_note(page.snapshot->identity));
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(*page.stale_for);
    response.headers = {{"Age", std::to_string(age.count())},
                        {"Cache-Control", "no-store"},
                        {"Parley-Stale", "true"}};
    return response;
}

}  // namespace

HttpResponse not_found_response(const HttpRequest& request, const Site& site) {
    if (request.path.starts_with("/api/")) return problem_response(make_error(Errc::not_found));
    return filled(404, "404.html", not_found_page_values(site.config.site.name));
}

Awaitable<HttpResponse> get_index_page(Site& site, const HttpRequest& request) {
    std::optional<std::string> after;
    if (const auto cursor = text_of(request, "cursor")) {
        auto key = decode_cursor(*cursor);
        if (key.has_error()) co_return not_found_response(request, site);
        after = std::move(*key);
    }
    const auto start = [&site, &after](Reply<DiscussionPage> reply) {
        site.service.discussions(discussions_page_default, after, std::move(reply));
    };
    const result<DiscussionPage> page = co_await wait_for<DiscussionPage>(start);
    if (page.has_error()) co_return problem_response(page.error());
    std::optional<std::string> next;
    if (page->next) next = encode_cursor(*page->next);
    co_return filled(200, "index.html",
                     index_page_values(site.config.site.name, page->discussions, next));
}

Awaitable<HttpResponse> get_discussion_page(Site& site, const HttpRequest& request) {
    auto id = parse_discussion_id(request.path_arguments.at(0));
    if (id.has_error()) co_return not_found_response(request, site);
    WindowRequest window;
    window.discussion = std::move(*id);
    if (const auto cursor = text_of(request, "cursor")) {
        auto key = decode_cursor(*cursor);
        if (key.has_error()) co_return not_found_response(request, site);
        window.after = std::move(*key);
    }
    if (const auto parent = text_of(request, "parent")) {
        window.parent = parse_comment_id(*parent);
        if (!window.parent) co_return not_found_response(request, site);
    }
    std::optional<SnapshotAnswer> page = site.service.page_at_hand(window);
    if (!page) {
        const PageRenderer render = [&name =
                                         site.config.site.name](const DiscussionPageData& data) {
            return fill_template(
                page_template("discussion.html"),
                discussion_page_values(name, data.detail.view, data.detail.article, data.window));
        };
        const auto start = [&site, &window, &render](Reply<SnapshotAnswer> reply) {
            site.service.page(window, render, std::move(reply));
        };
        auto read = co_await wait_for<SnapshotAnswer>(start);
        if (read.has_error()) {
            const Errc code = read.error().code;
            const bool absent = code == Errc::unknown_discussion || code == Errc::unknown_comment;
            co_return absent ? not_found_response(request, site) : problem_response(read.error());
        }
        page = std::move(*read);
    }
    co_return page_response(request, *page);
}

Awaitable<HttpResponse> get_feed(Site& site, const HttpRequest& request) {
    const auto id = parse_discussion_id(request.path_arguments.at(0));
    if (id.has_error()) co_return not_found_response(request, site);
    WindowRequest window;
    window.discussion = *id;
    window.sort = SortOrder::newest;
    const auto start = [&site, &window](Reply<DiscussionPageData> reply) {
        site.service.page_data(window, std::move(reply));
    };
    const result<DiscussionPageData> data = co_await wait_for<DiscussionPageData>(start);
    if (data.has_error()) {
        co_return data.error().code == Errc::unknown_discussion ? not_found_response(request, site)
                                                                : problem_response(data.error());
    }
    const std::string base =
        site.config.site.url.empty() ? "http://" + request.host : site.config.site.url;
    HttpResponse response;
    response.content_type = "application/atom+xml; charset=utf-8";
    response.headers.emplace_back("Cache-Control", "public, max-age=60");
    response.body = render_feed(data->detail.view, data->window, base);
    co_return response;
}

Awaitable<HttpResponse> get_static_file(Site& site, const HttpRequest& request) {
    static_cast<void>(site);
    const EmbeddedAsset* asset = find_asset(std::string_view(request.path).substr(1));
    if (asset == nullptr) co_return not_found_response(request, site);
    const bool gzip = request.accepts_gzip;
    HttpResponse response;
    response.content_type = content_type_of(asset->name);
    const std::string etag =
        "\"" + std::string(asset->sha256_hex.substr(0, 32)) + (gzip ? "-gz\"" : "\"");
    response.headers.emplace_back("ETag", etag);
    response.headers.emplace_back("Vary", "Accept-Encoding");
    response.headers.emplace_back("Cache-Control", "no-cache");
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    response.headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
    if (etag_matches(request.if_none_match, etag)) {
        response.status = 304;
        co_return response;
    }
    if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
    response.shared_body = gzip ? asset->gzip : asset->identity;
    co_return response;
}

namespace {

HttpResponse health_response(const std::function<OpsHooks::Answer()>& hook) {
    if (!hook) return json_response(200, R"({"status":"ok"})");
    OpsHooks::Answer answer = hook();
    return json_response(answer.well ? 200 : 503, std::move(answer.json));
}

}  // namespace

Awaitable<HttpResponse> get_healthz(Site& site, const HttpRequest& request) {
    static_cast<void>(request);
    co_return health_response(site.ops.liveness);
}

Awaitable<HttpResponse> get_readyz(Site& site, const HttpRequest& request) {
    static_cast<void>(request);
    co_return health_response(site.ops.readiness);
}

Awaitable<HttpResponse> get_metrics(Site& site, const HttpRequest& request) {
    static_cast<void>(request);
    HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    if (site.ops.metrics) response.body = site.ops.metrics();
    co_return response;
}

}  // namespace parley
