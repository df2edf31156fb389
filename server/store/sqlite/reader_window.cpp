#include "base/limits.hpp"
#include "discussion/rules.hpp"
#include "store/reading.hpp"
#include "store/sqlite/reader.hpp"

#include <algorithm>
#include <utility>

namespace parley::sqlite {

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view and_then = ", ";
constexpr std::string_view from_shown_oldest =
    " FROM comments c INDEXED BY comments_shown_oldest"
    " CROSS JOIN tallies t ON t.comment = c.id CROSS JOIN accounts a ON a.id = c.author"
    " WHERE c.discussion = ?1 AND c.state = 0 AND c.oldest_key > ?2 AND c.oldest_key < ?3"
    " ORDER BY c.oldest_key LIMIT ?4";
constexpr std::string_view from_shown_newest =
    " FROM comments c INDEXED BY comments_shown_newest"
    " CROSS JOIN tallies t ON t.comment = c.id CROSS JOIN accounts a ON a.id = c.author"
    " WHERE c.discussion = ?1 AND c.state = 0 AND c.newest_key > ?2 AND c.newest_key < ?3"
    " ORDER BY c.newest_key LIMIT ?4";
constexpr std::string_view from_one =
    " FROM comments c CROSS JOIN tallies t ON t.comment = c.id"
    " CROSS JOIN accounts a ON a.id = c.author WHERE c.id = ?1";

constexpr Sql select_shown_oldest =
    joined<select, comment_columns, and_then, account_columns, from_shown_oldest>;
constexpr Sql select_shown_newest =
    joined<select, comment_columns, and_then, account_columns, from_shown_newest>;
constexpr Sql select_one = joined<select, comment_columns, and_then, account_columns, from_one>;

// Reads one window. What a window shows are the visible comments and, before them, those of their
// ancestors that are not: so it walks the index of visible comments and puts a tombstone wherever
// an ancestor has not come yet.
class WindowReader {
public:
    WindowReader(Connection& connection, const WindowRequest& request)
        : connection_(connection),
          request_(request),
          limit_(std::clamp<std::size_t>(request.limit, 1, window_comments_max)) {}

    [[nodiscard]] result<Window> read() {
        result<Standing> standing = read_standing(connection_, request_.discussion);
        if (standing.has_error()) return standing.error();
        row_id_ = standing->row_id;
        window_.position = std::move(standing->position);
        window_.comment_count = standing->comment_count;
        if (auto placed = find_range(); placed.has_error()) return placed.error();
        if (auto done = fill(); done.has_error()) return done.error();
        if (is_full_) {
            window_.next = last_;
            if (auto counted = count_more(); counted.has_error()) return counted.error();
        }
        return std::move(window_);
    }

private:
    // The order keys between which the window lies, both exclusive.
    [[nodiscard]] result<void> find_range() {
        if (request_.after) {
            if (!is_order_key(*request_.after)) return bad_cursor();
            last_ = *request_.after;
        }
        end_ = last_key_part;
        if (!request_.parent) return {};
        Query query = connection_.query(
            "SELECT oldest_key FROM comments WHERE id = ?1 AND discussion = ?2 AND stamp > 0");
        query.bind(*request_.parent).bind(row_id_);
        const result<bool> found = query.next();
        if (found.has_error()) return found.error();
        if (!*found) return make_error(Errc::unknown_comment);
        const auto ordinals = decode_ordinals(query.bytes(0));
        if (!ordinals || ordinals->empty()) {
            return corrupt_row("comments", static_cast<std::int64_t>(*request_.parent));
        }
        depth_ = ordinals->size();
        const std::string key = order_key(*ordinals, request_.sort);
        last_ = std::max(last_, key);
        end_ = key + std::string(last_key_part);
        return {};
    }

    [[nodiscard]] result<void> fill() {
        Query query = connection_.query(request_.sort == SortOrder::oldest ? select_shown_oldest
                                                                           : select_shown_newest);
        // One more than fits, to know whether there is more.
        query.bind(row_id_).bind_blob(last_).bind_blob(end_).bind(limit_ + 1);
        while (!is_full_) {
            const result<bool> row = query.next();
            if (row.has_error()) return row.error();
            if (!*row) return {};
            if (auto added = add_with_ancestors(query); added.has_error()) return added;
        }
        return {};
    }

    [[nodiscard]] result<void> add_with_ancestors(const Query& query) {
        auto ordinals = decode_ordinals(query.bytes(3));
        if (!ordinals) return corrupt_row("comments", query.integer(0));
        result<CommentView> view = read_view(query, request_.discussion);
        if (view.has_error()) return view.error();
        const std::string key = order_key(*ordinals, request_.sort);
        const std::vector<CommentId>& path = view->content->path;
        for (std::size_t i = 0; i < path.size(); ++i) {
            const std::string ancestor_key = key.substr(0, (i + 1) * key_part_bytes);
            if (ancestor_key <= last_) continue;  // shown, or before the window
            if (window_.comments.size() == limit_) break;
            result<CommentView> ancestor = read_one(path[i]);
            if (ancestor.has_error()) return ancestor.error();
            add(std::move(*ancestor), ancestor_key);
        }
        if (window_.comments.size() == limit_) {
            is_full_ = true;
            return {};
        }
        add(std::move(*view), key);
        return {};
    }

    void add(CommentView view, std::string key) {
        window_.comments.push_back(std::move(view));
        last_ = std::move(key);
    }

    [[nodiscard]] result<CommentView> read_one(CommentId id) {
        Query query = connection_.query(select_one);
        query.bind(id);
        const result<bool> found = query.next();
        if (found.has_error()) return found.error();
        if (!*found) return corrupt_row("comments", static_cast<std::int64_t>(id));
        return read_view(query, request_.discussion);
    }

    // Only the last comment and its ancestors can have replies behind the end: all others were
    // left behind with their descendants.
    [[nodiscard]] result<void> count_more() {
        const CommentContent& tail = *window_.comments.back().content;
        std::vector<CommentId> line = tail.path;
        line.push_back(tail.id);
        for (std::size_t i = depth_ == 0 ? 0 : depth_ - 1; i < line.size(); ++i) {
            const result<std::int64_t> replies = count_replies(line, i);
            if (replies.has_error()) return replies.error();
            if (*replies > 0) window_.more.push_back({line[i], *replies, last_});
        }
        return {};
    }

    // Visible direct replies of line[i] that come after the one the line goes on with. Both orders
    // count on the keys of one of them.
    [[nodiscard]] result<std::int64_t> count_replies(const std::vector<CommentId>& line,
                                                     std::size_t i) {
        std::string after;
        std::string before(last_key_part);
        if (i + 1 < line.size()) {
            const auto [code, branch] = branch_key(i + 1);
            if (!code) return corrupt_row("comments", static_cast<std::int64_t>(line[i]));
            (request_.sort == SortOrder::oldest ? after : before) = branch;
        }
        Query query = connection_.query(
            "SELECT count(*) FROM comments INDEXED BY comments_shown_children"
            " WHERE parent = ?1 AND state = 0 AND oldest_key > ?2 AND oldest_key < ?3");
        query.bind(line[i]).bind_blob(after).bind_blob(before);
        const result<bool> row = query.next();
        if (row.has_error()) return row.error();
        return query.integer(0);
    }

    // The oldest-first key of the comment at that depth (from 0) on the way to the last one.
    [[nodiscard]] std::pair<bool, std::string> branch_key(std::size_t depth) const {
        auto ordinals = decode_ordinals(last_);
        if (!ordinals || ordinals->size() <= depth) return {false, {}};
        ordinals->resize(depth + 1);
        // Complementing is its own inverse.
        return {true, order_key(*ordinals, request_.sort)};
    }

    Connection& connection_;
    const WindowRequest& request_;
    std::size_t limit_;
    Window window_;
    std::int64_t row_id_ = 0;
    std::size_t depth_ = 0;  // of the parent; 0: none
    std::string last_;       // key of the last comment shown, or of where the window begins
    std::string end_;
    bool is_full_ = false;
};

}  // namespace

result<Window> SqliteReader::window(const WindowRequest& request) {
    const auto snapshot = Snapshot::begin(*connection_);
    if (snapshot.has_error()) return snapshot.error();
    return WindowReader(*connection_, request).read();
}

result<std::optional<CommentView>> SqliteReader::comment(CommentId id) {
    const auto snapshot = Snapshot::begin(*connection_);
    if (snapshot.has_error()) return snapshot.error();
    Query query = connection_->query(select_one);
    query.bind(id);
    const result<bool> found = query.next();
    if (found.has_error()) return found.error();
    // One that was never public is not there for a reader.
    if (!*found || query.integer(9) == 0) return std::optional<CommentView>();
    result<CommentView> view = read_view(query, DiscussionId());
    if (view.has_error()) return view.error();
    return std::optional(std::move(*view));
}

}  // namespace parley::sqlite
