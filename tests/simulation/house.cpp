#include "house.hpp"

#include "base/mutants.hpp"

#include <algorithm>

namespace parley::simulation {

namespace {

constexpr Duration latency_min{200};
constexpr Duration latency_max{5'000};
constexpr std::string_view event_field = "data: ";
// How old a window may be that some cache on the way gives.
constexpr Duration stale_max{3'000'000};

}  // namespace

struct House::Request {
    std::size_t instance = 0;
    std::function<void(bool)> done;
};

House::House(World& shared_world, std::size_t discussions_count, std::size_t instances_count,
             std::uint32_t outbox_bytes_max)
    : world(shared_world), store(shared_world, discussions_count) {
    limits.outbox_bytes_max = outbox_bytes_max;
    newest_delivered_.assign(instances_count, 0);
    for (std::size_t i = 0; i < instances_count; ++i) {
        instances_.push_back(std::make_unique<Instance>(*this, i));
        instances_.back()->start();
    }
}

void House::request(std::size_t instance, Task work, std::function<void(bool)> done) {
    const auto fail = [this, done] {
        world.fired(Fault::request_refused_by_death);
        world.time.after(world.random.between(latency_min, latency_max), [done] { done(false); });
    };
    if (!instances_[instance]->is_alive()) return fail();
    auto pending = std::make_shared<Request>(Request{instance, std::move(done)});
    std::erase_if(requests_, [](const auto& one) { return one.expired(); });
    requests_.push_back(pending);
    const MonotonicTime at = world.now() + world.random.between(latency_min, latency_max);
    instances_[instance]->run(at, [this, pending, work = std::move(work)] {
        work();
        const Duration delay =
            weather.answer_delay + world.random.between(latency_min, latency_max);
        const bool is_lost = world.random.chance(weather.answer_loss);
        if (is_lost) world.fired(Fault::answer_lost);
        // From here on the answer is on its way, whatever becomes of the instance.
        world.time.after(delay,
                         [done = std::exchange(pending->done, {}), is_lost] { done(!is_lost); });
    });
}

void House::kill(std::size_t instance) {
    // Those that wait in it would go with it.
    std::vector<std::shared_ptr<Request>> lost;
    for (const auto& one : requests_) {
        auto pending = one.lock();
        if (pending && pending->instance == instance && pending->done) lost.push_back(pending);
    }
    instances_[instance]->kill();
    for (const auto& pending : lost) {
        world.fired(Fault::request_refused_by_death);
        world.time.after(world.random.between(latency_min, latency_max),
                         [done = std::exchange(pending->done, {})] { done(false); });
    }
}

Answer House::write(std::size_t instance, const Command& command) {
    const Answer answer = store.perform(command);
    if (!answer.changeset) return answer;
    world.trace([&] {
        return "committed " + answer.changeset->discussion.value + ' ' + answer.epoch.value + ':' +
               std::to_string(answer.seq) + " at instance " + std::to_string(instance);
    });
    if (world.random.chance(weather.publish_never)) {
        world.fired(Fault::died_before_publish);
        world.time.after(Duration{0}, [this, instance] { kill(instance); });
        return answer;
    }
    Duration delay{0};
    if (world.random.chance(weather.publish_delay)) {
        world.fired(Fault::publish_late);
        delay = world.random.between(Duration{1'000}, Duration{1'000'000});
    }
    instances_[instance]->run(world.now() + delay, [this, instance, changeset = answer.changeset] {
        instances_[instance]->on_changeset(changeset);
        publish(instance, changeset);
    });
    return answer;
}

void House::publish(std::size_t from, const ChangesetPtr& changeset) {
    for (std::size_t to = 0; to < instances_.size(); ++to) {
        if (to == from) continue;
        carry(to, changeset);
        if (!world.random.chance(weather.bus_duplicate)) continue;
        world.fired(Fault::bus_duplicated);
        carry(to, changeset);
    }
    ++published_;
}

void House::carry(std::size_t to, const ChangesetPtr& changeset) {
    if (weather.bus_dead) return world.fired(Fault::bus_dead);
    if (world.random.chance(weather.bus_loss)) return world.fired(Fault::bus_lost);
    Duration delay = world.random.between(Duration{200}, Duration{2'000});
    if (world.random.chance(weather.bus_delay)) {
        delay = world.random.between(Duration{10'000}, Duration{800'000});
        world.fired(Fault::bus_delayed);
    }
    world.time.after(delay, [this, to, changeset, number = published_] {
        Instance& instance = *instances_[to];
        if (!instance.is_alive()) return;
        std::uint64_t& newest = newest_delivered_[to];
        if (number < newest) world.fired(Fault::bus_reordered);
        newest = std::max(newest, number);
        constexpr std::uint64_t hinted = 5;  // one of so many
        if (weather.bus_hints && number % hinted == 0) {
            world.fired(Fault::bus_hinted);
            return instance.run(world.now(), [&instance, changeset] {
                instance.on_hint(changeset->discussion, {changeset->epoch, changeset->seq});
            });
        }
        instance.run(world.now(), [&instance, changeset] { instance.on_changeset(changeset); });
    });
}

WireWindow House::read_window(const DiscussionId& discussion, const WindowQuery& query,
                              const std::optional<Position>& at_least) {
    const History* history = store.history(discussion);
    Seq at = history->seq;
    if (world.random.chance(weather.stale_window)) {
        const MonotonicTime then = world.now() - world.random.between(Duration{0}, stale_max);
        // A cache may even hold a window of before a restore.
        const Epoch older = at_least ? at_least->epoch : history->epoch;
        const History* old = store.history(discussion, older);
        if (old != nullptr && old != history && history->begun_at > then) history = old;
        at = std::max(Seq{0}, std::min(history->seq, history->seq_at(then)));
        world.fired(Fault::stale_window);
        if (at_least && at < at_least->seq) world.fired(Fault::cache_ignored_position);
    }
    return history->window(query, at);
}

void House::mend() {
    for (const auto& instance : instances_) {
        instance->resume();
        instance->start();
    }
}

void House::count_stats() {
    for (const auto& instance : instances_) instance->count_stats();
}

MessagePtr House::read_message(std::string_view payload) {
    bool is_new = false;
    MessagePtr message = decoder.decode(payload, is_new);
    if (!message) world.fail("not a message: " + std::string(payload.substr(0, 200)));
    if (is_new && message->update) verify(*message);
    return message;
}

// The same epoch, seq and comment have the same content everywhere.
void House::verify(const Message& message) {
    const WireUpdate& update = *message.update;
    const DiscussionId discussion{message.topic.substr(message.topic.find(':') + 1)};
    const History* history = store.history(discussion, update.epoch);
    if (history == nullptr) world.fail("an update of an unknown epoch: " + update.epoch.value);
    const auto fail = [&](CommentId id, const char* what) {
        world.fail("update " + std::to_string(update.prev) + " to " + std::to_string(update.seq) +
                   " of " + discussion.value + ": comment " + to_string(id) + what);
    };
    if (update.seq > history->seq) world.fail("an update from the future");
    for (const WireCommentPtr& comment : update.comments) {
        const Row* row = history->find(comment->id);
        const auto content = row == nullptr ? nullptr : row->content_at(comment->seq);
        if (!content) return fail(comment->id, " was not public then");
        if (content->body != comment->body || content->state != comment->state ||
            row->key != comment->key) {
            return fail(comment->id, " had another content then");
        }
        if (content->state != CommentState::visible && !comment->body.empty()) {
            return fail(comment->id, " shows a text that was taken away");
        }
    }
    const auto check_tally = [&](const Tally& tally) {
        const Row* row = history->find(tally.id);
        if (row == nullptr) return fail(tally.id, " has numbers and does not exist");
        Tally then = row->tally_at(tally.stamp);
        then.stamp = tally.stamp;
        if (then != tally) fail(tally.id, " had other numbers then");
    };
    for (const WireCommentPtr& comment : update.comments) check_tally(comment->tally);
    for (const Tally& tally : update.scores) check_tally(tally);
}

void House::check_claim(const DiscussionId& discussion, const Position& claimed,
                        MonotonicTime proven_at, const char* by) const {
    const History* now = store.history(discussion);
    const History* then = store.history(discussion, claimed.epoch);
    const bool is_over = then != now && now->begun_at <= proven_at;
    if (then != nullptr && !is_over && claimed.seq >= then->seq_at(proven_at)) return;
    world.fail(std::string(by) + " claims that " + claimed.epoch.value + ':' +
               std::to_string(claimed.seq) + " is the newest of " + discussion.value +
               ", which it was not");
}

void House::check_current(const DiscussionId& discussion, const Frame& frame,
                          MonotonicTime last_sweep) {
    const MessagePtr message = read_message(frame->payload());
    if (message->type != "current") return;
    if (frame->payload().find("\"every_ms\":0,") == std::string_view::npos) {
        world.fired(Fault::window_told);
    }
    // One that has just opened has read its position instead.
    const MonotonicTime proven_at = std::max(last_sweep, world.now() - current_sweep_age_ms);
    check_claim(discussion, {message->epoch, message->seq}, proven_at, "a room");
    currents_[frame->plain.data()] = {frame, proven_at};
    currents_[frame->payload().data()] = {frame, proven_at};
}

void House::note_current(Link& link, std::string_view piece, std::uint64_t offset) const {
    const auto found = currents_.find(piece.data());
    if (found == currents_.end()) return;
    const bool is_event = link.form == FrameForm::event;
    link.currents[offset - (is_event ? event_field.size() : 0)] = found->second.proven_at;
}

void House::check_nobody_is_served() const {
    for (const auto& instance : instances_) instance->check_nobody_is_served();
}

void House::check_queued(std::size_t bytes) const {
    // An empty one takes a frame of any size; and controls have a bound of their own.
    constexpr std::size_t beside_bytes_max = 256 + outbox_control_count_max * 64;
    const std::size_t bytes_max =
        std::max(std::size_t{limits.outbox_bytes_max}, largest_frame_bytes_) + beside_bytes_max;
    if (bytes > bytes_max) world.fail("an outbox holds " + std::to_string(bytes) + " bytes");
}

}  // namespace parley::simulation
