#include "discussion/decide.hpp"
#include "discussion/text_rules.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

enum class Added : std::uint8_t { yes, known };

void count(DoneImport& done, std::string id, const result<Added>& one) {
    if (one.has_error()) done.refused.emplace_back(std::move(id), one.error());
    else if (*one == Added::yes) ++done.added;
    else ++done.known;
}

Error unknown_author() {
    return make_error(Errc::invalid_field, "Its author is no account of this import.", "author");
}

Error erased_author() {
    return make_error(Errc::conflict, "Its author's account was erased here.", "author");
}

// Names of other systems may be longer than ours; a longer one is cut, visibly.
result<std::string> imported_name(const std::string& name, const Limits& limits) {
    result<std::string> cleaned = clean_line(name, "name", name.size() + 1);
    if (cleaned.has_error() || count_code_points(*cleaned) <= limits.name_chars_max) {
        return cleaned;
    }
    std::size_t end = 0;
    for (std::uint32_t chars = 0; end < cleaned->size(); ++end) {
        const bool begins = (static_cast<unsigned char>((*cleaned)[end]) & 0xC0U) != 0x80U;
        if (begins && ++chars == limits.name_chars_max) break;
    }
    return cleaned->substr(0, end) + "…";
}

result<Added> import_account(const Deciding& deciding, const std::string& source,
                             const ImportAccount& account) {
    State& state = deciding.state;
    const ImportKey key{ImportKey::Kind::account, source, {}, account.id};
    if (state.imports.contains(key)) return Added::known;
    result<std::string> name = imported_name(account.name, deciding.limits);
    if (name.has_error()) return name.error();
    if (state.fresh_account_ids.empty()) return make_error(Errc::internal);
    Tracked<AccountRow> created;
    created.fresh = true;
    created.row.id = state.fresh_account_ids.back();
    state.fresh_account_ids.pop_back();
    created.row.name = std::move(*name);
    created.row.created_at = state.now;
    const AccountId id = created.row.id;
    state.accounts.emplace(id, std::move(created));
    state.imports.emplace(key, ImportedId{static_cast<std::int64_t>(id), true});
    return Added::yes;
}

// Imports the comments of one command, one after the other.
class CommentImport {
public:
    CommentImport(const Deciding& deciding, const ImportComments& action)
        : state_(deciding.state), limits_(deciding.limits), action_(action) {}

    [[nodiscard]] result<Added> add(const ImportComment& item) {
        const auto parent = find_parent(item);
        if (parent.has_error()) return parent.error();
        result<std::string> body = body_of(item);
        if (body.has_error()) return body.error();
        if (const CommentRow* known = find(item.id)) {
            return compare(*known, item, *parent, *body);
        }
        result<CommentRow> row = draft(item, std::move(*body));
        if (row.has_error()) return row.error();
        if (auto placed = place_comment(state_, *row, *parent); placed.has_error()) {
            return placed.error();
        }
        if (state_.fresh_comment_ids.empty()) return make_error(Errc::internal);
        row->id = state_.fresh_comment_ids.back();
        state_.fresh_comment_ids.pop_back();
        state_.imports.emplace(key_of(item.id),
                               ImportedId{static_cast<std::int64_t>(row->id), true});
        if (row->state == CommentState::pending) hold_comment(state_, std::move(*row));
        else add_comment(state_, std::move(*row));
        return Added::yes;
    }

private:
    [[nodiscard]] ImportKey key_of(const std::string& id) const {
        return {ImportKey::Kind::comment, action_.source, action_.discussion.value, id};
    }

    // Nothing where the source's id was not imported.
    [[nodiscard]] const CommentRow* find(const std::string& id) const {
        const auto imported = state_.imports.find(key_of(id));
        if (imported == state_.imports.end()) return nullptr;
        return &state_.comments.at(CommentId{imported->second.id}).row;
    }

    [[nodiscard]] result<const CommentRow*> find_parent(const ImportComment& item) const {
        if (!item.parent) return nullptr;
        const CommentRow* parent = find(*item.parent);
        if (parent == nullptr) {
            return make_error(Errc::unknown_comment,
                              "The comment that it answers was not imported.", "parent");
        }
        if (parent->ordinals.empty()) {
            return make_error(Errc::conflict, "The comment that it answers was never public.",
                              "parent");
        }
        return parent;
    }

    [[nodiscard]] result<const AccountRow*> find_author(const ImportComment& item) const {
        const ImportKey key{ImportKey::Kind::account, action_.source, {}, item.author};
        const auto imported = state_.imports.find(key);
        if (imported == state_.imports.end()) return unknown_author();
        const AccountRow& author = state_.accounts.at(AccountId{imported->second.id}).row;
        if (author.erasure != Erasure::none) return erased_author();
        return &author;
    }

    [[nodiscard]] result<std::string> body_of(const ImportComment& item) const {
        if (item.state == CommentState::deleted) return std::string();
        // An export does not write the text of a removed comment.
        if (item.state == CommentState::removed && is_blank(item.body)) return std::string();
        return checked_body(item.body, limits_);
    }

    // A comment that somebody deleted here has no text left to compare; one removed without a text
    // stays what it is.
    [[nodiscard]] static result<Added> compare(const CommentRow& known, const ImportComment& item,
                                               const CommentRow* parent, const std::string& body) {
        const std::optional<CommentId> answered =
            known.in_reply_to ? known.in_reply_to : known.parent;
        const bool has_text = known.state != CommentState::deleted &&
                              !(item.state != CommentState::visible && body.empty());
        const bool is_below_it =
            parent == nullptr ? !answered : answered && *answered == parent->id;
        if (!is_below_it) {
            return make_error(Errc::conflict, "It was imported before below another comment.",
                              "parent");
        }
        if (has_text && known.body != body) {
            return make_error(Errc::conflict, "It was imported before with another text.", "body");
        }
        return Added::known;
    }

    [[nodiscard]] result<CommentRow> draft(const ImportComment& item, std::string body) const {
        const auto author = find_author(item);
        if (author.has_error()) return author.error();
        CommentRow row;
        row.discussion = action_.discussion;
        row.author = (*author)->id;
        row.state = item.state;
        row.body = std::move(body);
        row.base = item.base;
        row.created_at = item.created_at;
        if (item.edited_at) row.edited_at = std::max(*item.edited_at, item.created_at);
        if (item.quote && item.state != CommentState::deleted) {
            result<Quote> quote = quote_of(*item.quote);
            if (quote.has_error()) return quote.error();
            row.quote = std::move(*quote);
        }
        return row;
    }

    [[nodiscard]] result<Quote> quote_of(const ImportComment::QuoteLine& line) const {
        Quote quote;
        // A quote of a comment that was taken away comes without its text.
        if (!line.text.empty()) {
            result<std::string> text = checked_quote_text(line.text);
            if (text.has_error()) return text.error();
            quote.text = std::move(*text);
        }
        const CommentRow* quoted = line.comment ? find(*line.comment) : nullptr;
        if (quoted == nullptr) {
            quote.author = line.author;
            return quote;
        }
        quote.comment = quoted->id;
        quote.author = state_.accounts.at(quoted->author).row.name;
        quote.verified = quote_occurs(quote.text, quoted->body);
        if (quoted->state != CommentState::visible) {
            if (quote.verified) quote.text.clear();
            quote.author.clear();
            quote.verified = false;
        }
        return quote;
    }

    State& state_;
    const Limits& limits_;
    const ImportComments& action_;
};

result<Added> import_vote(const Deciding& deciding, const ImportVotes& action,
                          const ImportVote& vote) {
    State& state = deciding.state;
    if (vote.value != -1 && vote.value != 1) {
        return make_error(Errc::invalid_field, "An imported vote is -1 or 1.", "value");
    }
    const auto account =
        state.imports.find({ImportKey::Kind::account, action.source, {}, vote.account});
    if (account == state.imports.end()) {
        return make_error(Errc::invalid_field, "The voter is no account of this import.",
                          "account");
    }
    const auto comment = state.imports.find(
        {ImportKey::Kind::comment, action.source, action.discussion.value, vote.comment});
    if (comment == state.imports.end()) {
        return make_error(Errc::unknown_comment, "The comment voted on was not imported.",
                          "comment");
    }
    const AccountId voter{account->second.id};
    // Its votes have become part of the scores.
    if (state.accounts.at(voter).row.erasure != Erasure::none) return Added::known;
    const bool changed =
        record_vote(state, state.comments.at(CommentId{comment->second.id}), voter, vote.value);
    return changed ? Added::yes : Added::known;
}

}  // namespace

result<Done> decide_action(const Deciding& deciding, const ImportAccounts& action) {
    if (auto allowed = require_operator(deciding); allowed.has_error()) return allowed.error();
    DoneImport done;
    for (const ImportAccount& account : action.accounts) {
        count(done, account.id, import_account(deciding, action.source, account));
    }
    return Done(std::move(done));
}

result<Done> decide_action(const Deciding& deciding, const ImportComments& action) {
    if (auto allowed = require_operator(deciding); allowed.has_error()) return allowed.error();
    if (auto found = find_discussion(deciding.state, action.discussion); found.has_error()) {
        return found.error();
    }
    if (action.comments.size() > changeset_comments_max) {
        return make_error(Errc::too_large, "One step of an import has at most " +
                                               std::to_string(changeset_comments_max) +
                                               " comments.");
    }
    DoneImport done;
    CommentImport comments(deciding, action);
    for (const ImportComment& comment : action.comments) {
        count(done, comment.id, comments.add(comment));
    }
    return Done(std::move(done));
}

result<Done> decide_action(const Deciding& deciding, const ImportVotes& action) {
    if (auto allowed = require_operator(deciding); allowed.has_error()) return allowed.error();
    if (auto found = find_discussion(deciding.state, action.discussion); found.has_error()) {
        return found.error();
    }
    DoneImport done;
    for (const ImportVote& vote : action.votes) {
        count(done, vote.comment + " " + vote.account, import_vote(deciding, action, vote));
    }
    return Done(std::move(done));
}

}  // namespace parley
