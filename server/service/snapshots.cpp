#include "service/snapshots.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

// What an entry costs besides its bytes and its name: nodes of the tables, roughly.
constexpr std::size_t entry_overhead_bytes = 512;
// Where a read came back older than the reader has already seen elsewhere.
constexpr std::chrono::milliseconds not_there_yet_ms{100};

std::chrono::milliseconds milliseconds_between(MonotonicTime from, MonotonicTime to) {
    return to <= from ? std::chrono::milliseconds{0}
                      : std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

bool reaches(const Position& position, const std::optional<Epoch>& epoch, Seq min_seq) {
    return (!epoch || *epoch == position.epoch) && position.seq >= min_seq;
}

// The store could not say; it says nothing about what is kept.
bool is_outage(const Error& error) { return http_status(error.code) >= 500; }

// What is said to who asked for more than the store has.
Error refusal(const Position& position, const std::optional<Epoch>& epoch) {
    if (epoch && *epoch != position.epoch) return make_error(Errc::precondition_too_far);
    return make_retry(Errc::unavailable, not_there_yet_ms);
}

}  // namespace

// --- asking -------------------------------------------------------------------------------------

std::optional<SnapshotAnswer> Snapshots::find(const SnapshotAsk& ask, MonotonicTime now) {
    Entry* entry = entry_of(ask.name);
    return entry == nullptr ? std::nullopt : hit(*entry, ask, now);
}

Snapshots::Asked Snapshots::ask(const SnapshotAsk& ask, Reply reply, MonotonicTime now) {
    if (auto found = find(ask, now)) return {std::move(found), std::nullopt};
    Entry& entry = make_entry(ask, now);
    const std::optional<Position>& known = rooms_.at(ask.discussion).known;
    Waiter waiter{std::move(reply), ask.epoch, ask.min_seq, known ? known->seq : 0, false};
    if (!entry.flight) return {std::nullopt, begin(entry, std::move(waiter), now)};
    waiter.may_wait_again = true;  // that read began before this question
    flights_.at(*entry.flight).waiters.push_back(std::move(waiter));
    ++counts_.joins;
    return {};
}

std::optional<SnapshotAnswer> Snapshots::hit(Entry& entry, const SnapshotAsk& ask,
                                             MonotonicTime now) {
    if (!entry.snapshot || !reaches(entry.snapshot->position, ask.epoch, ask.min_seq)) {
        return std::nullopt;
    }
    SnapshotAnswer answer{entry.snapshot, std::nullopt};
    const bool fresh = now - entry.checked_at <= policy_.stale_max;
    if (!fresh || (is_behind(entry) && may_be_early(entry, now))) {
        const bool failed = entry.failed_at && now - *entry.failed_at < policy_.stale_max;
        const bool slow =
            entry.flight && now - flights_.at(*entry.flight).began_at > snapshot_slow_read_ms;
        if ((!failed && !slow) || !is_good_in_outage(entry, now)) return std::nullopt;
        answer.stale_for = milliseconds_between(entry.checked_at, now);
        ++counts_.stale_answers;
    }
    ++counts_.hits;
    entries_.splice(entries_.begin(), entries_, by_name_.at(entry.name));
    return answer;
}

bool Snapshots::is_behind(const Entry& entry) const {
    const std::optional<Position>& known = rooms_.at(entry.discussion).known;
    const Position& mine = entry.snapshot->position;
    return known && (known->epoch != mine.epoch || known->seq > mine.seq);
}

// A budget that fills with time and that each early read takes its own time from. It may go below
// zero, which the next ones wait for.
bool Snapshots::may_be_early(Entry& entry, MonotonicTime now) const {
    if (now > entry.budget_at) {
        const Duration gained = (now - entry.budget_at) * snapshot_early_share_percent / 100;
        entry.early_budget =
            std::min<Duration>(snapshot_early_budget_ms, entry.early_budget + gained);
        entry.budget_at = now;
    }
    return entry.early_budget > Duration::zero();
}

bool Snapshots::is_good_in_outage(const Entry& entry, MonotonicTime now) const {
    return entry.snapshot && now - entry.checked_at <= policy_.outage_max;
}

Snapshots::Read Snapshots::begin(Entry& entry, Waiter waiter, MonotonicTime now) {
    const FlightId id = ++last_flight_;
    Flight flight;
    flight.of.discussion = entry.discussion;
    flight.of.name = entry.name;
    flight.known = entry.snapshot;
    flight.began_at = now;
    flight.early = entry.snapshot && now - entry.checked_at <= policy_.stale_max;
    flight.waiters.push_back(std::move(waiter));
    flights_.emplace(id, std::move(flight));
    entry.flight = id;
    ++counts_.reads;
    return {id, entry.snapshot};
}

// --- landing ------------------------------------------------------------------------------------

Snapshots::Landed Snapshots::land(FlightId id, Result read, MonotonicTime now) {
    Landed out;
    auto node = flights_.extract(id);
    if (!node) return out;
    Flight& flight = node.mapped();
    if (flight.kept) {
        entry_of(flight.of.name)->flight.reset();
        if (read.snapshot.has_value()) keep(flight, read, now);
        else note_failure(flight, read.snapshot.error(), now);
    }
    answer_or_wait_again(flight, read, now, out);
    make_room(now);
    return out;
}

void Snapshots::keep(const Flight& flight, const Result& read, MonotonicTime now) {
    const std::shared_ptr<const Snapshot>& snapshot = *read.snapshot;
    on_position(flight.of.discussion, snapshot->position, read.read_at);
    // What is of another epoch was dropped just now, this entry perhaps among it.
    Entry& entry = make_entry(flight.of, now);
    if (entry.snapshot != snapshot) {
        take_snapshot_from(entry);
        entry.snapshot = snapshot;
        bytes_ += bytes_of(entry);
        // One that would drive out all others, and then itself.
        if (bytes_of(entry) > policy_.bytes_max) take_snapshot_from(entry);
    }
    entry.checked_at = read.read_at;
    entry.failed_at.reset();
    if (flight.early) entry.early_budget -= read.took;
    entries_.splice(entries_.begin(), entries_, by_name_.at(entry.name));
}

void Snapshots::note_failure(const Flight& flight, const Error& error, MonotonicTime now) {
    Entry& entry = *entry_of(flight.of.name);
    if (is_outage(error)) entry.failed_at = now;
    else take_snapshot_from(entry);  // it is not there any more
}

void Snapshots::answer_or_wait_again(Flight& flight, const Result& read, MonotonicTime now,
                                     Landed& out) {
    Entry* entry = flight.kept ? entry_of(flight.of.name) : nullptr;
    std::vector<Waiter> again;
    out.answers.reserve(flight.waiters.size());
    for (Waiter& waiter : flight.waiters) {
        if (read.snapshot.has_value()) {
            const Position& position = (*read.snapshot)->position;
            const bool good = reaches(position, waiter.epoch, waiter.min_seq);
            const bool early =
                entry != nullptr && waiter.wished_seq > position.seq && may_be_early(*entry, now);
            if (waiter.may_wait_again && (!good || early)) {
                again.push_back(std::move(waiter));
            } else if (good) {
                out.answers.push_back(
                    {std::move(waiter.reply), SnapshotAnswer{*read.snapshot, std::nullopt}});
            } else {
                out.answers.push_back({std::move(waiter.reply), refusal(position, waiter.epoch)});
            }
        } else if (entry != nullptr && is_good_in_outage(*entry, now) &&
                   reaches(entry->snapshot->position, waiter.epoch, waiter.min_seq)) {
            ++counts_.stale_answers;
            out.answers.push_back(
                {std::move(waiter.reply),
                 SnapshotAnswer{entry->snapshot, milliseconds_between(entry->checked_at, now)}});
        } else {
            out.answers.push_back({std::move(waiter.reply), read.snapshot.error()});
        }
    }
    if (!again.empty()) {
        wait_again(flight, std::move(again), now, out);
    } else if (entry != nullptr && !entry->snapshot && !entry->flight) {
        erase(*entry);
    }
}

void Snapshots::wait_again(const Flight& flight, std::vector<Waiter> waiters, MonotonicTime now,
                           Landed& out) {
    Entry& entry = make_entry(flight.of, now);
    for (Waiter& waiter : waiters) {
        waiter.may_wait_again = false;
        if (entry.flight) flights_.at(*entry.flight).waiters.push_back(std::move(waiter));
        else out.next = begin(entry, std::move(waiter), now);
    }
}

// --- what happens meanwhile ---------------------------------------------------------------------

void Snapshots::drop(const DiscussionId& discussion, const Position& position) {
    const auto found = rooms_.find(discussion);
    if (found == rooms_.end()) return;
    ++counts_.drops;
    on_change(discussion, position);
    const auto entries = found->second.entries;  // the last one to go takes the room with it
    for (Entry* entry : entries) {
        const bool is_later =
            entry->snapshot && reaches(entry->snapshot->position, position.epoch, position.seq);
        if (!is_later) erase(*entry);
    }
}

void Snapshots::on_change(const DiscussionId& discussion, const Position& position) {
    const auto found = rooms_.find(discussion);
    if (found == rooms_.end()) return;
    std::optional<Position>& known = found->second.known;
    const bool older = known && known->epoch == position.epoch && known->seq >= position.seq;
    if (!older) known = position;
}

void Snapshots::on_position(const DiscussionId& discussion, const Position& position,
                            MonotonicTime as_of) {
    const auto found = rooms_.find(discussion);
    if (found == rooms_.end()) return;
    std::vector<Entry*> of_another_epoch;
    for (Entry* entry : found->second.entries) {
        if (!entry->snapshot) continue;
        if (entry->snapshot->position == position) {
            entry->checked_at = std::max(entry->checked_at, as_of);
            entry->failed_at.reset();
        } else if (entry->snapshot->position.epoch != position.epoch) {
            of_another_epoch.push_back(entry);
        }
    }
    on_change(discussion, position);
    for (Entry* entry : of_another_epoch) erase(*entry);
}

// --- what is kept -------------------------------------------------------------------------------

Snapshots::Entry* Snapshots::entry_of(const std::string& name) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &*found->second;
}

Snapshots::Entry& Snapshots::make_entry(const SnapshotAsk& ask, MonotonicTime now) {
    if (Entry* entry = entry_of(ask.name)) return *entry;
    entries_.emplace_front();
    Entry& entry = entries_.front();
    entry.discussion = ask.discussion;
    entry.name = ask.name;
    entry.early_budget = snapshot_early_budget_ms;
    entry.budget_at = now;
    by_name_.emplace(ask.name, entries_.begin());
    rooms_[ask.discussion].entries.insert(&entry);
    return entry;
}

// Whoever waits for its flight gets what that brings, and nobody else does.
void Snapshots::erase(Entry& entry) {
    take_snapshot_from(entry);
    if (entry.flight) flights_.at(*entry.flight).kept = false;
    const auto room = rooms_.find(entry.discussion);
    room->second.entries.erase(&entry);
    if (room->second.entries.empty()) rooms_.erase(room);
    const auto found = by_name_.find(entry.name);
    const Entries::iterator place = found->second;
    by_name_.erase(found);
    entries_.erase(place);
}

void Snapshots::take_snapshot_from(Entry& entry) {
    if (!entry.snapshot) return;
    bytes_ -= bytes_of(entry);
    entry.snapshot.reset();
}

std::size_t Snapshots::bytes_of(const Entry& entry) const {
    const Snapshot& snapshot = *entry.snapshot;
    return snapshot.identity.capacity() + snapshot.gzip.capacity() + 2 * entry.name.size() +
           entry_overhead_bytes;
}

// Down to the bound, and of the longest unused also what nobody could be given any more.
void Snapshots::make_room(MonotonicTime now) {
    const Duration keep = std::max(policy_.stale_max, policy_.outage_max);
    auto place = entries_.end();
    while (place != entries_.begin()) {
        Entry& entry = *std::prev(place);
        const bool old = entry.snapshot && now - entry.checked_at > keep;
        if (bytes_ <= policy_.bytes_max && !old) return;
        if (entry.flight) {
            take_snapshot_from(entry);
            --place;
        } else {
            erase(entry);
        }
    }
}

Snapshots::Stats Snapshots::stats() const {
    Stats stats = counts_;
    stats.entries = entries_.size();
    stats.bytes = bytes_;
    return stats;
}

}  // namespace parley
