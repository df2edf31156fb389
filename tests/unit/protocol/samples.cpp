#include "unit/protocol/samples.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <iterator>

namespace parley::test {

std::string read_source_file(std::string_view path) {
    const std::string full = std::string(PARLEY_SOURCE_DIR) + "/" + std::string(path);
    std::ifstream file(full, std::ios::binary);
    EXPECT_TRUE(file) << full << " cannot be read";
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_vector(std::string_view name) {
    return read_source_file("tests/data/protocol/" + std::string(name));
}

std::string compact(std::string_view json) {
    std::string out(json.size() + simdjson::SIMDJSON_PADDING, '\0');
    std::size_t bytes = 0;
    const auto code = simdjson::minify(json.data(), json.size(), out.data(), bytes);
    EXPECT_EQ(code, simdjson::SUCCESS);
    out.resize(bytes);
    return out;
}

std::vector<std::string> read_vector_items(std::string_view name) {
    // Cut out of the text rather than printed again, which would lose the writing of numbers and
    // escapes.
    const std::string list = compact(read_vector(name));
    std::vector<std::string> items;
    int depth = 0;
    bool in_text = false;
    std::size_t start = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const char c = list[i];
        if (in_text && c == '\\') {
            ++i;
        } else if (c == '"') {
            in_text = !in_text;
        } else if (!in_text && (c == '{' || c == '[')) {
            if (++depth == 2) start = i;
        } else if (!in_text && (c == '}' || c == ']')) {
            if (--depth == 1) items.push_back(list.substr(start, i + 1 - start));
        }
    }
    EXPECT_FALSE(items.empty()) << name;
    return items;
}

WallTime at(std::string_view rfc3339) { return parse_rfc3339(rfc3339).value(); }

ContentNode text_node(std::string text) { return {ContentTag::text, std::move(text), {}}; }

ContentNode element(ContentTag tag, ContentTree children) { return {tag, "", std::move(children)}; }

ContentNode link(std::string href, ContentTree children) {
    return {ContentTag::a, std::move(href), std::move(children)};
}

CommentView sample_comment() {
    CommentContent content;
    content.id = CommentId{17};
    content.parent = CommentId{16};
    content.path = {CommentId{16}};
    content.number = "3.1";
    content.author = Author{AccountId{4}, "Anna Weber", {"moderator"}};
    content.created_at = at("2026-01-22T09:44:00.000Z");
    content.body = "some *text*, see [here](https://example.org/?a=1&b=2)\n\n> …";
    content.content = {
        element(ContentTag::p,
                {text_node("some "), element(ContentTag::em, {text_node("text")}),
                 text_node(", see "), link("https://example.org/?a=1&b=2", {text_node("here")})}),
        element(ContentTag::quote, {element(ContentTag::p, {text_node("…")})})};
    content.quote = Quote{CommentId{16}, "Jonas Berg", "…", true};
    content.stamp = 41;
    return {std::make_shared<const CommentContent>(std::move(content)),
            Tally{CommentId{17}, 9, 2, 7, 0, 40}};
}

CommentView sample_tombstone() {
    CommentContent content;
    content.id = CommentId{16};
    content.number = "3";
    content.created_at = at("2026-01-22T09:32:00.000Z");
    content.state = CommentState::removed;
    content.stamp = 50;
    return {std::make_shared<const CommentContent>(std::move(content)),
            Tally{CommentId{16}, 0, 12, -12, 1, 57}};
}

DiscussionView sample_discussion() {
    DiscussionView view;
    view.id = {"tram-line"};
    view.title = "A tram line for the east";
    view.url = "https://news.example/tram-line";
    view.channels = {{"Mastodon", "https://social.example/@news"}};
    view.created_at = at("2026-01-22T09:00:00.000Z");
    view.last_comment_at = at("2026-01-22T09:44:00.000Z");
    view.comment_count = 20;
    view.position = {{"k3v9"}, 57};
    view.stamp = 12;
    return view;
}

AccountRow sample_account() {
    AccountRow account;
    account.id = AccountId{4};
    account.name = "Anna Weber";
    account.name_key = "anna weber";
    account.role = Role::moderator;
    account.password_hash = "$argon2id$not-for-anybody";
    account.created_at = at("2026-01-22T09:00:00.000Z");
    return account;
}

WindowAnswer sample_window() {
    WindowAnswer window;
    window.position = {{"k3v9"}, 57};
    window.comment_count = 20;
    window.comments = {sample_tombstone(), sample_comment()};
    window.next_cursor = "AAAAAwAAAAE";
    window.more = {{CommentId{16}, 12, "AAAAAw"}, {CommentId{17}, 1, "AAAAAwAAAAE"}};
    return window;
}

CommentContent plain_comment(std::int64_t id, std::vector<std::int64_t> path) {
    CommentContent content;
    content.id = CommentId{id};
    for (const std::int64_t ancestor : path) content.path.push_back(CommentId{ancestor});
    if (!content.path.empty()) content.parent = content.path.back();
    content.number = "1";
    content.author = Author{AccountId{4}, "Anna Weber", {}};
    content.created_at = at("2026-01-22T09:44:00.000Z");
    content.body = "x";
    content.content = {element(ContentTag::p, {text_node("x")})};
    content.stamp = 1;
    return content;
}

CommentView view_of(CommentContent content, std::int64_t score) {
    Tally tally;
    tally.id = content.id;
    tally.score = score;
    return {std::make_shared<const CommentContent>(std::move(content)), tally};
}

}  // namespace parley::test
