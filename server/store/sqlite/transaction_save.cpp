#include "base/limits.hpp"
#include "base/mutants.hpp"
#include "discussion/rules.hpp"
#include "store/rows.hpp"
#include "store/sqlite/transaction.hpp"

#include <algorithm>
#include <utility>

namespace parley::sqlite {

namespace {

// The tallies that a mutant writes with the next batch.
std::vector<CommentRow>& late_tallies() {
    static std::vector<CommentRow> tallies;
    return tallies;
}

// Writes what is marked, in an order in which a row finds those it refers to.
class Saver {
public:
    Saver(Connection& connection, const State& state) : connection_(connection), state_(state) {}

    [[nodiscard]] result<void> run() {
        using Phase = result<void> (Saver::*)();
        constexpr std::array<Phase, 6> phases{
            &Saver::save_discussions, &Saver::save_comments, &Saver::save_versions,
            &Saver::save_votes,       &Saver::save_keys,     &Saver::save_imports,
        };
        if (auto done = save_people(connection_, state_); done.has_error()) return done;
        for (const Phase phase : phases) {
            if (auto done = (this->*phase)(); done.has_error()) return done;
        }
        return purge(connection_, state_.now);
    }

    [[nodiscard]] result<void> run_late() {
        for (const CommentRow& row : std::exchange(late_tallies(), {})) {
            if (auto done = update_tally_now(row); done.has_error()) return done;
        }
        return {};
    }

private:
    // --- discussions ---

    [[nodiscard]] result<void> save_discussions() {
        for (const auto& [id, tracked] : state_.discussions) {
            const DiscussionRow& row = tracked.row;
            if (!tracked.fresh) row_ids_.emplace(id, row.row_id);
            result<void> done;
            if (tracked.fresh) done = insert_discussion(row);
            else if (tracked.dirty) done = update_discussion(row);
            if (done.has_error()) return done;
            if (!tracked.fresh && !tracked.narrow_dirty) continue;
            if (auto saved = save_discussion_seq(row); saved.has_error()) return saved;
        }
        return {};
    }

    [[nodiscard]] result<void> insert_discussion(const DiscussionRow& row) {
        Query query = connection_.query(
            "INSERT INTO discussions"
            " (slug, title, url, channels, state, created_at, stamp, article)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        query.bind(row.id.value).bind(row.title).bind(row.url).bind(encode_channels(row.channels));
        query.bind(row.state).bind(row.created_at).bind(row.stamp).bind(row.article);
        if (auto done = query.run(); done.has_error()) return done;
        row_ids_.insert_or_assign(row.id, connection_.last_inserted());
        return {};
    }

    [[nodiscard]] result<void> update_discussion(const DiscussionRow& row) {
        Query query = connection_.query(
            "UPDATE discussions SET title = ?2, url = ?3, channels = ?4, state = ?5,"
            " created_at = ?6, stamp = ?7, article = ?8 WHERE id = ?1");
        query.bind(row.row_id).bind(row.title).bind(row.url).bind(encode_channels(row.channels));
        query.bind(row.state).bind(row.created_at).bind(row.stamp).bind(row.article);
        return run_on_one_row(query);
    }

    [[nodiscard]] result<void> save_discussion_seq(const DiscussionRow& row) {
        Query query = connection_.query(
            "INSERT INTO discussion_seqs"
            " (discussion, seq, comment_count, roots_numbered, last_comment_at, active_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            " ON CONFLICT (discussion) DO UPDATE SET seq = excluded.seq,"
            " comment_count = excluded.comment_count, roots_numbered = excluded.roots_numbered,"
            " last_comment_at = excluded.last_comment_at, active_at = excluded.active_at");
        query.bind(row_ids_.at(row.id)).bind(row.seq).bind(row.comment_count);
        query.bind(row.roots_numbered).bind(row.last_comment_at).bind(active_at(row));
        return query.run();
    }

    // A discussion's row that the state need not hold.
    [[nodiscard]] result<std::int64_t> row_id_of(const DiscussionId& id) {
        const auto known = row_ids_.find(id);
        if (known != row_ids_.end()) return known->second;
        Query query = connection_.query("SELECT id FROM discussions WHERE slug = ?1");
        query.bind(id.value);
        const result<bool> found = query.next();
        if (found.has_error()) return found.error();
        if (!*found) return make_error(Errc::conflict);
        row_ids_.emplace(id, query.integer(0));
        return query.integer(0);
    }

    // --- comments ---

    // By id, because parents have lower ones than their children.
    [[nodiscard]] result<void> save_comments() {
        std::vector<const Tracked<CommentRow>*> marked;
        for (const auto& [id, tracked] : state_.comments) {
            if (tracked.fresh || tracked.dirty || tracked.narrow_dirty) marked.push_back(&tracked);
        }
        std::sort(marked.begin(), marked.end(),
                  [](const auto* a, const auto* b) { return a->row.id < b->row.id; });
        for (const Tracked<CommentRow>* tracked : marked) {
            if (auto done = save_comment(*tracked); done.has_error()) return done;
        }
        return {};
    }

    [[nodiscard]] result<void> save_comment(const Tracked<CommentRow>& tracked) {
        const CommentRow& row = tracked.row;
        if (tracked.fresh) {
            const result<std::int64_t> discussion = row_id_of(row.discussion);
            if (discussion.has_error()) return discussion.error();
            if (auto done = insert_comment(row, *discussion); done.has_error()) return done;
            return insert_tally(row, *discussion);
        }
        if (tracked.dirty) {
            if (auto done = update_comment(row); done.has_error()) return done;
        }
        return tracked.narrow_dirty ? update_tally(row) : result<void>();
    }

    // Parameters ?2 to ?16 of both statements.
    static void bind_comment(Query& query, const CommentRow& row) {
        query.bind(row.parent).bind_blob(encode_path(row.path));
        if (row.ordinals.empty()) {
            query.bind_null().bind_null();
        } else {
            query.bind_blob(order_key(row.ordinals, SortOrder::oldest));
            query.bind_blob(order_key(row.ordinals, SortOrder::newest));
        }
        query.bind(row.in_reply_to).bind(row.author).bind(row.state).bind(row.created_at);
        query.bind(row.edited_at).bind(row.stamp);
        if (row.quote) {
            query.bind(row.quote->comment).bind(row.quote->author).bind(row.quote->text);
            query.bind(std::int64_t{row.quote->verified});
        } else {
            query.bind_null().bind_null().bind_null().bind_null();
        }
        query.bind(row.body);
    }

    [[nodiscard]] result<void> insert_comment(const CommentRow& row, std::int64_t discussion) {
        Query query = connection_.query(
            "INSERT INTO comments (id, parent, path, oldest_key, newest_key, in_reply_to, author,"
            " state, created_at, edited_at, stamp, quote_comment, quote_author, quote_text,"
            " quote_verified, body, discussion)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)");
        query.bind(row.id);
        bind_comment(query, row);
        query.bind(discussion);
        return query.run();
    }

    [[nodiscard]] result<void> update_comment(const CommentRow& row) {
        Query query = connection_.query(
            "UPDATE comments SET parent = ?2, path = ?3, oldest_key = ?4, newest_key = ?5,"
            " in_reply_to = ?6, author = ?7, state = ?8, created_at = ?9, edited_at = ?10,"
            " stamp = ?11, quote_comment = ?12, quote_author = ?13, quote_text = ?14,"
            " quote_verified = ?15, body = ?16 WHERE id = ?1");
        query.bind(row.id);
        bind_comment(query, row);
        return run_on_one_row(query);
    }

    static void bind_tally(Query& query, const CommentRow& row) {
        query.bind(row.id).bind(row.up).bind(row.down).bind(row.base).bind(row.replies);
        query.bind(row.children_numbered).bind(row.tally_stamp);
    }

    [[nodiscard]] result<void> insert_tally(const CommentRow& row, std::int64_t discussion) {
        Query query = connection_.query(
            "INSERT INTO tallies"
            " (comment, up, down, base, replies, children_numbered, stamp, discussion)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        bind_tally(query, row);
        query.bind(discussion);
        return query.run();
    }

    [[nodiscard]] result<void> update_tally(const CommentRow& row) {
        if (is_mutated(Mutant::score_apart)) {
            late_tallies().push_back(row);
            return {};
        }
        return update_tally_now(row);
    }

    [[nodiscard]] result<void> update_tally_now(const CommentRow& row) {
        Query query = connection_.query(
            "UPDATE tallies SET up = ?2, down = ?3, base = ?4, replies = ?5,"
            " children_numbered = ?6, stamp = ?7 WHERE comment = ?1");
        bind_tally(query, row);
        return run_on_one_row(query);
    }

    // Only the newest comment_versions_count_max of a comment are kept.
    [[nodiscard]] result<void> save_versions() {
        for (const CommentVersion& version : state_.versions) {
            Query insert = connection_.query(
                "INSERT INTO comment_versions (comment, version, until, body)"
                " SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3 FROM comment_versions"
                " WHERE comment = ?1");
            insert.bind(version.comment).bind(version.until).bind(version.body);
            if (auto done = insert.run(); done.has_error()) return done;
            Query drop = connection_.query(
                "DELETE FROM comment_versions WHERE comment = ?1 AND version <="
                " (SELECT max(version) FROM comment_versions WHERE comment = ?1) - ?2");
            drop.bind(version.comment).bind(comment_versions_count_max);
            if (auto done = drop.run(); done.has_error()) return done;
        }
        for (const CommentId comment : state_.versions_gone) {
            Query query = connection_.query("DELETE FROM comment_versions WHERE comment = ?1");
            query.bind(comment);
            if (auto done = query.run(); done.has_error()) return done;
        }
        return {};
    }

    // --- votes, keys, imported ids ---

    [[nodiscard]] result<void> save_votes() {
        for (const auto& [ref, vote] : state_.votes) {
            if (!vote.dirty) continue;
            if (auto done = save_vote(ref, vote.value); done.has_error()) return done;
        }
        return {};
    }

    [[nodiscard]] result<void> save_vote(const VoteRef& ref, int value) {
        if (value == 0) {
            Query query =
                connection_.query("DELETE FROM votes WHERE comment = ?1 AND account = ?2");
            query.bind(ref.comment).bind(ref.account);
            return query.run();
        }
        Query query = connection_.query(
            "INSERT INTO votes (comment, account, discussion, value)"
            " VALUES (?1, ?2, (SELECT discussion FROM comments WHERE id = ?1), ?3)"
            " ON CONFLICT (comment, account) DO UPDATE SET value = excluded.value");
        query.bind(ref.comment).bind(ref.account).bind(std::int64_t{value});
        return query.run();
    }

    [[nodiscard]] result<void> save_keys() {
        for (const auto& [scope, tracked] : state_.keys) {
            if (!tracked.fresh) continue;
            const KeyRow& row = tracked.row;
            std::optional<std::int64_t> discussion;
            if (row.discussion) {
                const result<std::int64_t> found = row_id_of(*row.discussion);
                if (found.has_error()) return found.error();
                discussion = *found;
            }
            // A post's key lives as long as its comment.
            const bool is_post = row.comment && row.created;
            std::optional<WallTime> expires_at;
            if (!is_post) expires_at = row.created_at + idempotency_key_hours;
            Query query = connection_.query(
                "INSERT INTO idempotency_keys (account, key, request_hash, comment, discussion,"
                " created, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
            query.bind(scope.first).bind(scope.second).bind(row.request_hash).bind(row.comment);
            query.bind(discussion).bind(std::int64_t{row.created}).bind(row.created_at);
            query.bind(expires_at);
            if (auto done = query.run(); done.has_error()) return done;
        }
        return {};
    }

    [[nodiscard]] result<void> save_imports() {
        for (const auto& [key, imported] : state_.imports) {
            if (!imported.fresh) continue;
            Query query = connection_.query(
                "INSERT INTO import_ids (kind, source, discussion, id, target)"
                " VALUES (?1, ?2, ?3, ?4, ?5)");
            query.bind(key.kind).bind(key.source).bind(key.discussion).bind(key.id);
            query.bind(imported.id);
            if (auto done = query.run(); done.has_error()) return done;
        }
        return {};
    }

    // A row that was loaded must still be there to be changed.
    [[nodiscard]] result<void> run_on_one_row(Query& query) {
        if (auto done = query.run(); done.has_error()) return done;
        if (connection_.changes() != 1) return make_error(Errc::corrupt_store);
        return {};
    }

    Connection& connection_;
    const State& state_;
    std::map<DiscussionId, std::int64_t> row_ids_;
};

}  // namespace

result<void> save_state(Connection& connection, const State& state) {
    return Saver(connection, state).run();
}

result<void> save_late(Connection& connection) {
    if (is_mutated(Mutant::score_apart)) return Saver(connection, State{}).run_late();
    if (is_mutated(Mutant::ack_before_commit) && connection.in_transaction()) {
        return connection.commit();
    }
    return {};
}

}  // namespace parley::sqlite
