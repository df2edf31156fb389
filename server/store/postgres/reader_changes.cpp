#include "base/limits.hpp"
#include "store/postgres/reader.hpp"
#include "store/reading.hpp"

#include <algorithm>
#include <utility>

namespace parley::postgres {

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view and_then = ", ";
// One way to carry it out, as in load_requests.cpp.
constexpr std::string_view from_changed_comments =
    " FROM (SELECT * FROM comments WHERE discussion = $1 AND stamp > $2 OFFSET 0) c"
    " CROSS JOIN LATERAL (SELECT * FROM tallies WHERE comment = c.id OFFSET 0) t"
    " CROSS JOIN LATERAL (SELECT * FROM accounts WHERE id = c.author OFFSET 0) a";
// Where the text has changed as well, the tally comes with it.
constexpr std::string_view from_changed_tallies =
    " FROM (SELECT * FROM tallies WHERE discussion = $1 AND stamp > $2 AND stamp > 0 OFFSET 0) t"
    " CROSS JOIN LATERAL (SELECT stamp FROM comments WHERE id = t.comment OFFSET 0) c"
    " WHERE c.stamp <= $2 AND c.stamp > 0 LIMIT $3";
constexpr std::string_view no_article =
    ", ''::text FROM discussions d JOIN discussion_seqs s"
    " ON s.discussion = d.id WHERE d.id = $1 AND d.stamp > $2";

constexpr Sql select_changed_comments =
    joined<select, comment_columns, and_then, account_columns, from_changed_comments>;
constexpr Sql select_changed_tallies = joined<select, tally_columns, from_changed_tallies>;
constexpr Sql select_changed_discussion = joined<select, discussion_columns, no_article>;

// Two round trips: how much there is, and then it.
class ChangesReader {
public:
    ChangesReader(Connection& connection, const DiscussionId& id, const std::optional<Epoch>& epoch,
                  Seq since)
        : connection_(connection), id_(id), epoch_(epoch), since_(since) {}

    [[nodiscard]] result<Changeset> read() {
        auto counted = count();
        if (counted.has_error()) return std::move(counted.error());
        const std::size_t fit = catch_up_comments_max - *counted;
        const std::array requests{
            Request{select_changed_tallies, changed_since().add(fit + 1)},
            Request{select_changed_comments, changed_since()},
            Request{select_changed_discussion, changed_since()},
            Request{end_snapshot},
        };
        const auto answers = connection_.run(requests);
        if (answers.has_error()) return answers.error();
        if (static_cast<std::size_t>((*answers)[0].size()) > fit) return too_far();
        read_scores((*answers)[0]);
        if (auto done = read_comments((*answers)[1]); done.has_error()) return done.error();
        if (auto done = read_info((*answers)[2]); done.has_error()) return done.error();
        return std::move(changes_);
    }

private:
    [[nodiscard]] Arguments changed_since() const { return Arguments().add(row_id_).add(since_); }

    // Before any text is read and parsed: who was away for long costs an index scan at most.
    [[nodiscard]] result<std::size_t> count() {
        const std::array requests{
            Request{begin_snapshot},
            select_standing(id_),
            Request{
                "SELECT count(*) FROM (SELECT FROM comments WHERE discussion ="
                " (SELECT id FROM discussions WHERE slug = $1) AND stamp > $2 LIMIT $3) changed",
                Arguments().add(id_.value).add(since_).add(catch_up_comments_max + 1)},
        };
        const auto answers = connection_.run(requests);
        if (answers.has_error()) return answers.error();
        auto standing = read_standing((*answers)[1]);
        if (standing.has_error()) return std::move(standing.error());
        if (auto fits = check_since(standing->position, epoch_, since_); fits.has_error()) {
            return std::move(fits.error());
        }
        row_id_ = standing->row_id;
        changes_.discussion = id_;
        changes_.epoch = std::move(standing->position.epoch);
        changes_.prev = since_;
        changes_.seq = standing->position.seq;
        changes_.comment_count = standing->comment_count;
        const auto counted = static_cast<std::size_t>((*answers)[2].front().integer(0));
        if (counted > catch_up_comments_max) return too_far();
        return counted;
    }

    void read_scores(const Rows& rows) {
        for (int i = 0; i < rows.size(); ++i) changes_.scores.push_back(read_tally(rows.at(i)));
        std::sort(changes_.scores.begin(), changes_.scores.end(),
                  [](const Tally& a, const Tally& b) { return a.id < b.id; });
    }

    [[nodiscard]] result<void> read_comments(const Rows& rows) {
        const auto add = [&](const Row& row) -> result<void> {
            result<CommentView> view = read_view(row, id_);
            if (view.has_error()) return std::move(view.error());
            changes_.takes_text_away = changes_.takes_text_away || has_lost_text(*view->content);
            changes_.comments.push_back(std::move(*view));
            return {};
        };
        if (auto done = rows.each(add); done.has_error()) return done;
        std::sort(changes_.comments.begin(), changes_.comments.end(), parents_first);
        return {};
    }

    [[nodiscard]] result<void> read_info(const Rows& rows) {
        if (rows.empty()) return {};
        result<DiscussionRow> row = read_discussion(rows.front());
        if (row.has_error()) return std::move(row.error());
        changes_.info = DiscussionInfo{std::move(row->title), std::move(row->url), row->state,
                                       std::move(row->channels), row->stamp};
        return {};
    }

    Connection& connection_;
    const DiscussionId& id_;
    const std::optional<Epoch>& epoch_;
    const Seq since_;
    std::int64_t row_id_ = 0;
    Changeset changes_;
};

}  // namespace

Request select_standing(const DiscussionId& id) {
    return Request{
        "SELECT d.id, s.seq, s.comment_count, (SELECT epoch FROM history WHERE one = 1)"
        " FROM discussions d JOIN discussion_seqs s ON s.discussion = d.id WHERE d.slug = $1",
        Arguments().add(id.value)};
}

result<Standing> read_standing(const Rows& rows) {
    if (rows.empty()) return make_error(Errc::unknown_discussion);
    const Row row = rows.front();
    if (row.is_null(3)) return corrupt_row("history", 1);
    return Standing{row.integer(0), {Epoch{row.text(3)}, row.integer(1)}, row.integer(2)};
}

result<Changeset> PostgresReader::changes_since(const DiscussionId& id,
                                                const std::optional<Epoch>& epoch, Seq since) {
    return read([&](Connection& connection) {
        const SnapshotEnd end(connection);
        return ChangesReader(connection, id, epoch, since).read();
    });
}

result<std::vector<std::pair<DiscussionId, Position>>> PostgresReader::positions(
    std::span<const DiscussionId> ids) {
    std::vector<std::pair<DiscussionId, Position>> positions;
    Column slugs(ElementType::text);
    for (const DiscussionId& id : ids) slugs.add(std::string_view(id.value));
    const auto rows = run(Request{
        "SELECT d.slug, s.seq, (SELECT epoch FROM history WHERE one = 1)"
        " FROM unnest($1::text[]) WITH ORDINALITY AS n (slug, number)"
        " CROSS JOIN LATERAL (SELECT id, slug FROM discussions WHERE slug = n.slug OFFSET 0) d"
        " CROSS JOIN LATERAL (SELECT seq FROM discussion_seqs WHERE discussion = d.id OFFSET 0) s"
        " ORDER BY n.number",
        Arguments().add(slugs)});
    if (rows.has_error()) return rows.error();
    positions.reserve(ids.size());
    for (int i = 0; i < rows->size(); ++i) {
        const Row row = rows->at(i);
        positions.emplace_back(DiscussionId{row.text(0)},
                               Position{Epoch{row.text(2)}, row.integer(1)});
    }
    return positions;
}

result<std::vector<CommentCount>> PostgresReader::counts(std::span<const DiscussionId> ids) {
    std::vector<CommentCount> counts;
    if (ids.empty()) return counts;
    Column slugs(ElementType::text);
    for (const DiscussionId& id : ids) slugs.add(std::string_view(id.value));
    const auto rows = run(Request{
        "SELECT d.slug, s.seq, s.comment_count, (SELECT epoch FROM history WHERE one = 1)"
        " FROM unnest($1::text[]) WITH ORDINALITY AS n (slug, number)"
        " CROSS JOIN LATERAL (SELECT id, slug FROM discussions WHERE slug = n.slug OFFSET 0) d"
        " CROSS JOIN LATERAL"
        " (SELECT seq, comment_count FROM discussion_seqs WHERE discussion = d.id OFFSET 0) s"
        " ORDER BY n.number",
        Arguments().add(slugs)});
    if (rows.has_error()) return rows.error();
    counts.reserve(ids.size());
    for (int i = 0; i < rows->size(); ++i) {
        const Row row = rows->at(i);
        counts.push_back({DiscussionId{row.text(0)}, Position{Epoch{row.text(3)}, row.integer(1)},
                          row.integer(2)});
    }
    return counts;
}

}  // namespace parley::postgres
