#include "live/rooms.hpp"

#include "live/rooms_state.hpp"
#include "protocol/wire.hpp"

#include <algorithm>
#include <utility>

namespace parley {

// What comes in, and the life of a room. How it reads is in rooms_reads.cpp, what it tells its
// readers in rooms_flush.cpp, what others are told in rooms_presence.cpp.

Rooms::Rooms(Port& port, FrameEncoder& encoder, Settings settings)
    : port_(port), encoder_(encoder), settings_(settings) {}
Rooms::~Rooms() = default;

Rooms::Place& Rooms::open_room(const DiscussionId& discussion, MonotonicTime now) {
    std::unique_ptr<Place>& place = places_[discussion];
    if (!place) {
        place =
            std::make_unique<Place>(discussion, next_generation_++, settings_.flush_window_max_ms);
        place->last_current = now;
        place->remote_reading = remote_presence_.readers(discussion);
    }
    return *place;
}

Rooms::Place* Rooms::find(const RoomTicket& ticket) {
    const auto found = places_.find(ticket.discussion);
    if (found == places_.end() || found->second->generation != ticket.generation) return nullptr;
    return found->second.get();
}

std::vector<DiscussionId> Rooms::watched() const {
    std::vector<DiscussionId> ids;
    ids.reserve(places_.size());
    for (const auto& [id, place] : places_) ids.push_back(id);
    return ids;
}

std::optional<MonotonicTime> Rooms::gathers_until(const DiscussionId& discussion) const {
    const auto found = places_.find(discussion);
    return found == places_.end() ? std::nullopt : found->second->flush_at;
}

Rooms::Stats Rooms::stats() const {
    Stats stats = stats_;
    stats.rooms = places_.size();
    return stats;
}

// --- from hubs -----------------------------------------------------------------------------------

void Rooms::on_message(const ToRoom& message, MonotonicTime now) {
    const auto found = places_.find(message.discussion);
    const auto* watch = std::get_if<Watch>(&message.what);
    const bool opens = watch != nullptr && watch->readers > 0;
    if (found == places_.end() && !opens) return;
    Place& place = open_room(message.discussion, now);
    std::visit([&](const auto& what) { handle(place, message.watch, what, now); }, message.what);
    settle(place, now);
}

void Rooms::handle(Place& place, const WatchId& id, const Watch& watch, MonotonicTime now) {
    if (watch.readers == 0) return end_watch(place, id, now);
    auto watcher = std::find_if(place.watchers.begin(), place.watchers.end(),
                                [&](const Watcher& one) { return one.id.shard == id.shard; });
    if (watcher == place.watchers.end()) {
        watcher = place.watchers.insert(watcher, Watcher{});
    } else if (watcher->id != id) {
        *watcher = {};
    }
    watcher->id = id;
    watcher->readers = watch.readers;
    watcher->deflate = watch.deflate;
    if (watch.newcomers) say(place, id, greeting(place, now));
    if (place.idle_since) {
        lingering_.erase({*place.idle_since, &place});
        place.idle_since.reset();
    }
}

void Rooms::handle(Place& place, const WatchId& id, const CatchUpRequest& request,
                   MonotonicTime /*now*/) {
    for (const Seq since : request.since) place.wanted.push_back({id, since});
}

void Rooms::handle(Place& place, const WatchId& id, const Doubt& doubt, MonotonicTime /*now*/) {
    // A page may have read a commit that has not reached its room yet.
    const auto held = std::find_if(place.doubts.begin(), place.doubts.end(),
                                   [&](const auto& one) { return one.watch == id; });
    if (held == place.doubts.end()) {
        place.doubts.push_back({id, doubt.since, place.position_reads_started + 1});
    } else if (doubt.since < held->since) {
        *held = {id, doubt.since, place.position_reads_started + 1};
    }
}

void Rooms::end_watch(Place& place, const WatchId& id, MonotonicTime now) {
    std::erase_if(place.watchers, [&](const Watcher& one) { return one.id == id; });
    std::erase_if(place.wanted, [&](const auto& one) { return one.watch == id; });
    std::erase_if(place.doubts, [&](const auto& one) { return one.watch == id; });
    if (!place.watchers.empty() || place.idle_since) return;
    // What comes from now on is for nobody, so what waits would have a gap after it.
    drop_pending(place);
    place.idle_since = now;
    lingering_.insert({now, &place});
}

// --- from the bus and the store ------------------------------------------------------------------

void Rooms::on_changeset(const std::shared_ptr<const Changeset>& changeset, MonotonicTime now,
                         std::optional<MonotonicTime> known_since) {
    const auto found = places_.find(changeset->discussion);
    if (found == places_.end()) return;
    Place& place = *found->second;
    if (place.pending.empty()) place.pending_since = known_since;
    take(place, place.room.on_changeset(changeset, now), now);
    if (place.pending.empty()) place.pending_since.reset();
    settle(place, now);
}

void Rooms::on_hint(const DiscussionId& discussion, const Position& position, MonotonicTime now) {
    const auto found = places_.find(discussion);
    if (found == places_.end()) return;
    Place& place = *found->second;
    const auto& mine = place.room.position();
    if (mine && mine->epoch == position.epoch && mine->seq >= position.seq) return;
    // One that is under way may have begun before that commit.
    place.hinted_read = place.position_reads_started + 1;
    settle(place, now);
}

void Rooms::on_sweep(const std::vector<std::pair<DiscussionId, Position>>& positions,
                     MonotonicTime asked_at, MonotonicTime now) {
    for (const auto& [discussion, position] : positions) {
        const auto found = places_.find(discussion);
        if (found == places_.end() || !found->second->room.position()) continue;
        Place& place = *found->second;
        // One that was overtaken may even be of the history before.
        if (place.swept_at && asked_at < *place.swept_at) continue;
        place.swept_at = asked_at;
        take(place, place.room.on_position(position), now);
        settle(place, now);
    }
}

void Rooms::take(Place& place, Room::Step step, MonotonicTime now) {
    if (step.reset) restart(place, ReloadReason::epoch);
    for (const auto& update : step.updates) {
        ++stats_.changesets;
        place.flush_window.on_change(now);
        if (place.watchers.empty()) continue;
        place.pending_bytes +=
            expected_bytes(update->comments) + tally_frame_bytes * update->scores.size();
        const bool text = !update->comments.empty() || update->info.has_value();
        place.pending_text = place.pending_text || text;
        place.pending.push_back(update);
        // What was taken away goes at once, and a frame has a bound.
        const bool full = place.pending_bytes >= room_flush_bytes_max || update->takes_text_away;
        if (full) place.flush_at = now;
    }
    if (place.pending.empty()) return;
    // Each that comes may shorten the wait, none prolongs it.
    const MonotonicTime at = place.last_flush + window_of(place, now);
    place.flush_at = std::min(place.flush_at.value_or(at), at);
}

void Rooms::drop_pending(Place& place) {
    place.pending.clear();
    place.pending_bytes = 0;
    place.pending_text = false;
    place.pending_since.reset();
    place.flush_at.reset();
}

void Rooms::restart(Place& place, ReloadReason reason) {
    ++stats_.restarts;
    drop_pending(place);
    place.wanted.clear();
    place.doubts.clear();  // hubs ask again about those who still wait
    for (const Watcher& watcher : place.watchers) {
        if (watcher.opened) say(place, watcher.id, Restarted{*place.room.position(), reason});
    }
}

// --- what follows --------------------------------------------------------------------------------

void Rooms::settle(Place& place, MonotonicTime now) {
    if (place.room.position()) {
        open_watchers(place);
        resolve_doubts(place);
        serve_from_memory(place);
    }
    request_reads(place, now);
    schedule(place);
}

void Rooms::open_watchers(Place& place) {
    for (Watcher& watcher : place.watchers) {
        if (std::exchange(watcher.opened, true)) continue;
        say(place, watcher.id, Opened{*place.room.position()});
    }
}

void Rooms::say(Place& place, const WatchId& id, decltype(ToHub::what) what) {
    port_.to_hub({place.room.discussion(), id, std::move(what)});
}

void Rooms::say_to_all(Place& place, const decltype(ToHub::what)& what) {
    for (const Watcher& watcher : place.watchers) {
        if (watcher.opened) say(place, watcher.id, what);
    }
}

void Rooms::schedule(Place& place) {
    std::optional<MonotonicTime> due;
    const auto consider = [&](std::optional<MonotonicTime> at) {
        if (at && (!due || *at < *due)) due = at;
    };
    consider(place.flush_at);
    consider(tell_due(place));
    if (place.idle_since) {
        consider(*place.idle_since + room_linger_ms);
    } else {
        if (!place.read_in_flight) {
            consider(place.retry_at ? place.retry_at : place.room.heal_at());
        }
        consider(std::max(place.last_current + current_quiet_ms, place.current_looked_at));
        consider(presence_due(place));
    }
    if (place.due == due) return;
    if (place.due) agenda_.erase({*place.due, &place});
    if (due) agenda_.insert({*due, &place});
    place.due = due;
}

void Rooms::tick(MonotonicTime now) {
    for (const DiscussionId& discussion : remote_presence_.forget(now)) {
        on_remote_reading(discussion, now);
    }
    // A room is looked at once in a tick, whatever it then plans, so this ends.
    std::vector<Place*> due;
    for (const auto& [at, place] : agenda_) {
        if (at > now) break;
        due.push_back(place);
    }
    for (Place* place : due) {
        const auto tell_at = tell_due(*place);
        if (tell_at && *tell_at <= now) tell_presence(*place, now);
        if (place->idle_since && now - *place->idle_since >= room_linger_ms) {
            close(*place);
            continue;
        }
        if (place->flush_at && *place->flush_at <= now) flush(*place, now);
        send_current_if_due(*place, now);
        const auto presence_at = presence_due(*place);
        if (presence_at && *presence_at <= now) send_presence(*place, now);
        settle(*place, now);
    }
    close_surplus();
}

std::optional<MonotonicTime> Rooms::next_due() const {
    const auto forgets = remote_presence_.next_due();
    if (agenda_.empty()) return forgets;
    const MonotonicTime first = agenda_.begin()->first;
    return forgets ? std::min(*forgets, first) : first;
}

void Rooms::close_surplus() {
    while (lingering_.size() > rooms_lingering_count_max) close(*lingering_.begin()->second);
}

void Rooms::close(Place& place) {
    if (place.told_others > 0) port_.tell_presence(place.room.discussion(), 0);
    if (place.due) agenda_.erase({*place.due, &place});
    if (place.idle_since) lingering_.erase({*place.idle_since, &place});
    places_.erase(DiscussionId(place.room.discussion()));
}

}  // namespace parley
