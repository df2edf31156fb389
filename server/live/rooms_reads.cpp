#include "base/mutants.hpp"
#include "live/rooms.hpp"
#include "live/rooms_state.hpp"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

constexpr std::chrono::milliseconds read_retry_ms{500};

}  // namespace

void Rooms::request_reads(Place& place, MonotonicTime now) {
    if (place.read_in_flight || (place.retry_at && now < *place.retry_at)) return;
    place.retry_at.reset();
    if (place.watchers.empty()) return;
    const bool hinted = place.position_reads_done < place.hinted_read;
    if (place.wants_position || hinted || !place.room.position()) {
        place.read_in_flight = true;
        ++place.position_reads_started;
        place.position_asked_at = now;
        port_.read_position(place.ticket());
        return;
    }
    std::optional<Seq> since;
    const std::optional<MonotonicTime> heal_at = place.room.heal_at();
    if (heal_at && *heal_at <= now) {
        since = place.room.position()->seq;
        ++stats_.heals;
    }
    // One read from the oldest position serves everybody.
    for (const auto& one : place.wanted) since = std::min(since.value_or(one.since), one.since);
    if (!since) return;
    place.read_in_flight = true;
    place.read_epoch = place.room.position()->epoch;
    ++stats_.store_reads;
    port_.read_changes(place.ticket(), place.read_epoch, *since);
}

void Rooms::on_position(const RoomTicket& ticket, const result<std::optional<Position>>& answer,
                        MonotonicTime now) {
    Place* place = find(ticket);
    if (place == nullptr) return;
    place->read_in_flight = false;
    if (answer.has_error()) {
        place->retry_at = now + read_retry_ms;
        return settle(*place, now);
    }
    place->wants_position = false;
    place->position_reads_done = place->position_reads_started;
    if (!answer->has_value()) {
        for (const Watcher& watcher : place->watchers) {
            say(*place, watcher.id, Gone{make_error(Errc::unknown_discussion)});
        }
        return close(*place);
    }
    const Position& position = **answer;
    place->swept_at =
        std::max(place->swept_at.value_or(place->position_asked_at), place->position_asked_at);
    const bool leads_on = place->room.position() &&
                          place->room.position()->epoch == position.epoch &&
                          place->room.position()->seq < position.seq;
    if (std::exchange(place->wants_rebase, false) && leads_on) {
        place->room.rebase(position);
        restart(*place, ReloadReason::too_far);
    } else {
        take(*place, place->room.on_position(position), now);
    }
    settle(*place, now);
}

void Rooms::on_changes(const RoomTicket& ticket, Seq since, result<Changeset> answer,
                       MonotonicTime now) {
    Place* place = find(ticket);
    if (place == nullptr) return;
    place->read_in_flight = false;
    // Where the room has learned of another history since, this is about nothing that it knows.
    if (place->read_epoch != place->room.position()->epoch) return settle(*place, now);
    if (answer.has_error()) {
        on_failed_changes(*place, since, answer.error(), now);
    } else if (place->room.position()->epoch != answer->epoch) {
        place->wants_position = true;
    } else {
        const Seq mine = place->room.position()->seq;
        if (since <= mine) {
            const auto news = std::make_shared<const Changeset>(
                newer_than(*answer, is_mutated(Mutant::heal_goes_back) ? since : mine));
            take(*place, place->room.on_store_changes(news), now);
        }
        std::vector<Seq> served;
        for (const auto& one : place->wanted) {
            if (one.since >= since) served.push_back(one.since);
        }
        std::sort(served.begin(), served.end());
        served.erase(std::unique(served.begin(), served.end()), served.end());
        for (const Seq one : served) {
            serve(*place, one, place->room.complete(newer_than(*answer, one)));
        }
    }
    settle(*place, now);
}

void Rooms::on_failed_changes(Place& place, Seq since, const Error& error, MonotonicTime now) {
    if (error.code == Errc::unknown_discussion) {
        place.wants_position = true;  // its answer ends the watches
        return;
    }
    if (error.code != Errc::precondition_too_far) {
        place.retry_at = now + read_retry_ms;
        return;
    }
    // Too many changes, or another history: only the store's position can tell. Readers who asked
    // from there read again; a room that is itself that far behind starts over.
    std::erase_if(place.wanted, [&](const auto& one) {
        if (one.since > since) return false;
        say(place, one.watch, TooFar{one.since});
        return true;
    });
    place.wants_position = true;
    if (since >= place.room.position()->seq) place.wants_rebase = true;
}

// Readers who come back after a short while cost no read, and those who come together one catch-up.
void Rooms::serve_from_memory(Place& place) {
    if (place.wanted.empty()) return;
    std::vector<Seq> seqs;
    for (const auto& one : place.wanted) seqs.push_back(one.since);
    std::sort(seqs.begin(), seqs.end());
    seqs.erase(std::unique(seqs.begin(), seqs.end()), seqs.end());
    const Position position = *place.room.position();
    if (place.made_for != position) place.made.clear();
    for (const Seq since : seqs) {
        const auto made = std::find_if(place.made.begin(), place.made.end(), [&](const auto& one) {
            return one.since == since && one.deflate == deflates(place);
        });
        if (since >= position.seq) {
            std::erase_if(place.wanted, [&](const auto& one) {
                if (one.since != since) return false;
                say(place, one.watch, CaughtUp{since, position.seq, nullptr});
                return true;
            });
        } else if (made != place.made.end()) {
            hand_out(place, since, made->frame);
        } else if (const auto recent = place.room.recent_since(since)) {
            serve(place, since, *recent);
        }
    }
}

bool Rooms::deflates(const Place& place) const {
    return std::any_of(place.watchers.begin(), place.watchers.end(),
                       [](const Watcher& watcher) { return watcher.deflate; });
}

// Answers all who want to go on from `since`, where the catch-up leads to where the room is.
void Rooms::serve(Place& place, Seq since, const Changeset& catch_up) {
    const Position position = *place.room.position();
    if (catch_up.seq < position.seq) return;
    if (is_mutated(Mutant::catch_up_forgets_pending)) drop_pending(place);
    ++stats_.catch_ups;
    const bool deflate = deflates(place);
    Frame frame =
        encoder_.text(encode_update(catch_up), deflate, event_id_of(catch_up.epoch, catch_up.seq));
    const bool too_far = frame->payload().size() > catch_up_bytes_max ||
                         catch_up.comments.size() > catch_up_comments_max;
    if (too_far) frame = nullptr;
    if (place.made_for != position) place.made.clear();
    if (place.made.size() >= room_made_catch_ups_count_max) place.made.erase(place.made.begin());
    place.made_for = position;
    place.made.push_back({since, deflate, frame});
    hand_out(place, since, frame);
}

void Rooms::hand_out(Place& place, Seq since, const Frame& frame) {
    const Seq seq = place.room.position()->seq;
    std::erase_if(place.wanted, [&](const auto& one) {
        if (one.since != since) return false;
        if (frame) say(place, one.watch, CaughtUp{since, seq, frame});
        else say(place, one.watch, TooFar{since});
        return true;
    });
}

void Rooms::resolve_doubts(Place& place) {
    std::erase_if(place.doubts, [&](const auto& one) {
        if (one.since <= place.room.position()->seq) return true;  // an update brings it
        if (one.since <= place.room.known_seq()) return false;     // a heal will
        if (place.position_reads_done >= one.read) {
            say(place, one.watch, Ahead{one.since});
            return true;
        }
        // Only a read that begins after the doubt can settle it.
        if (place.position_reads_started < one.read) place.wants_position = true;
        return false;
    });
}

}  // namespace parley
