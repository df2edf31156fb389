#include "service/export.hpp"

#include "interchange/lines.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace parley {

namespace {

constexpr std::uint64_t comments_per_progress = 1'000;

class Exporter {
public:
    Exporter(StoreReader& reader, std::ostream& output,
             const std::function<void(const ExportReport&)>& progress)
        : reader_(reader), output_(output), progress_(progress) {}

    [[nodiscard]] result<void> write(const DiscussionId& id);
    [[nodiscard]] const ExportReport& report() const { return report_; }

private:
    struct Vote {
        AccountId account{};
        CommentId comment{};
        int value = 0;
    };

    [[nodiscard]] bool put(const std::string& line) {
        output_ << line;
        return output_.good();
    }
    [[nodiscard]] result<void> read_votes(const DiscussionId& discussion);
    [[nodiscard]] result<void> write_comments(const DiscussionId& discussion);
    [[nodiscard]] result<void> write_accounts();
    void need_account(AccountId account) {
        if (accounts_seen_.insert(account).second) accounts_due_.push_back(account);
    }

    StoreReader& reader_;
    std::ostream& output_;
    const std::function<void(const ExportReport&)>& progress_;
    ExportReport report_;
    std::unordered_set<AccountId> accounts_seen_;
    // Of the discussion at hand.
    std::vector<AccountId> accounts_due_;
    std::vector<Vote> votes_;
    std::unordered_map<CommentId, std::int64_t> vote_sums_;
};

// Votes are read before the comments: each that is written then has its comment in the file, and
// the scores are made of these very votes, whatever is cast meanwhile.
result<void> Exporter::read_votes(const DiscussionId& discussion) {
    votes_.clear();
    vote_sums_.clear();
    return reader_.each_vote(discussion, [this](AccountId account, CommentId comment, int value) {
        votes_.push_back({account, comment, value});
        vote_sums_[comment] += value;
        return true;
    });
}

result<void> Exporter::write_comments(const DiscussionId& discussion) {
    return reader_.each_comment(discussion, [this](const CommentRow& comment) {
        // What was taken away before anybody saw it has neither a place nor a text that is kept.
        const bool waits = comment.state == CommentState::pending;
        if (comment.ordinals.empty() && !waits) return true;
        need_account(comment.author);
        const auto sum = vote_sums_.find(comment.id);
        const std::int64_t votes = sum == vote_sums_.end() ? 0 : sum->second;
        if (++report_.comments % comments_per_progress == 0) progress_(report_);
        return put(write_comment_line(comment, comment.base + votes));
    });
}

result<void> Exporter::write_accounts() {
    for (const Vote& vote : votes_) need_account(vote.account);
    for (const AccountId id : std::exchange(accounts_due_, {})) {
        const auto account = reader_.account(id);
        if (account.has_error()) return account.error();
        if (!*account) {
            return make_error(Errc::corrupt_store, "The account " + to_string(id) +
                                                       " has written or voted, but is not there.");
        }
        static_cast<void>(put(write_account_line(**account)));
        ++report_.accounts;
    }
    return {};
}

result<void> Exporter::write(const DiscussionId& id) {
    const auto discussion = reader_.discussion(id);
    if (discussion.has_error()) return discussion.error();
    if (!*discussion) return make_error(Errc::corrupt_store, "A discussion has vanished.");
    static_cast<void>(put(write_discussion_line((*discussion)->view, (*discussion)->article)));
    ++report_.discussions;
    if (auto read = read_votes(id); read.has_error()) return read;
    if (auto written = write_comments(id); written.has_error()) return written;
    if (auto written = write_accounts(); written.has_error()) return written;
    for (const Vote& vote : votes_) {
        static_cast<void>(put(write_vote_line(id, vote.comment, vote.account, vote.value)));
        ++report_.votes;
    }
    progress_(report_);
    if (!output_.good()) {
        return make_error(Errc::storage_full, "The output takes no more: is the disk full?");
    }
    return {};
}

}  // namespace

result<ExportReport> export_ndjson(StoreReader& reader,
                                   const std::optional<DiscussionId>& discussion,
                                   std::ostream& output,
                                   const std::function<void(const ExportReport&)>& progress) {
    // By time, then id, as an import takes them; so an export of an import is the same again.
    std::vector<std::pair<WallTime, DiscussionId>> discussions;
    const auto visited = reader.each_discussion([&](const DiscussionRow& row) {
        if (!discussion || row.id == *discussion) discussions.emplace_back(row.created_at, row.id);
        return true;
    });
    if (visited.has_error()) return visited.error();
    if (discussion && discussions.empty()) {
        return make_error(Errc::unknown_discussion,
                          "There is no discussion \"" + discussion->value + "\" in the store.");
    }
    std::sort(discussions.begin(), discussions.end());
    Exporter exporter(reader, output, progress);
    for (const auto& [created_at, id] : discussions) {
        if (auto written = exporter.write(id); written.has_error()) return written.error();
    }
    return exporter.report();
}

}  // namespace parley
