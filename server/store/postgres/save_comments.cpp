#include "base/limits.hpp"
#include "discussion/rules.hpp"
#include "store/postgres/save_requests.hpp"
#include "store/rows.hpp"

#include <algorithm>

namespace parley::postgres {

namespace {

// The wide part of comments.
struct CommentColumns {
    Column ids{ElementType::int8};
    Column slugs{ElementType::text};
    Column parents{ElementType::int8};
    Column paths{ElementType::bytea};
    Column oldest_keys{ElementType::bytea};
    Column newest_keys{ElementType::bytea};
    Column in_reply_to{ElementType::int8};
    Column authors{ElementType::int8};
    Column states{ElementType::int8};
    Column created_at{ElementType::int8};
    Column edited_at{ElementType::int8};
    Column stamps{ElementType::int8};
    Column quote_comments{ElementType::int8};
    Column quote_authors{ElementType::text};
    Column quote_texts{ElementType::text};
    Column quote_verified{ElementType::int8};
    Column bodies{ElementType::text};

    void add(const CommentRow& row) {
        ids.add(row.id);
        slugs.add(std::string_view(row.discussion.value));
        parents.add(row.parent);
        paths.add(std::string_view(encode_path(row.path)));
        if (row.ordinals.empty()) {
            oldest_keys.add_null();
            newest_keys.add_null();
        } else {
            oldest_keys.add(std::string_view(order_key(row.ordinals, SortOrder::oldest)));
            newest_keys.add(std::string_view(order_key(row.ordinals, SortOrder::newest)));
        }
        in_reply_to.add(row.in_reply_to);
        authors.add(row.author);
        states.add(row.state);
        created_at.add(row.created_at);
        edited_at.add(row.edited_at);
        stamps.add(row.stamp);
        add_quote(row.quote);
        bodies.add(std::string_view(row.body));
    }
    void add_quote(const std::optional<Quote>& quote) {
        if (!quote) {
            quote_comments.add_null();
            quote_authors.add_null();
            quote_texts.add_null();
            quote_verified.add_null();
            return;
        }
        quote_comments.add(quote->comment);
        quote_authors.add(std::string_view(quote->author));
        quote_texts.add(std::string_view(quote->text));
        quote_verified.add(std::int64_t{quote->verified});
    }
    [[nodiscard]] Change change(Sql sql, Errc otherwise) const {
        Request request{sql};
        for (const Column* column :
             {&ids, &slugs, &parents, &paths, &oldest_keys, &newest_keys, &in_reply_to, &authors,
              &states, &created_at, &edited_at, &stamps, &quote_comments, &quote_authors,
              &quote_texts, &quote_verified, &bodies}) {
            request.arguments.add(*column);
        }
        return {std::move(request), ids.size(), otherwise};
    }
};

// The narrow part.
struct TallyColumns {
    Column comments{ElementType::int8};
    Column up{ElementType::int8};
    Column down{ElementType::int8};
    Column bases{ElementType::int8};
    Column replies{ElementType::int8};
    Column children{ElementType::int8};
    Column stamps{ElementType::int8};

    void add(const CommentRow& row) {
        comments.add(row.id);
        up.add(row.up);
        down.add(row.down);
        bases.add(row.base);
        replies.add(row.replies);
        children.add(row.children_numbered);
        stamps.add(row.tally_stamp);
    }
    [[nodiscard]] Change change(Sql sql, Errc otherwise) const {
        Request request{sql};
        request.arguments.add(comments).add(up).add(down).add(bases).add(replies);
        request.arguments.add(children).add(stamps);
        return {std::move(request), comments.size(), otherwise};
    }
};

constexpr std::string_view from_comment_columns =
    " FROM unnest($1::int8[], $2::text[], $3::int8[], $4::bytea[], $5::bytea[], $6::bytea[],"
    " $7::int8[], $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int8[],"
    " $14::text[], $15::text[], $16::int8[], $17::text[])"
    " AS n (id, slug, parent, path, oldest_key, newest_key, in_reply_to, author, state,"
    " created_at, edited_at, stamp, quote_comment, quote_author, quote_text, quote_verified, body)";
constexpr std::string_view insert =
    "INSERT INTO comments (id, discussion, parent, path, oldest_key, newest_key, in_reply_to,"
    " author, state, created_at, edited_at, stamp, quote_comment, quote_author, quote_text,"
    " quote_verified, body)"
    " SELECT n.id, d.id, n.parent, n.path, n.oldest_key, n.newest_key, n.in_reply_to, a.id,"
    " n.state, n.created_at, n.edited_at, n.stamp, n.quote_comment, n.quote_author, n.quote_text,"
    " n.quote_verified <> 0, n.body";
// Where one of them is not there, the comment is not inserted.
constexpr std::string_view of_those_there =
    " CROSS JOIN LATERAL (SELECT id FROM discussions WHERE slug = n.slug OFFSET 0) d"
    " CROSS JOIN LATERAL (SELECT id FROM accounts WHERE id = n.author OFFSET 0) a";
constexpr std::string_view update =
    "UPDATE comments c SET parent = n.parent, path = n.path, oldest_key = n.oldest_key,"
    " newest_key = n.newest_key, in_reply_to = n.in_reply_to, author = n.author, state = n.state,"
    " created_at = n.created_at, edited_at = n.edited_at, stamp = n.stamp,"
    " quote_comment = n.quote_comment, quote_author = n.quote_author, quote_text = n.quote_text,"
    " quote_verified = n.quote_verified <> 0, body = n.body";
constexpr std::string_view of_the_same = " WHERE c.id = n.id";

constexpr Sql insert_comments = joined<insert, from_comment_columns, of_those_there>;
constexpr Sql update_comments = joined<update, from_comment_columns, of_the_same>;

}  // namespace

// By id: parents have lower ones than their children, and rows that are read by id then lie
// together.
void add_comments(const State& state, std::vector<Change>& changes) {
    std::vector<const Tracked<CommentRow>*> marked;
    for (const auto& [id, tracked] : state.comments) {
        if (tracked.fresh || tracked.dirty || tracked.narrow_dirty) marked.push_back(&tracked);
    }
    std::sort(marked.begin(), marked.end(),
              [](const auto* a, const auto* b) { return a->row.id < b->row.id; });
    CommentColumns fresh;
    CommentColumns dirty;
    TallyColumns fresh_tallies;
    TallyColumns dirty_tallies;
    for (const Tracked<CommentRow>* tracked : marked) {
        if (tracked->fresh) {
            fresh.add(tracked->row);
            fresh_tallies.add(tracked->row);
            continue;
        }
        if (tracked->dirty) dirty.add(tracked->row);
        if (tracked->narrow_dirty) dirty_tallies.add(tracked->row);
    }
    if (!fresh.ids.empty()) {
        changes.push_back(fresh.change(insert_comments, Errc::conflict));
        changes.push_back(fresh_tallies.change(
            "INSERT INTO tallies"
            " (comment, discussion, up, down, base, replies, children_numbered, stamp)"
            " SELECT n.comment, c.discussion, n.up, n.down, n.base, n.replies, n.children, n.stamp"
            " FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[],"
            " $7::int8[]) AS n (comment, up, down, base, replies, children, stamp)"
            " CROSS JOIN LATERAL (SELECT discussion FROM comments WHERE id = n.comment OFFSET 0) c",
            Errc::conflict));
    }
    if (!dirty.ids.empty()) changes.push_back(dirty.change(update_comments, Errc::corrupt_store));
    if (!dirty_tallies.comments.empty()) {
        changes.push_back(dirty_tallies.change(
            "UPDATE tallies t SET up = n.up, down = n.down, base = n.base, replies = n.replies,"
            " children_numbered = n.children, stamp = n.stamp"
            " FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[],"
            " $7::int8[]) AS n (comment, up, down, base, replies, children, stamp)"
            " WHERE t.comment = n.comment",
            Errc::corrupt_store));
    }
}

// Only the newest comment_versions_count_max of a comment are kept.
void add_versions(const State& state, std::vector<Change>& changes) {
    Column comments(ElementType::int8);
    Column until(ElementType::int8);
    Column bodies(ElementType::text);
    for (const CommentVersion& version : state.versions) {
        comments.add(version.comment);
        until.add(version.until);
        bodies.add(std::string_view(version.body));
    }
    if (!comments.empty()) {
        Request request{
            "INSERT INTO comment_versions (comment, version, until, body) SELECT n.comment,"
            " coalesce((SELECT max(v.version) FROM comment_versions v"
            " WHERE v.comment = n.comment), 0)"
            " + row_number() OVER (PARTITION BY n.comment ORDER BY n.number), n.until, n.body"
            " FROM unnest($1::int8[], $2::int8[], $3::text[])"
            " WITH ORDINALITY AS n (comment, until, body, number)"};
        request.arguments.add(comments).add(until).add(bodies);
        changes.push_back({std::move(request), comments.size(), Errc::conflict});
        changes.push_back(
            {Request{"DELETE FROM comment_versions v WHERE v.comment = ANY($1::int8[])"
                     " AND v.version <= (SELECT max(w.version) FROM comment_versions w"
                     " WHERE w.comment = v.comment) - $2",
                     Arguments().add(comments).add(comment_versions_count_max)}});
    }
    if (state.versions_gone.empty()) return;
    Column gone(ElementType::int8);
    for (const CommentId comment : state.versions_gone) gone.add(comment);
    changes.push_back({Request{"DELETE FROM comment_versions WHERE comment = ANY($1::int8[])",
                               Arguments().add(gone)}});
}

std::vector<Change> changes_of(const State& state) {
    std::vector<Change> changes;
    add_people(state, changes);
    add_discussions(state, changes);
    add_comments(state, changes);
    add_versions(state, changes);
    add_votes(state, changes);
    add_keys(state, changes);
    add_imports(state, changes);
    add_account_events(state, changes);
    return changes;
}

}  // namespace parley::postgres
