#include "edge_inputs.hpp"

#include "base/limits.hpp"
#include "base/utf8.hpp"
#include "discussion/content.hpp"
#include "discussion/views.hpp"
#include "interchange/line_reader.hpp"
#include "interchange/lines.hpp"
#include "net/http/headers.hpp"
#include "protocol/answers.hpp"
#include "protocol/requests.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>

namespace parley::fuzz {

namespace {

bool is_utf8(std::string_view text) {
    Utf8Validator validator;
    return validator.write(text) && validator.complete();
}

bool is_sound(const Error& error) {
    const bool expected = error.code == Errc::malformed || error.code == Errc::invalid_field ||
                          error.code == Errc::too_large;
    return expected && !error.message.empty() && error.message.back() == '.';
}

template <class T>
bool is_read_or_refused(const result<T>& parsed) {
    return parsed.has_value() || is_sound(parsed.error());
}

struct Bounds {
    std::size_t nodes = 0;
    std::string problem;
};

bool is_safe_link(std::string_view href) {
    constexpr std::array<std::string_view, 3> schemes{"http://", "https://", "mailto:"};
    std::string lower(href.substr(0, 8));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return std::any_of(schemes.begin(), schemes.end(),
                       [&](std::string_view scheme) { return lower.starts_with(scheme); });
}

void walk(const ContentTree& nodes, std::size_t depth, Bounds& bounds) {
    for (const ContentNode& node : nodes) {
        ++bounds.nodes;
        const bool is_element = node.tag != ContentTag::text;
        if (is_element && depth > content_depth_max) bounds.problem = "the tree is too deep";
        if (node.tag == ContentTag::text && !node.children.empty()) {
            bounds.problem = "a text with children";
        }
        if (node.tag == ContentTag::a && !is_safe_link(node.text))
            bounds.problem = "an unsafe link";
        if (!bounds.problem.empty()) return;
        walk(node.children, depth + 1, bounds);
    }
}

bool is_whole_json(const std::string& text) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    return parser.parse(text).get(root) == simdjson::SUCCESS;
}

// The line that `rest` begins with; takes it away.
std::string_view take_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

std::string problem_with_target(std::string_view bytes) {
    const result<Target> target = parse_target(bytes);
    if (target.has_error()) return is_sound(target.error()) ? "" : "a target is refused badly";
    if (!target->path.starts_with('/')) return "a path that is none";
    const auto has_nul = [](const std::string& text) {
        return text.find('\0') != std::string::npos;
    };
    if (has_nul(target->path)) return "a path with NUL";
    for (const auto& [name, value] : target->query) {
        if (has_nul(name) || has_nul(value)) return "a query with NUL";
    }
    return {};
}

// In small letters and without the port that its scheme has anyway.
std::string plain_origin(std::string_view origin) {
    std::string plain(origin);
    std::transform(plain.begin(), plain.end(), plain.begin(),
                   [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const std::string_view port = plain.starts_with("https://") ? ":443" : ":80";
    if (plain.ends_with(port)) plain.resize(plain.size() - port.size());
    return plain;
}

std::string problem_with_origin(std::string_view origin, std::string_view host) {
    Config::Site site;
    site.origins = {"https://news.example"};
    const bool is_listed = origin == "https://news.example";
    if (origin_allowed(origin, host, site) && !is_listed) {
        const std::string own(host);
        const std::string asked = plain_origin(origin);
        const bool is_own =
            asked == plain_origin("http://" + own) || asked == plain_origin("https://" + own);
        if (!is_own || host.empty()) return "an origin that is on no list";
    }
    site.url = "https://talk.example";
    const bool is_site = plain_origin(origin) == site.url;
    if (origin_allowed(origin, host, site) && !is_listed && !is_site) {
        return "an origin that is not the site's";
    }
    return {};
}

std::string problem_with_address(std::string_view forwarded) {
    constexpr std::string_view peer = "192.0.2.7";
    if (client_address(peer, forwarded, {}) != peer) return "a stranger is believed";
    if (client_address(peer, forwarded, {"10.0.0.0/8"}) != peer) return "a stranger is believed";
    const std::vector<std::string> trusted{"192.0.2.7", "10.0.0.0/8"};
    const std::string found = client_address(peer, forwarded, trusted);
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(found, error);
    if (error) return "an address that is none: " + found;
    if (plain_address(address) != found) return "an address that is not plain: " + found;
    return {};
}

}  // namespace

std::string problem_with_json(std::string_view bytes) {
    const bool sound =
        is_read_or_refused(parse_live_request(bytes)) &&
        is_read_or_refused(parse_post_comment({"d"}, bytes)) &&
        is_read_or_refused(parse_comment_patch(bytes)) && is_read_or_refused(parse_vote(bytes)) &&
        is_read_or_refused(parse_put_discussion({"d"}, bytes)) &&
        is_read_or_refused(parse_credentials(bytes)) &&
        is_read_or_refused(parse_password_change(bytes)) && is_read_or_refused(parse_ban(bytes)) &&
        is_read_or_refused(parse_discussion_ids(bytes));
    if (!sound) return "a refusal without a reason";
    const auto live = parse_live_request(bytes);
    if (live.has_error()) return {};
    if (const auto* subscribe = std::get_if<LiveSubscribe>(&*live)) {
        if (subscribe->topics.size() > counted_discussions_max) return "too many topics";
        if (subscribe->since && *subscribe->since < 0) return "a position before the first";
        if (!is_utf8(subscribe->topic)) return "a topic that is not UTF-8";
    }
    return {};
}

std::string problem_with_markdown(std::string_view bytes) {
    // What is not UTF-8 never comes so far.
    if (!is_utf8(bytes)) return {};
    for (const bool is_article : {false, true}) {
        const ContentTree tree = is_article ? parse_article(bytes) : parse_markdown(bytes);
        Bounds bounds;
        walk(tree, 1, bounds);
        if (!bounds.problem.empty()) return bounds.problem;
        // What is over the bound is one text more.
        if (bounds.nodes > content_nodes_max + 1) return "the tree has too many nodes";
        if (!is_utf8(plain_text(tree))) return "a text that is not UTF-8";
        CommentContent content;
        content.body = bytes;
        content.content = tree;
        CommentView view{std::make_shared<const CommentContent>(std::move(content)), {}};
        if (!is_whole_json(encode_comment(view))) return "JSON that cannot be read";
    }
    static_cast<void>(quote_occurs(bytes.substr(0, bytes.size() / 2), bytes));
    return {};
}

std::string problem_with_headers(std::string_view bytes) {
    if (auto problem = problem_with_target(take_line(bytes)); !problem.empty()) return problem;
    const std::string_view origin = take_line(bytes);
    const std::string_view host = take_line(bytes);
    if (auto problem = problem_with_origin(origin, host); !problem.empty()) return problem;
    const std::string_view cookie = take_line(bytes);
    if (const auto value = find_cookie(cookie, "parley_session")) {
        const bool inside = value->data() >= cookie.data() &&
                            value->data() + value->size() <= cookie.data() + cookie.size();
        if (!inside || value->find(';') != std::string_view::npos) return "a cookie of two";
    }
    if (auto problem = problem_with_address(take_line(bytes)); !problem.empty()) return problem;
    const std::string_view authorization = take_line(bytes);
    if (const auto token = bearer_token(authorization)) {
        if (authorization.size() <= token->size()) return "a token without its word";
    }
    static_cast<void>(accepts_gzip(take_line(bytes)));
    static_cast<void>(etag_matches(take_line(bytes), "\"a\""));
    static_cast<void>(parley::is_json(take_line(bytes)));
    return {};
}

std::string problem_with_lines(std::string_view bytes) {
    std::istringstream input{std::string(bytes)};
    std::istringstream again{std::string(bytes)};
    LineReader reader(input);
    std::uint64_t last = 0;
    while (const auto line = reader.next()) {
        if (line->ref.number <= last) return "lines that are not in their order";
        last = line->ref.number;
        if (line->text.size() > ndjson_line_bytes_max) return "a line over its bound";
        if (line->ref.offset + line->ref.bytes > bytes.size()) return "a line behind the end";
        if (line->too_long) continue;
        const auto text = read_again(again, line->ref);
        if (text != line->text) return "a line that is not where it says";
        const ParsedLine parsed = parse_line(line->text);
        if (!is_read_or_refused(parsed.line)) return "a line that is refused without a reason";
    }
    if (reader.offset() != bytes.size()) return "bytes that were not read";
    return {};
}

}  // namespace parley::fuzz
