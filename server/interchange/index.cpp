#include "interchange/index.hpp"

#include <utility>

namespace parley {

namespace {

using Ref = FileIndex::Ref;

constexpr std::uint64_t lines_per_progress = 1'000;

std::string in_quotes(std::string_view id) { return "\"" + std::string(id) + "\""; }

class Indexer {
public:
    explicit Indexer(IssueList& issues) : issues_(issues) {}

    void add(const RawLine& raw);
    [[nodiscard]] FileIndex take() { return std::move(index_); }

private:
    void add_line(const DiscussionLine& line);
    void add_line(const AccountLine& line);
    void add_line(const CommentLine& line);
    void add_line(const VoteLine& line);

    // True where the id was there before: then this line is not used.
    bool is_repeated(LineKind kind, std::string_view id, const LineRef& first,
                     std::size_t first_fingerprint);

    [[nodiscard]] Ref discussion_of(const DiscussionId& id);
    [[nodiscard]] Ref account_of(std::string_view id);

    FileIndex index_;
    IssueList& issues_;
    std::unordered_map<DiscussionId, Ref> discussions_;
    std::unordered_map<Ref, Ref> accounts_;  // by the id's place in the pool
    // Of the line at hand.
    LineRef ref_;
    std::size_t fingerprint_ = 0;
};

void Indexer::add(const RawLine& raw) {
    ++index_.lines_read;
    if (raw.too_long) {
        const auto mebibytes = std::to_string(ndjson_line_bytes_max >> 20U);
        issues_.refuse(
            raw.ref.number, LineKind::unknown,
            make_error(Errc::too_large, "The line is longer than " + mebibytes + " MiB."));
        return;
    }
    ref_ = raw.ref;
    fingerprint_ = std::hash<std::string_view>{}(raw.text);
    const ParsedLine parsed = parse_line(raw.text);
    if (parsed.line.has_error()) {
        issues_.refuse(raw.ref.number, parsed.kind, parsed.line.error());
        return;
    }
    ++index_.lines_good;
    std::visit([this](const auto& line) { add_line(line); }, *parsed.line);
}

bool Indexer::is_repeated(LineKind kind, std::string_view id, const LineRef& first,
                          std::size_t first_fingerprint) {
    const std::string what = "The " + std::string(to_string(kind)) + " " + in_quotes(id);
    const std::string where = " line " + std::to_string(first.number);
    if (first_fingerprint == fingerprint_) {
        issues_.warn(ref_.number, kind, Errc::conflict,
                     what + " is given the same in" + where + ".");
    } else {
        issues_.refuse(ref_.number, kind,
                       make_error(Errc::conflict, what + " is given with another content in" +
                                                      where + ", which is used."));
    }
    return true;
}

void Indexer::add_line(const DiscussionLine& line) {
    FileIndex::Discussion& discussion = index_.discussions[discussion_of(line.put.discussion)];
    if (discussion.line && is_repeated(LineKind::discussion, discussion.id.value, *discussion.line,
                                       discussion.fingerprint)) {
        return;
    }
    discussion.line = ref_;
    discussion.fingerprint = fingerprint_;
    discussion.created_at = line.put.created_at.value_or(WallTime{});
}

void Indexer::add_line(const AccountLine& line) {
    FileIndex::Account& account = index_.accounts[account_of(line.account.id)];
    if (account.line &&
        is_repeated(LineKind::account, line.account.id, *account.line, account.fingerprint)) {
        return;
    }
    account.line = ref_;
    account.fingerprint = fingerprint_;
}

void Indexer::add_line(const CommentLine& line) {
    FileIndex::Comment comment;
    comment.line = ref_;
    comment.fingerprint = fingerprint_;
    comment.id = index_.ids.intern(line.comment.id);
    comment.discussion = discussion_of(line.discussion);
    const auto here = static_cast<Ref>(index_.comments.size());
    const auto [known, added] =
        index_.comments_by_id.try_emplace(FileIndex::key_of(comment.discussion, comment.id), here);
    if (!added) {
        const FileIndex::Comment& first = index_.comments[known->second];
        is_repeated(LineKind::comment, line.comment.id, first.line, first.fingerprint);
        return;
    }
    static_cast<void>(account_of(line.comment.author));
    if (line.comment.parent) comment.parent_id = index_.ids.intern(*line.comment.parent);
    comment.place = static_cast<std::int32_t>(line.place.value_or(0));
    comment.score = line.comment.base;
    comment.created_at = line.comment.created_at;
    index_.comments.push_back(comment);
}

void Indexer::add_line(const VoteLine& line) {
    FileIndex::Vote vote;
    vote.line = ref_.number;
    if (line.discussion) vote.discussion = discussion_of(*line.discussion);
    vote.comment_id = index_.ids.intern(line.vote.comment);
    vote.account = account_of(line.vote.account);
    vote.value = line.vote.value;
    index_.votes.push_back(vote);
    index_.vote_bytes += ref_.bytes;
}

Ref Indexer::discussion_of(const DiscussionId& id) {
    const auto here = static_cast<Ref>(index_.discussions.size());
    const auto [known, added] = discussions_.try_emplace(id, here);
    if (added) index_.discussions.push_back({id, std::nullopt, 0, {}});
    return known->second;
}

Ref Indexer::account_of(std::string_view id) {
    const Ref id_ref = index_.ids.intern(id);
    const auto here = static_cast<Ref>(index_.accounts.size());
    const auto [known, added] = accounts_.try_emplace(id_ref, here);
    if (added) index_.accounts.push_back({id_ref, std::nullopt, 0, ref_.number});
    return known->second;
}

}  // namespace

IdPool::Ref IdPool::intern(std::string_view id) {
    if (const auto known = refs_.find(id); known != refs_.end()) return known->second;
    const auto ref = static_cast<Ref>(ids_.size());
    refs_.emplace(ids_.emplace_back(id), ref);
    return ref;
}

FileIndex::Ref FileIndex::comment_of(Ref discussion, Ref id) const {
    const auto known = comments_by_id.find(key_of(discussion, id));
    return known == comments_by_id.end() ? none : known->second;
}

result<FileIndex> index_file(std::istream& input, IssueList& issues,
                             const std::function<void(std::uint64_t)>& progress) {
    Indexer indexer(issues);
    // On the heap for its block.
    const auto lines = std::make_unique<LineReader>(input);
    std::uint64_t count = 0;
    while (const std::optional<RawLine> line = lines->next()) {
        indexer.add(*line);
        if (++count % lines_per_progress == 0) progress(lines->offset());
    }
    if (input.bad()) return make_error(Errc::unavailable, "The file can no longer be read.");
    progress(lines->offset());
    return indexer.take();
}

}  // namespace parley
