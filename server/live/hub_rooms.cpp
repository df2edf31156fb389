#include "live/hub.hpp"
#include "live/hub_state.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

constexpr std::chrono::milliseconds read_retry_ms{500};

}  // namespace

Hub::Place& Hub::open_room(const DiscussionId& discussion) {
    std::unique_ptr<Place>& place = places_[discussion];
    if (!place) place = std::make_unique<Place>(discussion, next_generation_++);
    return *place;
}

Hub::Place* Hub::find(const RoomTicket& ticket) {
    const auto found = places_.find(ticket.discussion);
    if (found == places_.end() || found->second->generation != ticket.generation) return nullptr;
    return found->second.get();
}

// --- inputs -------------------------------------------------------------------------------------

void Hub::on_changeset(const std::shared_ptr<const Changeset>& changeset, MonotonicTime now) {
    const auto found = places_.find(changeset->discussion);
    if (found == places_.end()) return;
    Place& place = *found->second;
    broadcast(place, place.room.on_changeset(changeset, now));
    settle(place, now);
}

void Hub::on_position(const RoomTicket& ticket, const result<std::optional<Position>>& answer,
                      MonotonicTime now) {
    Place* place = find(ticket);
    if (place == nullptr) return;
    place->read_in_flight = false;
    if (answer.has_error()) {
        place->retry_at = now + read_retry_ms;
        return;
    }
    place->wants_position = false;
    place->position_reads_done = place->position_reads_started;
    if (!answer->has_value()) {
        end_all(*place, encode_live_error(make_error(Errc::unknown_discussion),
                                          topic_of(ticket.discussion)));
        settle(*place, now);
        return;
    }
    const Position& position = **answer;
    place->swept_at = now;
    const bool same_history =
        place->room.position() && place->room.position()->epoch == position.epoch;
    if (std::exchange(place->wants_rebase, false) && same_history) {
        place->room.rebase(position);
        end_all(*place,
                encode_reload(topic_of(ticket.discussion), position.epoch, ReloadReason::too_far));
    } else {
        broadcast(*place, place->room.on_position(position));
    }
    settle(*place, now);
}

void Hub::on_changes(const RoomTicket& ticket, Seq since, result<Changeset> answer,
                     MonotonicTime now) {
    Place* place = find(ticket);
    if (place == nullptr) return;
    place->read_in_flight = false;
    if (answer.has_error()) {
        on_failed_changes(*place, since, answer.error(), now);
    } else {
        const auto changes = std::make_shared<const Changeset>(std::move(*answer));
        if (place->room.position()->epoch != changes->epoch) {
            place->wants_position = true;
        } else {
            broadcast(*place, place->room.on_store_changes(changes));
            serve_catch_up(*place, place->room.complete(changes));
        }
    }
    settle(*place, now);
}

void Hub::on_failed_changes(Place& place, Seq since, const Error& error, MonotonicTime now) {
    const DiscussionId& discussion = place.room.discussion();
    if (error.code == Errc::unknown_discussion) {
        end_all(place, encode_live_error(error, topic_of(discussion)));
        return;
    }
    if (error.code != Errc::precondition_too_far) {
        place.retry_at = now + read_retry_ms;
        return;
    }
    // Too many changes, or another history: only the store's position can tell. Readers who asked
    // from there read again; a room that is itself that far behind starts over.
    const Position position = *place.room.position();
    const std::map<ConnectionId, std::size_t> members = place.members;
    for (const auto& [id, slot] : members) {
        const Subscription& one = connections_.at(id)->slots[slot];
        if (one.state == Subscription::State::behind && one.drained && one.behind_at <= since) {
            end(place, id,
                encode_reload(topic_of(discussion), position.epoch, ReloadReason::too_far));
        }
    }
    place.wants_position = true;
    if (since >= position.seq) place.wants_rebase = true;
}

void Hub::on_sweep(const std::vector<std::pair<DiscussionId, Position>>& positions,
                   MonotonicTime now) {
    for (const auto& [discussion, position] : positions) {
        const auto found = places_.find(discussion);
        if (found == places_.end() || !found->second->room.position()) continue;
        Place& place = *found->second;
        place.swept_at = now;
        broadcast(place, place.room.on_position(position));
        settle(place, now);
    }
}

void Hub::tick(MonotonicTime now) {
    for (const DiscussionId& discussion : watched()) {
        const auto found = places_.find(discussion);
        if (found == places_.end()) continue;
        send_current(*found->second, now);
        settle(*found->second, now);
    }
}

// --- what follows -------------------------------------------------------------------------------

void Hub::settle(Place& place, MonotonicTime now) {
    if (place.room.position()) {
        const std::map<ConnectionId, std::size_t> members = place.members;
        for (const auto& [id, slot] : members) {
            Subscription& one = connections_.at(id)->slots[slot];
            if (one.state == Subscription::State::waiting) admit(place, id, one, now);
        }
    }
    if (place.members.empty()) {
        places_.erase(DiscussionId(place.room.discussion()));
        return;
    }
    request_reads(place, now);
}

void Hub::admit(Place& place, ConnectionId id, Subscription& one, MonotonicTime now) {
    const Position position = *place.room.position();
    const std::string topic = topic_of(place.room.discussion());
    if (one.epoch && *one.epoch != position.epoch) {
        end(place, id, encode_reload(topic, position.epoch, ReloadReason::epoch));
        return;
    }
    if (one.since && *one.since > position.seq) {
        // A page may have read a commit that has not reached the room yet.
        if (*one.since <= place.room.known_seq()) return;
        if (place.position_reads_done < one.admission_read) {
            place.wants_position = true;
        } else {
            end(place, id, encode_reload(topic, position.epoch, ReloadReason::ahead));
        }
        return;
    }
    const bool up_to_date = !one.since || *one.since == position.seq;
    one.state = up_to_date ? Subscription::State::live : Subscription::State::behind;
    one.handed = one.since.value_or(position.seq);
    one.behind_at = one.handed;
    one.drained = true;
    send(id, encode_subscribed(topic, position));
    const bool proven = place.swept_at && now - *place.swept_at <= current_sweep_age_ms;
    if (up_to_date && proven) {
        send(id, encode_current(topic, position, std::chrono::milliseconds{0}, false));
    }
}

void Hub::broadcast(Place& place, const Room::Step& step) {
    const std::string topic = topic_of(place.room.discussion());
    if (step.reset) {
        end_all(place, encode_reload(topic, place.room.position()->epoch, ReloadReason::epoch));
    }
    for (const auto& update : step.updates) {
        const Frame frame = encode_update(*update);
        if (frame->size() > catch_up_bytes_max) {
            end_all(place, encode_reload(topic, update->epoch, ReloadReason::too_far));
            continue;
        }
        for (const auto& [id, slot] : place.members) {
            Connection& connection = *connections_.at(id);
            if (connection.slots[slot].state != Subscription::State::live) continue;
            queue(id, connection, {frame, Outbox::Mark{slot, update->seq}});
        }
    }
}

void Hub::serve_catch_up(Place& place, const std::shared_ptr<const Changeset>& catch_up) {
    Frame frame;
    const std::map<ConnectionId, std::size_t> members = place.members;
    for (const auto& [id, slot] : members) {
        Connection& connection = *connections_.at(id);
        Subscription& one = connection.slots[slot];
        if (one.state != Subscription::State::behind || !one.drained) continue;
        if (catch_up->prev > one.behind_at) continue;
        if (one.behind_at < catch_up->seq) {
            if (!frame) frame = encode_update(*catch_up);
            if (frame->size() > catch_up_bytes_max) {
                end(place, id,
                    encode_reload(topic_of(catch_up->discussion), catch_up->epoch,
                                  ReloadReason::too_far));
                continue;
            }
            one.behind_at = catch_up->seq;
            queue(id, connection, {frame, Outbox::Mark{slot, catch_up->seq}});
            ++stats_.catch_ups;
        }
        const bool level = one.behind_at >= place.room.position()->seq;
        if (level && one.drained) one.state = Subscription::State::live;
    }
}

void Hub::request_reads(Place& place, MonotonicTime now) {
    if (place.read_in_flight || (place.retry_at && now < *place.retry_at)) return;
    place.retry_at.reset();
    if (place.wants_position || !place.room.position()) {
        place.read_in_flight = true;
        ++place.position_reads_started;
        port_.read_position(place.ticket());
        return;
    }
    std::optional<Seq> since;
    if (place.room.needs_heal(now)) {
        since = place.room.position()->seq;
        ++stats_.heals;
    }
    for (const auto& [id, slot] : place.members) {
        const Subscription& one = connections_.at(id)->slots[slot];
        if (one.state != Subscription::State::behind || !one.drained) continue;
        since = std::min(since.value_or(one.behind_at), one.behind_at);
    }
    if (!since) return;
    place.read_in_flight = true;
    port_.read_changes(place.ticket(), place.room.position()->epoch, *since);
}

void Hub::send_current(Place& place, MonotonicTime now) {
    const bool quiet = now - place.last_current_at >= current_quiet_ms;
    const bool proven = place.swept_at && now - *place.swept_at <= current_sweep_age_ms;
    if (!quiet || !proven || place.room.known_seq() > place.room.position()->seq) return;
    place.last_current_at = now;
    const Frame frame = encode_current(topic_of(place.room.discussion()), *place.room.position(),
                                       std::chrono::milliseconds{0}, false);
    for (const auto& [id, slot] : place.members) {
        Connection& connection = *connections_.at(id);
        if (connection.slots[slot].state != Subscription::State::live) continue;
        // It tells no more than what was sent, so a reader that has not taken that yet needs none.
        if (connection.outbox.empty()) queue(id, connection, {frame, std::nullopt});
    }
}

void Hub::end(Place& place, ConnectionId id, Frame last_word) {
    const auto member = place.members.find(id);
    Connection& connection = *connections_.at(id);
    connection.outbox.drop_slot(member->second);
    if (connection.in_flight && connection.in_flight->slot == member->second) {
        connection.in_flight.reset();
    }
    connection.slots[member->second] = Subscription{};
    place.members.erase(member);
    if (last_word) queue(id, connection, {std::move(last_word), std::nullopt});
}

void Hub::end_all(Place& place, const Frame& last_word) {
    const std::map<ConnectionId, std::size_t> members = place.members;
    for (const auto& [id, slot] : members) end(place, id, last_word);
}

}  // namespace parley
