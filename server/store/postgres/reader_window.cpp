#include "base/limits.hpp"
#include "store/postgres/reader.hpp"
#include "store/reading.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace parley::postgres {

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view and_then = ", ";
// One way to carry it out, as in load_requests.cpp.
constexpr std::string_view with_tally_and_author =
    " CROSS JOIN LATERAL (SELECT * FROM tallies WHERE comment = c.id OFFSET 0) t"
    " CROSS JOIN LATERAL (SELECT * FROM accounts WHERE id = c.author OFFSET 0) a";
constexpr std::string_view shown_oldest =
    " FROM (SELECT * FROM comments WHERE discussion = $1 AND state = 0 AND oldest_key > $2"
    " AND oldest_key < $3 ORDER BY oldest_key LIMIT $4) c";
constexpr std::string_view in_oldest_order = " ORDER BY c.oldest_key";
constexpr std::string_view shown_newest =
    " FROM (SELECT * FROM comments WHERE discussion = $1 AND state = 0 AND newest_key > $2"
    " AND newest_key < $3 ORDER BY newest_key LIMIT $4) c";
constexpr std::string_view in_newest_order = " ORDER BY c.newest_key";
constexpr std::string_view by_id =
    " FROM (SELECT * FROM comments WHERE id = ANY($1::int8[]) OFFSET 0) c";

constexpr Sql select_shown_oldest = joined<select, comment_columns, and_then, account_columns,
                                           shown_oldest, with_tally_and_author, in_oldest_order>;
constexpr Sql select_shown_newest = joined<select, comment_columns, and_then, account_columns,
                                           shown_newest, with_tally_and_author, in_newest_order>;
constexpr Sql select_by_id =
    joined<select, comment_columns, and_then, account_columns, by_id, with_tally_and_author>;

// Reads one window. What a window shows are the visible comments and, before them, those of their
// ancestors that are not: so it takes a range of the index of visible comments and puts a tombstone
// wherever an ancestor has not come yet. Three round trips at most.
class WindowReader {
public:
    WindowReader(Connection& connection, const WindowRequest& request)
        : connection_(connection),
          request_(request),
          limit_(std::clamp<std::size_t>(request.limit, 1, window_comments_max)) {}

    [[nodiscard]] result<Window> read() {
        if (auto placed = find_range(); placed.has_error()) return std::move(placed.error());
        if (auto done = read_shown(); done.has_error()) return std::move(done.error());
        if (is_full_) window_.next = places_.back().key;
        if (auto done = read_the_rest(); done.has_error()) return std::move(done.error());
        return std::move(window_);
    }

private:
    // A place of the window, in display order.
    struct Place {
        CommentId id{};
        std::string key;
        std::vector<CommentId> path;
        std::optional<CommentView> view;  // absent: an ancestor that is still to be read
    };
    // Visible direct replies of a comment between two keys of oldest-first, both exclusive.
    struct Behind {
        CommentId parent{};
        std::string after;
        std::string before;
    };

    // --- where it lies --------------------------------------------------------------------------

    [[nodiscard]] result<void> find_range() {
        if (request_.after) {
            if (!is_order_key(*request_.after)) return bad_cursor();
            begin_ = *request_.after;
        }
        end_ = last_key_part;
        std::vector<Request> requests{Request{begin_snapshot},
                                      select_standing(request_.discussion)};
        if (request_.parent) {
            requests.push_back(
                Request{"SELECT oldest_key, discussion, stamp FROM comments WHERE id = $1",
                        Arguments().add(*request_.parent)});
        }
        const auto answers = connection_.run(requests);
        if (answers.has_error()) return answers.error();
        auto standing = read_standing((*answers)[1]);
        if (standing.has_error()) return std::move(standing.error());
        row_id_ = standing->row_id;
        window_.position = std::move(standing->position);
        window_.comment_count = standing->comment_count;
        return request_.parent ? find_parent(answers->back()) : result<void>();
    }

    [[nodiscard]] result<void> find_parent(const Rows& rows) {
        const bool is_here =
            !rows.empty() && rows.front().integer(1) == row_id_ && rows.front().integer(2) > 0;
        if (!is_here) return make_error(Errc::unknown_comment);
        const auto ordinals = decode_ordinals(rows.front().bytes(0));
        if (!ordinals || ordinals->empty()) {
            return corrupt_row("comments", static_cast<std::int64_t>(*request_.parent));
        }
        depth_ = ordinals->size();
        const std::string key = order_key(*ordinals, request_.sort);
        begin_ = std::max(begin_, key);
        end_ = key + std::string(last_key_part);
        return {};
    }

    // --- what it shows --------------------------------------------------------------------------

    [[nodiscard]] result<void> read_shown() {
        Request request{request_.sort == SortOrder::oldest ? select_shown_oldest
                                                           : select_shown_newest};
        // One more than fits, to know whether there is more.
        request.arguments.add(row_id_).add(begin_).add(end_).add(limit_ + 1);
        const auto rows = connection_.run(request);
        if (rows.has_error()) return rows.error();
        for (int i = 0; i < rows->size() && !is_full_; ++i) {
            auto added = add_with_ancestors(rows->at(i));
            if (added.has_error()) return added;
        }
        return {};
    }

    [[nodiscard]] result<void> add_with_ancestors(const Row& row) {
        const auto ordinals = decode_ordinals(row.bytes(3));
        if (!ordinals) return corrupt_row("comments", row.integer(0));
        result<CommentView> view = read_view(row, request_.discussion);
        if (view.has_error()) return std::move(view.error());
        const std::string key = order_key(*ordinals, request_.sort);
        const std::vector<CommentId> path = view->content->path;
        for (std::size_t i = 0; i < path.size(); ++i) {
            std::string ancestor_key = key.substr(0, (i + 1) * key_part_bytes);
            if (ancestor_key <= last_key()) continue;  // shown, or before the window
            if (places_.size() == limit_) break;
            const auto above = path.begin() + static_cast<std::ptrdiff_t>(i);
            places_.push_back({path[i], std::move(ancestor_key), {path.begin(), above}, {}});
        }
        if (places_.size() == limit_) {
            is_full_ = true;
            return {};
        }
        const CommentId id = view->id();
        places_.push_back({id, key, path, std::move(*view)});
        return {};
    }

    [[nodiscard]] const std::string& last_key() const {
        return places_.empty() ? begin_ : places_.back().key;
    }

    // --- ancestors, and what lies behind the end ------------------------------------------------

    [[nodiscard]] result<void> read_the_rest() {
        Column missing(ElementType::int8);
        for (const Place& place : places_) {
            if (!place.view) missing.add(place.id);
        }
        std::vector<Behind> behind;
        if (is_full_) {
            auto found = find_behind();
            if (found.has_error()) return std::move(found.error());
            behind = std::move(*found);
        }
        std::vector<Request> requests;
        if (!missing.empty()) requests.push_back(Request{select_by_id, Arguments().add(missing)});
        if (!behind.empty()) requests.push_back(count_behind(behind));
        requests.push_back(Request{end_snapshot});
        const auto answers = connection_.run(requests);
        if (answers.has_error()) return answers.error();
        std::size_t next = 0;
        std::unordered_map<CommentId, CommentView> ancestors;
        if (!missing.empty()) {
            auto read = read_ancestors((*answers)[next++], ancestors);
            if (read.has_error()) return read;
        }
        if (!behind.empty()) read_more((*answers)[next], behind);
        return fill_window(ancestors);
    }

    [[nodiscard]] result<void> read_ancestors(
        const Rows& rows, std::unordered_map<CommentId, CommentView>& ancestors) const {
        return rows.each([&](const Row& row) -> result<void> {
            result<CommentView> view = read_view(row, request_.discussion);
            if (view.has_error()) return std::move(view.error());
            const CommentId id = view->id();
            ancestors.emplace(id, std::move(*view));
            return {};
        });
    }

    [[nodiscard]] result<void> fill_window(std::unordered_map<CommentId, CommentView>& ancestors) {
        window_.comments.reserve(places_.size());
        for (Place& place : places_) {
            if (!place.view) {
                const auto found = ancestors.find(place.id);
                if (found == ancestors.end()) {
                    return corrupt_row("comments", static_cast<std::int64_t>(place.id));
                }
                place.view = std::move(found->second);
            }
            window_.comments.push_back(std::move(*place.view));
        }
        return {};
    }

    // Only the last comment and its ancestors can have replies behind the end: all others were left
    // behind with their descendants. Of each, those that come after the one the line goes on with;
    // both orders count on the keys of one of them.
    [[nodiscard]] result<std::vector<Behind>> find_behind() const {
        const Place& tail = places_.back();
        std::vector<CommentId> line = tail.path;
        line.push_back(tail.id);
        const auto ordinals = decode_ordinals(tail.key);
        if (!ordinals || ordinals->size() != line.size()) {
            return corrupt_row("comments", static_cast<std::int64_t>(tail.id));
        }
        std::vector<Behind> behind;
        for (std::size_t i = depth_ == 0 ? 0 : depth_ - 1; i < line.size(); ++i) {
            Behind one{line[i], {}, std::string(last_key_part)};
            if (i + 1 < line.size()) {
                // Complementing is its own inverse.
                const std::vector<std::int64_t> branch(
                    ordinals->begin(), ordinals->begin() + static_cast<std::ptrdiff_t>(i + 2));
                (request_.sort == SortOrder::oldest ? one.after : one.before) =
                    order_key(branch, request_.sort);
            }
            behind.push_back(std::move(one));
        }
        return behind;
    }

    [[nodiscard]] static Request count_behind(const std::vector<Behind>& behind) {
        Column parents(ElementType::int8);
        Column after(ElementType::bytea);
        Column before(ElementType::bytea);
        for (const Behind& one : behind) {
            parents.add(one.parent);
            after.add(std::string_view(one.after));
            before.add(std::string_view(one.before));
        }
        return Request{
            "SELECT n.number, (SELECT count(*) FROM comments c WHERE c.parent = n.parent"
            " AND c.state = 0 AND c.oldest_key > n.after AND c.oldest_key < n.before)"
            " FROM unnest($1::int8[], $2::bytea[], $3::bytea[])"
            " WITH ORDINALITY AS n (parent, after, before, number) ORDER BY n.number",
            Arguments().add(parents).add(after).add(before)};
    }

    void read_more(const Rows& rows, const std::vector<Behind>& behind) {
        for (int i = 0; i < rows.size(); ++i) {
            const std::int64_t replies = rows.at(i).integer(1);
            const Behind& one = behind.at(static_cast<std::size_t>(rows.at(i).integer(0) - 1));
            if (replies > 0) window_.more.push_back({one.parent, replies, places_.back().key});
        }
    }

    Connection& connection_;
    const WindowRequest& request_;
    std::size_t limit_;
    Window window_;
    std::int64_t row_id_ = 0;
    std::size_t depth_ = 0;  // of the parent; 0: none
    std::string begin_;      // order keys between which the window lies, both exclusive
    std::string end_;
    std::vector<Place> places_;
    bool is_full_ = false;
};

}  // namespace

result<Window> PostgresReader::window(const WindowRequest& request) {
    return read([&](Connection& connection) {
        const SnapshotEnd end(connection);
        return WindowReader(connection, request).read();
    });
}

result<std::optional<CommentView>> PostgresReader::comment(CommentId id) {
    Column ids(ElementType::int8);
    ids.add(id);
    const auto rows = run(Request{select_by_id, Arguments().add(ids)});
    if (rows.has_error()) return rows.error();
    // One that was never public is not there for a reader.
    if (rows->empty() || rows->front().integer(9) == 0) return std::optional<CommentView>();
    result<CommentView> view = read_view(rows->front(), DiscussionId());
    if (view.has_error()) return std::move(view.error());
    return std::optional(std::move(*view));
}

}  // namespace parley::postgres
