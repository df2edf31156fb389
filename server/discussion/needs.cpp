#include "discussion/rules.hpp"

#include <algorithm>

namespace parley {

namespace {

ImportKey account_key(const std::string& source, const std::string& id) {
    return {ImportKey::Kind::account, source, {}, id};
}
ImportKey comment_key(const std::string& source, const DiscussionId& discussion,
                      const std::string& id) {
    return {ImportKey::Kind::comment, source, discussion.value, id};
}

// What each kind of command needs besides its actor and its key.
struct Collector {
    const Actor& actor;
    Needs& needs;

    void operator()(const PostComment& action) const {
        needs.discussions.insert(action.discussion);
        if (action.parent) needs.reply_targets.insert(*action.parent);
        if (action.quote) needs.comments.insert(action.quote->comment);
        ++needs.new_comments;
    }
    void operator()(const EditComment& action) const { needs.comments.insert(action.comment); }
    void operator()(const SetCommentState& action) const { need_for_removal(action.comment); }
    void operator()(const DeleteComment& action) const { need_for_removal(action.comment); }
    void operator()(const CastVote& action) const {
        needs.comments.insert(action.comment);
        needs.votes.emplace_back(actor, action.comment);
    }
    void operator()(const PutDiscussion& action) const {
        needs.discussions.insert(action.discussion);
    }
    void operator()(const CreateAccount& action) const {
        needs.name_keys.insert(action.name_key);
        ++needs.new_accounts;
    }
    void operator()(const SetPassword& action) const {
        needs.accounts.insert(action.account);
        needs.sessions_of.insert(action.account);
    }
    void operator()(const SetRole& action) const { needs.accounts.insert(action.account); }
    void operator()(const CreateSession& action) const { needs.accounts.insert(action.account); }
    void operator()(const EndSession&) const {}
    void operator()(const IssueTicket&) const {}
    void operator()(const TakeTicket& action) const { needs.tickets.insert(action.ticket); }
    void operator()(const SetBan& action) const { needs.accounts.insert(action.account); }
    void operator()(const EraseAccount& action) const {
        needs.accounts.insert(action.account);
        needs.sessions_of.insert(action.account);
    }
    void operator()(const RestampAuthor& action) const {
        needs.discussions.insert(action.discussion);
        needs.accounts.insert(action.account);
        Needs::AuthorRange range;
        range.account = action.account;
        range.discussion = action.discussion;
        range.after = action.after;
        needs.author_ranges.push_back(std::move(range));
    }
    void operator()(const BlankQuotes& action) const { need_for_removal(action.comment); }
    void operator()(const EraseComments& action) const {
        needs.discussions.insert(action.discussion);
        needs.accounts.insert(action.account);
        needs.author_ranges.push_back(
            {action.account, action.discussion, action.after, erased_comments_per_step_max, true});
    }
    void operator()(const EraseVotes& action) const {
        needs.discussions.insert(action.discussion);
        needs.accounts.insert(action.account);
        needs.voter_ranges.emplace(action.account, action.discussion);
    }
    void operator()(const FinishErasing& action) const { needs.accounts.insert(action.account); }
    void operator()(const ImportAccounts& action) const {
        for (const ImportAccount& one : action.accounts) {
            needs.imports.insert(account_key(action.source, one.id));
        }
        needs.new_accounts += action.accounts.size();
    }
    void operator()(const ImportComments& action) const {
        const auto need_comment = [&](const std::string& id) {
            needs.imports.insert(comment_key(action.source, action.discussion, id));
        };
        needs.discussions.insert(action.discussion);
        for (const ImportComment& one : action.comments) {
            need_comment(one.id);
            if (one.parent) need_comment(*one.parent);
            if (one.quote && one.quote->comment) need_comment(*one.quote->comment);
            needs.imports.insert(account_key(action.source, one.author));
        }
        needs.new_comments += action.comments.size();
    }
    void operator()(const ImportVotes& action) const {
        needs.discussions.insert(action.discussion);
        for (const ImportVote& one : action.votes) {
            const ImportKey account = account_key(action.source, one.account);
            const ImportKey comment = comment_key(action.source, action.discussion, one.comment);
            needs.imports.insert(account);
            needs.imports.insert(comment);
            needs.import_votes.emplace_back(account, comment);
        }
    }

private:
    void need_for_removal(CommentId comment) const {
        needs.comments.insert(comment);
        needs.quoters_of.insert(comment);
    }
};

struct Weigher {
    std::size_t operator()(const PostComment&) const { return 2; }  // itself and its parent
    std::size_t operator()(const EditComment&) const { return 1; }
    std::size_t operator()(const SetCommentState&) const { return removal; }
    std::size_t operator()(const DeleteComment&) const { return removal; }
    std::size_t operator()(const CastVote&) const { return 1; }
    std::size_t operator()(const RestampAuthor&) const { return changeset_comments_max; }
    std::size_t operator()(const BlankQuotes&) const { return quotes_blanked_per_change_max; }
    std::size_t operator()(const EraseComments&) const { return changeset_comments_max; }
    std::size_t operator()(const EraseVotes&) const { return changeset_comments_max; }
    std::size_t operator()(const ImportComments& action) const {
        return std::min(action.comments.size(), changeset_comments_max);
    }
    std::size_t operator()(const ImportVotes& action) const {
        return std::min(action.votes.size(), changeset_comments_max);
    }
    template <class Other>
    std::size_t operator()(const Other&) const {
        return 0;
    }

    static constexpr std::size_t removal = quotes_blanked_per_change_max + 2;
};

}  // namespace

void collect_needs(const Command& command, Needs& needs) {
    if (const auto* token = std::get_if<Digest256>(&command.actor)) {
        needs.sessions.insert(*token);
        if (!command.key.empty()) needs.keys.emplace_back(command.actor, command.key);
    }
    std::visit(Collector{command.actor, needs}, command.action);
}

std::size_t weight(const Command& command) { return std::visit(Weigher{}, command.action); }

}  // namespace parley
