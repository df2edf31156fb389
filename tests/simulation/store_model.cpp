#include "store_model.hpp"

#include "base/mutants.hpp"
#include "store_transaction.hpp"

#include <algorithm>

namespace parley::simulation {

namespace {

constexpr std::int64_t ids_per_discussion = 100'000;
// Small enough that an order by the clock would show.
constexpr std::chrono::hours clock_jump_max{24};

template <class Versions, class Stamp>
auto version_at(const Versions& versions, Seq seq, Stamp stamp) {
    for (auto one = versions.rbegin(); one != versions.rend(); ++one) {
        if (stamp(*one) <= seq) return *one;
    }
    return typename Versions::value_type{};
}

}  // namespace

std::shared_ptr<const CommentContent> Row::content_at(Seq seq) const {
    return version_at(contents, seq, [](const auto& one) { return one->stamp; });
}

Tally Row::tally_at(Seq seq) const {
    return version_at(tallies, seq, [](const Tally& one) { return one.stamp; });
}

std::optional<std::size_t> History::index_of(CommentId id) const {
    const auto index =
        static_cast<std::size_t>(static_cast<std::int64_t>(id) % ids_per_discussion) - 1;
    if (index >= rows.size() || rows[index].id != id) return std::nullopt;
    return index;
}

const Row* History::find(CommentId id) const {
    const auto index = index_of(id);
    return index ? &rows[*index] : nullptr;
}

DiscussionState History::state_at(Seq at) const {
    DiscussionState found = DiscussionState::open;
    for (const auto& [stamp, one] : states_) {
        if (stamp <= at) found = one;
    }
    return found;
}

Seq History::seq_at(MonotonicTime time) const {
    return std::upper_bound(committed_at_.begin(), committed_at_.end(), time) -
           committed_at_.begin();
}

std::optional<Changeset> History::changes_since(Seq since, std::size_t rows_max) const {
    struct Changed {
        Seq stamp;
        std::size_t index;
    };
    std::vector<Changed> changed;
    for (const std::size_t index : order_) {
        const Row& row = rows[index];
        const Seq stamp = row.view().seq();
        if (stamp <= since) continue;
        const bool is_filtered = is_mutated(Mutant::tombstones_filtered) &&
                                 row.contents.back()->state != CommentState::visible;
        if (!is_filtered) changed.push_back({stamp, index});
    }
    if (changed.size() > rows_max) return std::nullopt;
    Changeset out;
    out.discussion = discussion;
    out.epoch = epoch;
    out.prev = since;
    out.seq = std::max(seq, since);
    out.comment_count = counts_.back();
    constexpr std::size_t part_rows = 4;
    if (is_mutated(Mutant::catch_up_in_parts) && changed.size() > part_rows) {
        std::sort(changed.begin(), changed.end(),
                  [](const Changed& a, const Changed& b) { return a.stamp < b.stamp; });
        changed.resize(part_rows);
        out.seq = changed.back().stamp;
    }
    for (const Changed& one : changed) {
        const CommentView view = rows[one.index].view();
        if (view.content->stamp > since) out.comments.push_back(view);
        else out.scores.push_back(view.tally);
        if (view.content->stamp > since && view.content->state != CommentState::visible) {
            out.takes_text_away = true;
        }
    }
    if (!states_.empty() && states_.back().first > since) {
        out.info = DiscussionInfo{"title", "url", state, {}, states_.back().first};
    }
    return newer_than(out, since);  // for the order of what is in it
}

// A tombstone is shown only where something visible hangs under it.
std::vector<bool> History::shown_at(Seq at) const {
    std::vector<bool> shown(rows.size());
    for (const std::size_t index : order_) {
        const auto content = rows[index].content_at(at);
        if (!content || content->state != CommentState::visible) continue;
        shown[index] = true;
        for (const std::size_t ancestor : rows[index].ancestors) shown[ancestor] = true;
    }
    return shown;
}

WireWindow History::window(const WindowQuery& query, Seq at) const {
    WireWindow out;
    out.epoch = epoch;
    out.seq = at;
    out.comment_count = count_at(at);
    out.state = state_at(at);
    out.is_last = true;
    const std::vector<bool> shown = shown_at(at);
    const auto scope = query.parent ? index_of(*query.parent) : std::nullopt;
    const auto target = query.around ? index_of(*query.around) : std::nullopt;
    for (const std::size_t index : order_) {
        const Row& row = rows[index];
        if (!shown[index] || row.key <= query.after) continue;
        const auto is_above = [&](std::size_t below, std::size_t above) {
            const auto& path = rows[below].ancestors;
            return std::find(path.begin(), path.end(), above) != path.end();
        };
        if (query.parent && (!scope || !is_above(index, *scope))) continue;
        if (query.around && (!target || (index != *target && !is_above(*target, index)))) continue;
        if (out.comments.size() >= query.limit) {
            out.is_last = false;
            break;
        }
        const CommentView view{row.content_at(at), row.tally_at(at)};
        out.comments.push_back(to_wire(view, view.seq()));
    }
    return out;
}

StoreModel::StoreModel(World& world, std::size_t discussions_count) : world_(world) {
    for (std::size_t i = 0; i < discussions_count; ++i) {
        auto history = std::make_shared<History>();
        history->discussion.value = "d" + std::to_string(i);
        history->epoch.value = "e1";
        history->begun_at = world.now();
        current_.push_back(std::move(history));
    }
}

const History* StoreModel::history(const DiscussionId& id) const {
    for (const auto& one : current_) {
        if (one->discussion == id) return one.get();
    }
    return nullptr;
}

const History* StoreModel::history(const DiscussionId& id, const Epoch& epoch) const {
    for (const auto* histories : {&current_, &past_}) {
        for (const auto& one : *histories) {
            if (one->discussion == id && one->epoch == epoch) return one.get();
        }
    }
    return nullptr;
}

Answer StoreModel::perform(const Command& command) {
    History& history = *current_[command.discussion];
    Answer answer =
        command.kind == Command::Kind::post ? post(history, command) : change(history, command);
    answer.epoch = history.epoch;
    answer.seq = history.seq;
    return answer;
}

Answer StoreModel::post(History& history, const Command& command) {
    const auto known = history.keys.find(command.key);
    if (known != history.keys.end()) {
        // The same request again: its present state.
        const Row& row = history.rows[known->second];
        Answer answer;
        answer.done = true;
        if (row.is_public()) answer.comment = simulation::to_wire(row.view(), row.view().seq());
        return answer;
    }
    const auto parent = command.target ? history.index_of(*command.target) : std::nullopt;
    if (command.target && !parent) return {};
    if (parent && history.rows[*parent].state != CommentState::visible) return {};
    if (history.state == DiscussionState::locked) return {};
    Row row;
    const auto count = static_cast<std::int64_t>(history.rows.size());
    row.id =
        CommentId{static_cast<std::int64_t>(command.discussion) * ids_per_discussion + count + 1};
    row.parent = parent;
    row.author = command.account;
    if (parent) {
        row.ancestors = history.rows[*parent].ancestors;
        row.ancestors.push_back(*parent);
    }
    const bool waits = history.state == DiscussionState::premoderated;
    row.state = waits ? CommentState::pending : CommentState::visible;
    history.keys.emplace(command.key, history.rows.size());
    history.rows.push_back(std::move(row));
    Answer answer;
    answer.done = true;
    if (waits) return answer;
    Transaction transaction(history);
    transaction.pad(command.padding);
    transaction.touch_content(history.rows.size() - 1);
    answer.changeset = transaction.commit(world_.now(), {});
    const CommentView view = history.rows.back().view();
    answer.comment = simulation::to_wire(view, view.seq());
    return answer;
}

Answer StoreModel::change(History& history, const Command& command) {
    using Kind = Command::Kind;
    Transaction transaction(history);
    transaction.pad(command.padding);
    Answer answer;
    answer.done = true;
    if (command.kind >= Kind::lock) {
        const auto state = command.kind == Kind::lock     ? DiscussionState::locked
                           : command.kind == Kind::unlock ? DiscussionState::open
                                                          : DiscussionState::premoderated;
        if (state == history.state) return {};
        history.state = state;
        transaction.touch_state();
        answer.changeset = transaction.commit(world_.now(), {});
        return answer;
    }
    const auto index = history.index_of(*command.target);
    if (!index) return {};
    Row& row = history.rows[*index];
    const auto moves = [&](CommentState from, CommentState to) {
        if (row.state != from) return false;
        row.state = to;
        transaction.touch_content(*index);
        return true;
    };
    bool is_allowed = false;
    switch (command.kind) {
        case Kind::edit: is_allowed = moves(CommentState::visible, CommentState::visible); break;
        case Kind::remove: is_allowed = moves(CommentState::visible, CommentState::removed); break;
        case Kind::restore: is_allowed = moves(CommentState::removed, CommentState::visible); break;
        case Kind::hold: is_allowed = moves(CommentState::visible, CommentState::pending); break;
        case Kind::approve: is_allowed = moves(CommentState::pending, CommentState::visible); break;
        case Kind::vote: is_allowed = row.is_public() && row.state == CommentState::visible; break;
        default: break;
    }
    if (!is_allowed) return {};
    if (command.kind == Kind::vote) {
        const int old = std::exchange(row.votes[command.account], command.vote);
        row.up += (command.vote > 0 ? 1 : 0) - (old > 0 ? 1 : 0);
        row.down += (command.vote < 0 ? 1 : 0) - (old < 0 ? 1 : 0);
        if (old != command.vote) transaction.touch_tally(*index);
        if (old != command.vote) answer.changeset = transaction.commit(world_.now(), {});
        answer.tally = history.rows[*index].tallies.back();
        return answer;
    }
    // The order of things never depends on the clock on the wall, which may be anywhere.
    const auto wall = WallTime(std::chrono::duration_cast<milliseconds>(
        world_.random.between(Duration{0}, clock_jump_max)));
    if (wall.time_since_epoch() > std::chrono::hours(1)) world_.fired(Fault::clock_jumped);
    answer.changeset = transaction.commit(world_.now(), wall);
    return answer;
}

result<Changeset> StoreModel::changes_since(const DiscussionId& id, const Epoch& epoch,
                                            Seq since) const {
    const History* found = history(id);
    if (found == nullptr) return make_error(Errc::unknown_discussion);
    if (found->epoch != epoch) return make_error(Errc::precondition_too_far);
    std::optional<Changeset> changes = found->changes_since(since, catch_up_rows_max);
    if (!changes) return make_error(Errc::precondition_too_far);
    return *std::move(changes);
}

void StoreModel::back_up() {
    backup_.clear();
    for (const auto& one : current_) backup_.push_back(*one);
}

void StoreModel::restore() {
    if (!is_mutated(Mutant::restore_keeps_epoch)) ++epochs_;
    for (std::size_t i = 0; i < current_.size(); ++i) {
        past_.push_back(current_[i]);
        current_[i] = std::make_shared<History>(backup_[i]);
        current_[i]->epoch.value = "e" + std::to_string(epochs_);
        current_[i]->begun_at = world_.now();
    }
}

}  // namespace parley::simulation
