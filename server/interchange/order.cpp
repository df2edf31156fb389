#include "interchange/order.hpp"

#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>
#include <utility>

namespace parley {

namespace {

using Ref = FileIndex::Ref;
constexpr Ref none = FileIndex::none;
constexpr std::size_t circle_shown_count_max = 6;

class Orderer {
public:
    explicit Orderer(const FileIndex& index) : index_(index) {
        find_parents();
        sort_siblings();
    }

    [[nodiscard]] CommentOrder run();
    void report_circles(const CommentOrder& order, IssueList& issues) const;

private:
    // What comments have in common that are siblings: their discussion, and their parent, which is
    // in the file, or only named by it, or none.
    enum class ParentKind : std::uint8_t { absent, named, present };
    struct Family {
        Ref discussion = none;
        ParentKind kind = ParentKind::absent;
        Ref parent = none;
        friend auto operator<=>(const Family&, const Family&) = default;
    };

    void find_parents();
    void sort_siblings();
    [[nodiscard]] Family family_of(Ref comment) const;
    [[nodiscard]] bool sibling_less(Ref left, Ref right) const;
    [[nodiscard]] bool earlier(Ref left, Ref right) const;
    [[nodiscard]] std::vector<bool> find_circles(const CommentOrder& order) const;
    [[nodiscard]] std::string describe_circle(Ref comment) const;

    const FileIndex& index_;
    std::vector<Ref> parents_;       // by comment; none where it is not in the file
    std::vector<Ref> siblings_;      // all comments, families together
    std::vector<Ref> first_child_;   // by comment: a place in siblings_
    std::vector<Ref> first_orphan_;  // places in siblings_ of the families without a parent here
};

void Orderer::find_parents() {
    parents_.reserve(index_.comments.size());
    for (const FileIndex::Comment& comment : index_.comments) {
        const bool has_parent = comment.parent_id != none;
        parents_.push_back(has_parent ? index_.comment_of(comment.discussion, comment.parent_id)
                                      : none);
    }
}

Orderer::Family Orderer::family_of(Ref comment) const {
    const FileIndex::Comment& of = index_.comments[comment];
    if (of.parent_id == none) return {of.discussion, ParentKind::absent, none};
    const Ref parent = parents_[comment];
    if (parent == none) return {of.discussion, ParentKind::named, of.parent_id};
    return {of.discussion, ParentKind::present, parent};
}

bool Orderer::earlier(Ref left, Ref right) const {
    const FileIndex::Comment& first = index_.comments[left];
    const FileIndex::Comment& second = index_.comments[right];
    if (first.created_at != second.created_at) return first.created_at < second.created_at;
    return id_less(index_.ids.text(first.id), index_.ids.text(second.id));
}

bool Orderer::sibling_less(Ref left, Ref right) const {
    const std::int32_t first = index_.comments[left].place;
    const std::int32_t second = index_.comments[right].place;
    if (first == second) return earlier(left, right);
    if (first == 0 || second == 0) return second == 0;
    return first < second;
}

void Orderer::sort_siblings() {
    const std::size_t count = index_.comments.size();
    siblings_.resize(count);
    std::iota(siblings_.begin(), siblings_.end(), Ref{0});
    std::sort(siblings_.begin(), siblings_.end(), [this](Ref left, Ref right) {
        const Family first = family_of(left);
        const Family second = family_of(right);
        return first == second ? sibling_less(left, right) : first < second;
    });
    first_child_.assign(count, none);
    for (Ref at = 0; at < count; ++at) {
        const Family family = family_of(siblings_[at]);
        if (at > 0 && family_of(siblings_[at - 1]) == family) continue;
        if (family.kind == ParentKind::present) first_child_[family.parent] = at;
        else first_orphan_.push_back(at);
    }
}

CommentOrder Orderer::run() {
    CommentOrder order;
    order.rank.assign(index_.comments.size(), none);
    const auto later = [this](Ref left, Ref right) {
        return earlier(siblings_[right], siblings_[left]);
    };
    // Places in siblings_ whose parent, and elder sibling, are in the order already.
    std::priority_queue<Ref, std::vector<Ref>, decltype(later)> ready(later);
    std::vector<std::vector<Ref>> starts(index_.discussions.size());
    for (const Ref at : first_orphan_) {
        starts[index_.comments[siblings_[at]].discussion].push_back(at);
    }
    for (const Ref discussion : order_discussions(index_)) {
        for (const Ref at : starts[discussion]) ready.push(at);
        while (!ready.empty()) {
            const Ref at = ready.top();
            ready.pop();
            const Ref comment = siblings_[at];
            order.rank[comment] = static_cast<Ref>(order.comments.size());
            order.comments.push_back(comment);
            const bool has_next = std::size_t{at} + 1 < siblings_.size() &&
                                  family_of(siblings_[at + 1]) == family_of(comment);
            if (has_next) ready.push(at + 1);
            if (first_child_[comment] != none) ready.push(first_child_[comment]);
        }
    }
    return order;
}

// By comment: whether it is its own ancestor. Only those without a rank can be; all their ancestors
// are in the file.
std::vector<bool> Orderer::find_circles(const CommentOrder& order) const {
    std::vector<bool> in_circle(parents_.size(), false);
    std::vector<Ref> seen_from(parents_.size(), none);  // the comment whose walk came by first
    for (Ref start = 0; start < parents_.size(); ++start) {
        if (order.rank[start] != none) continue;
        Ref at = start;
        while (seen_from[at] == none) {
            seen_from[at] = start;
            at = parents_[at];
        }
        if (seen_from[at] != start) continue;
        // This walk came back to itself: `at` is in a circle that is new.
        for (Ref round = at; !in_circle[round]; round = parents_[round]) in_circle[round] = true;
    }
    return in_circle;
}

std::string Orderer::describe_circle(Ref comment) const {
    const auto shown = [this](Ref which) {
        return "\"" + index_.ids.text(index_.comments[which].id) + "\"";
    };
    std::string circle = shown(comment);
    std::size_t count = 1;
    for (Ref at = parents_[comment]; at != comment; at = parents_[at]) {
        if (++count > circle_shown_count_max) {
            circle += " under …";
            break;
        }
        circle += " under " + shown(at);
    }
    return "The comment is an ancestor of itself: " + circle + " under itself.";
}

void Orderer::report_circles(const CommentOrder& order, IssueList& issues) const {
    const std::vector<bool> in_circle = find_circles(order);
    for (Ref comment = 0; comment < index_.comments.size(); ++comment) {
        if (order.rank[comment] != none) continue;
        std::string message = in_circle[comment]
                                  ? describe_circle(comment)
                                  : "The comment hangs below comments that are ancestors of "
                                    "themselves.";
        issues.refuse(index_.comments[comment].line.number, LineKind::comment,
                      make_error(Errc::conflict, std::move(message)));
    }
}

}  // namespace

CommentOrder order_comments(const FileIndex& index, IssueList& issues) {
    Orderer orderer(index);
    CommentOrder order = orderer.run();
    orderer.report_circles(order, issues);
    return order;
}

std::vector<Ref> order_discussions(const FileIndex& index) {
    std::vector<Ref> order(index.discussions.size());
    std::iota(order.begin(), order.end(), Ref{0});
    std::sort(order.begin(), order.end(), [&index](Ref left, Ref right) {
        const FileIndex::Discussion& first = index.discussions[left];
        const FileIndex::Discussion& second = index.discussions[right];
        return std::tie(first.created_at, first.id) < std::tie(second.created_at, second.id);
    });
    return order;
}

}  // namespace parley
