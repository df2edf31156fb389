#include "base/limits.hpp"
#include "base/mutants.hpp"
#include "discussion/rules.hpp"
#include "store/reading.hpp"
#include "store/sqlite/reader.hpp"

#include <algorithm>
#include <utility>

namespace parley::sqlite {

namespace {

constexpr std::string_view select = "SELECT ";
constexpr std::string_view and_then = ", ";
constexpr std::string_view from_changed_comments =
    " FROM comments c INDEXED BY comments_by_stamp"
    " CROSS JOIN tallies t ON t.comment = c.id CROSS JOIN accounts a ON a.id = c.author"
    " WHERE c.discussion = ?1 AND c.stamp > ?2";
// Where the text has changed as well, the tally comes with it.
constexpr std::string_view from_changed_tallies =
    " FROM tallies t INDEXED BY tallies_by_stamp CROSS JOIN comments c ON c.id = t.comment"
    " WHERE t.discussion = ?1 AND t.stamp > ?2 AND t.stamp > 0"
    " AND c.stamp <= ?2 AND c.stamp > 0 LIMIT ?3";
constexpr std::string_view no_article =
    ", '' FROM discussions d JOIN discussion_seqs s"
    " ON s.discussion = d.id WHERE d.id = ?1 AND d.stamp > ?2";

constexpr Sql select_changed_comments =
    joined<select, comment_columns, and_then, account_columns, from_changed_comments>;
constexpr Sql select_changed_tallies = joined<select, tally_columns, from_changed_tallies>;
constexpr Sql select_changed_discussion = joined<select, discussion_columns, no_article>;

class ChangesReader {
public:
    ChangesReader(Connection& connection, const DiscussionId& id, const std::optional<Epoch>& epoch,
                  Seq since)
        : connection_(connection), id_(id), epoch_(epoch), since_(since) {}

    [[nodiscard]] result<Changeset> read() {
        result<Standing> standing = read_standing(connection_, id_);
        if (standing.has_error()) return standing.error();
        if (auto fits = check_since(standing->position, epoch_, since_); fits.has_error()) {
            return fits.error();
        }
        row_id_ = standing->row_id;
        changes_.discussion = id_;
        changes_.epoch = std::move(standing->position.epoch);
        changes_.prev = since_;
        changes_.seq = standing->position.seq;
        changes_.comment_count = standing->comment_count;
        for (const auto part : {&ChangesReader::count_comments, &ChangesReader::read_scores,
                                &ChangesReader::read_comments, &ChangesReader::read_info}) {
            if (auto done = (this->*part)(); done.has_error()) return done.error();
        }
        return std::move(changes_);
    }

private:
    // Before any text is read and parsed: who was away for long costs an index scan at most.
    [[nodiscard]] result<void> count_comments() {
        Query query = connection_.query(
            "SELECT count(*) FROM (SELECT 1 FROM comments INDEXED BY comments_by_stamp"
            " WHERE discussion = ?1 AND stamp > ?2 LIMIT ?3)");
        query.bind(row_id_).bind(since_).bind(catch_up_comments_max + 1);
        const result<bool> row = query.next();
        if (row.has_error()) return row.error();
        comments_count_ = static_cast<std::size_t>(query.integer(0));
        return comments_count_ > catch_up_comments_max ? result<void>(too_far()) : result<void>();
    }

    [[nodiscard]] result<void> read_scores() {
        const std::size_t fit = catch_up_comments_max - comments_count_;
        Query query = connection_.query(select_changed_tallies);
        query.bind(row_id_).bind(since_).bind(fit + 1);
        const auto add = [&]() -> result<void> {
            if (changes_.scores.size() == fit) return too_far();
            changes_.scores.push_back(read_tally(query));
            return {};
        };
        if (auto done = query.each(add); done.has_error()) return done;
        std::sort(changes_.scores.begin(), changes_.scores.end(),
                  [](const Tally& a, const Tally& b) { return a.id < b.id; });
        return {};
    }

    [[nodiscard]] result<void> read_comments() {
        Query query = connection_.query(select_changed_comments);
        query.bind(row_id_).bind(since_);
        const auto add = [&]() -> result<void> {
            result<CommentView> view = read_view(query, id_);
            if (view.has_error()) return view.error();
            const bool is_gone = view->content->state != CommentState::visible;
            if (is_mutated(Mutant::tombstones_filtered) && is_gone) return {};
            changes_.takes_text_away = changes_.takes_text_away || has_lost_text(*view->content);
            changes_.comments.push_back(std::move(*view));
            return {};
        };
        if (auto done = query.each(add); done.has_error()) return done;
        std::sort(changes_.comments.begin(), changes_.comments.end(), parents_first);
        return {};
    }

    [[nodiscard]] result<void> read_info() {
        Query query = connection_.query(select_changed_discussion);
        query.bind(row_id_).bind(since_);
        const result<bool> found = query.next();
        if (found.has_error()) return found.error();
        if (!*found) return {};
        result<DiscussionRow> row = read_discussion(query);
        if (row.has_error()) return row.error();
        changes_.info = DiscussionInfo{std::move(row->title), std::move(row->url), row->state,
                                       std::move(row->channels), row->stamp};
        return {};
    }

    Connection& connection_;
    const DiscussionId& id_;
    const std::optional<Epoch>& epoch_;
    const Seq since_;
    std::int64_t row_id_ = 0;
    std::size_t comments_count_ = 0;
    Changeset changes_;
};

}  // namespace

result<Epoch> read_epoch(Connection& connection) {
    Query query = connection.query("SELECT epoch FROM history");
    const result<bool> row = query.next();
    if (row.has_error()) return row.error();
    if (!*row) return corrupt_row("history", 1);
    return Epoch{query.text(0)};
}

result<Standing> read_standing(Connection& connection, const DiscussionId& id) {
    Query query = connection.query(
        "SELECT d.id, s.seq, s.comment_count, (SELECT epoch FROM history) FROM discussions d"
        " JOIN discussion_seqs s ON s.discussion = d.id WHERE d.slug = ?1");
    query.bind(id.value);
    const result<bool> found = query.next();
    if (found.has_error()) return found.error();
    if (!*found) return make_error(Errc::unknown_discussion);
    if (query.is_null(3)) return corrupt_row("history", 1);
    return Standing{query.integer(0), {Epoch{query.text(3)}, query.integer(1)}, query.integer(2)};
}

result<Changeset> SqliteReader::changes_since(const DiscussionId& id,
                                              const std::optional<Epoch>& epoch, Seq since) {
    const auto snapshot = Snapshot::begin(*connection_);
    if (snapshot.has_error()) return snapshot.error();
    return ChangesReader(*connection_, id, epoch, since).read();
}

result<std::vector<std::pair<DiscussionId, Position>>> SqliteReader::positions(
    std::span<const DiscussionId> ids) {
    const auto snapshot = Snapshot::begin(*connection_);
    if (snapshot.has_error()) return snapshot.error();
    std::vector<std::pair<DiscussionId, Position>> positions;
    positions.reserve(ids.size());
    // Whoever asks for nothing asks whether the store can be read.
    if (ids.empty()) {
        if (auto epoch = read_epoch(*connection_); epoch.has_error()) return epoch.error();
    }
    for (const DiscussionId& id : ids) {
        result<Standing> standing = read_standing(*connection_, id);
        if (standing.has_value()) {
            positions.emplace_back(id, std::move(standing->position));
        } else if (standing.error().code != Errc::unknown_discussion) {
            return standing.error();
        }
    }
    return positions;
}

result<std::vector<CommentCount>> SqliteReader::counts(std::span<const DiscussionId> ids) {
    const auto snapshot = Snapshot::begin(*connection_);
    if (snapshot.has_error()) return snapshot.error();
    std::vector<CommentCount> counts;
    counts.reserve(ids.size());
    for (const DiscussionId& id : ids) {
        result<Standing> standing = read_standing(*connection_, id);
        if (standing.has_value()) {
            counts.push_back({id, std::move(standing->position), standing->comment_count});
        } else if (standing.error().code != Errc::unknown_discussion) {
            return standing.error();
        }
    }
    return counts;
}

}  // namespace parley::sqlite
