#include "client_model.hpp"

#include "base/mutants.hpp"

#include <array>

namespace parley::simulation {

namespace {

constexpr std::array forms{FrameForm::plain, FrameForm::deflated, FrameForm::event};
constexpr const char* nowhere = "nowhere";
constexpr Duration backoff_min{10'000};
constexpr Duration backoff_max{200'000};

}  // namespace

Client::Client(House& house, std::size_t number, std::size_t pages_count)
    : house_(house),
      number_(number),
      viewer_(AccountId{static_cast<std::int64_t>(number) + 1}),
      window_limit_(4 + house.world.random.below(12)) {
    for (std::size_t i = 0; i < pages_count; ++i) {
        const std::size_t index = (number + i) % house.store.discussions_count();
        pages_.push_back(std::make_unique<Page>(house.world, house.store, index, viewer_));
    }
}

void Client::start() {
    for (const auto& page : pages_) reload(*page);
    connect();
}

void Client::connect() {
    if (is_away_ || (link_ && link_->open)) return;
    link_ = std::make_shared<Link>();
    link_->form = forms[number_ % forms.size()];
    link_->bytes_per_turn = bytes_per_turn_;
    link_->pause = pause_;
    stream_ = std::make_unique<StreamReader>(link_->form == FrameForm::event);
    link_->on_bytes = [this](const std::string& bytes) { on_bytes(bytes); };
    // Whoever closed this one before has gone on already.
    link_->on_closed = [this, mine = std::weak_ptr<Link>(link_)] {
        if (mine.lock() == link_) on_lost();
    };
    house_.instance(instance_).accept(link_);
    for (const auto& page : pages_) {
        if (page->state() != nullptr && !page->is_reading_again) subscribe(*page);
    }
}

void Client::on_lost() {
    for (const auto& page : pages_) page->is_subscribed = false;
    house_.world.fired(Fault::reconnected);
    const std::size_t old = instance_;
    instance_ = house_.any_instance();
    if (instance_ != old) house_.world.fired(Fault::reconnected_elsewhere);
    house_.world.time.after(moment(backoff_min, backoff_max), [this] { connect(); });
}

void Client::leave() {
    is_away_ = true;
    if (!link_ || !link_->open) return;
    house_.instance(instance_).close(link_);
    link_->open = false;
    for (const auto& page : pages_) page->is_subscribed = false;
}

void Client::come_back() {
    if (!std::exchange(is_away_, false)) return;
    connect();
}

void Client::reconnect(bool elsewhere) {
    if (!link_ || !link_->open) return;
    house_.instance(instance_).close(link_);
    link_->open = false;
    for (const auto& page : pages_) page->is_subscribed = false;
    if (elsewhere) {
        instance_ = (instance_ + 1) % house_.instances_count();
        house_.world.fired(Fault::reconnected_elsewhere);
    }
    house_.world.fired(Fault::reconnected);
    house_.world.time.after(moment(backoff_min, backoff_max), [this] { connect(); });
}

void Client::subscribe(Page& page, bool with_epoch) {
    if (!link_ || !link_->open) return;
    const Position& position = page.state()->position();
    const bool has_epoch = with_epoch && !is_mutated(Mutant::resume_without_epoch);
    const std::optional<Epoch> epoch = has_epoch ? std::optional(position.epoch) : std::nullopt;
    house_.instance(instance_).receive(
        link_, [link = link_, id = page.discussion, epoch, since = position.seq](Hub& hub) {
            hub.subscribe(link->id, id, epoch, since);
        });
}

void Client::resubscribe() {
    Page& page = any_page();
    if (page.state() == nullptr || page.is_reading_again) return;
    house_.world.fired(Fault::resubscribed);
    if (house_.world.random.chance(0.3) && link_) {
        house_.instance(instance_).receive(link_, [link = link_, id = page.discussion](Hub& hub) {
            hub.unsubscribe(link->id, id);
        });
    }
    page.is_subscribed = false;
    subscribe(page);
}

void Client::resume_without_epoch() {
    Page& page = any_page();
    if (page.state() == nullptr || page.is_reading_again) return;
    house_.world.fired(Fault::resumed_without_epoch);
    subscribe(page, false);
}

void Client::take_slowly(std::size_t bytes_per_turn, Duration pause) {
    bytes_per_turn_ = bytes_per_turn;
    pause_ = pause;
    if (!link_) return;
    link_->bytes_per_turn = bytes_per_turn;
    link_->pause = pause;
    if (bytes_per_turn > 0 || !link_->open) return;
    // A socket that is fast again says so at once.
    link_->blocked_until = {};
    link_->retry_planned = false;
    house_.instance(instance_).wake(link_);
}

void Client::ping() {
    if (!link_ || !link_->open || link_->form == FrameForm::event) return;
    house_.instance(instance_).receive(link_, [link = link_](Hub& hub) {
        hub.send_control(link->id, FrameEncoder::control(WireOpcode::pong, "ping"));
    });
}

void Client::ask_for_nothing() {
    if (!link_ || !link_->open || link_->form == FrameForm::event) return;
    const bool takes_back = house_.world.random.chance(0.3);
    const bool is_resumed = house_.world.random.chance(0.5);
    house_.instance(instance_).receive(link_, [link = link_, takes_back, is_resumed](Hub& hub) {
        const DiscussionId id{nowhere};
        if (takes_back) hub.unsubscribe(link->id, id);
        else if (is_resumed) hub.subscribe(link->id, id, Epoch{"e1"}, Seq{3});
        else hub.subscribe(link->id, id, std::nullopt, std::nullopt);
    });
    asked_for_nothing_ = takes_back ? nullptr : link_;
}

// --- what comes ----------------------------------------------------------------------------------

void Client::on_bytes(const std::string& bytes) {
    stream_->add(bytes);
    const LinkPtr link = link_;
    std::string payload;
    std::uint64_t begins_at = 0;
    while (link->open) {
        const StreamReader::Got got = stream_->next(payload, begins_at);
        if (got == StreamReader::Got::nothing) return;
        if (got == StreamReader::Got::broken) house_.world.fail("a stream is broken");
        if (got == StreamReader::Got::control) house_.world.fired(Fault::ping_between_frames);
        if (got == StreamReader::Got::message) {
            on_message(*house_.read_message(payload), begins_at);
        }
    }
}

Page* Client::page_of(const std::string& topic) {
    for (const auto& page : pages_) {
        if (topic == topic_of(page->discussion)) return page.get();
    }
    return nullptr;
}

void Client::on_message(const Message& message, std::uint64_t begins_at) {
    Page* page = page_of(message.topic);
    house_.world.trace([&] {
        return "client " + std::to_string(number_) + " gets " + message.type + ' ' + message.topic +
               ' ' + message.epoch.value + ':' + std::to_string(message.seq) +
               (message.update ? " since " + std::to_string(message.update->prev) : "") +
               message.code + message.reason;
    });
    if (message.topic == topic_of(DiscussionId{nowhere})) {
        if (message.code != "unknown_discussion") house_.world.fail("follows what is not there");
        house_.world.fired(Fault::asked_for_nothing);
        asked_for_nothing_ = nullptr;
    }
    if (page == nullptr || page->state() == nullptr) return;
    if (page->recorder != nullptr) page->recorder->frame(house_.world.now(), message);
    if (message.type == "update") return on_update(*page, *message.update);
    if (message.type == "subscribed") page->is_subscribed = true;
    if (message.type == "reload") {
        if (message.reason == "ahead") house_.world.fail("a position is ahead of the store's");
        reload(*page);
    }
    if (message.type == "current") {
        const auto proven_at = link_->currents.find(begins_at);
        if (proven_at == link_->currents.end()) house_.world.fail("a `current` of nobody");
        page->on_current({message.epoch, message.seq}, proven_at->second);
        check_claims();
    }
    if (message.type == "error" && message.code == "epoch_required") subscribe(*page);
}

void Client::on_update(Page& page, const WireUpdate& update) {
    const ClientState::Effect effect = page.apply(update);
    switch (effect.verdict) {
        case UpdateVerdict::ignored: return;
        case UpdateVerdict::reset: return reload(page);
        case UpdateVerdict::gap:
            // A server that keeps its promises never leaves one within a connection.
            house_.world.fail("client " + std::to_string(number_) + " at " +
                              std::to_string(page.state()->position().seq) +
                              " gets an update since " + std::to_string(update.prev));
        case UpdateVerdict::applied: break;
    }
    if (effect.needs_read) reload(page);
    if (house_.world.random.chance(0.1)) page.check_position();
}

void Client::check_claims() const {
    for (const auto& page : pages_) {
        if (!page->is_up_to_date()) continue;
        house_.world.fired(Fault::proven_current);
        page->check_position();
        house_.check_claim(page->discussion, page->state()->position(), page->proven_at(),
                           "a page");
    }
}

void Client::check_settled() const {
    if (asked_for_nothing_ && asked_for_nothing_ == link_ && link_->open) {
        house_.world.fail("client " + std::to_string(number_) +
                          " is not told that a discussion is not there");
    }
    for (const auto& page : pages_) {
        if (page->state() == nullptr || page->is_reading_again) {
            house_.world.fail("client " + std::to_string(number_) + " reads still");
        }
        page->check_position();
        page->check_shown();
        page->check_settled();
    }
}

}  // namespace parley::simulation
