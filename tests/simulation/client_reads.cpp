#include "base/mutants.hpp"
#include "client_model.hpp"

namespace parley::simulation {

namespace {

constexpr Duration retry_min{20'000};
constexpr Duration retry_max{150'000};
constexpr std::size_t reread_windows_max = 10;

}  // namespace

// All windows of a page, read again, until they take over from what is shown.
struct Client::Rereading {
    std::unique_ptr<ClientState> state;
    WireWindow window;                // the first
    ClientState::ReadingPtr reading;  // of the old state
    Position first;                   // of the first window
    std::size_t wanted = 0;
    std::size_t windows = 1;
};

void Client::fetch(const Page& page, const WindowQuery& query,
                   const std::optional<Position>& at_least, WindowDone done) {
    auto window = std::make_shared<std::optional<WireWindow>>();
    const bool fails = house_.world.random.chance(house_.weather.read_failure);
    house_.request(
        house_.any_instance(),
        [this, &page, query, at_least, window, fails] {
            if (!fails) *window = house_.read_window(page.discussion, query, at_least);
        },
        [window, done = std::move(done)](bool is_done) {
            done(is_done && *window ? &**window : nullptr);
        });
}

void Client::fetch_changes(const Page& page, const Position& since, ChangesDone done) {
    auto changes = std::make_shared<result<Changeset>>(make_error(Errc::unavailable));
    house_.request(
        house_.any_instance(),
        [this, &page, since, changes] {
            *changes = house_.store.changes_since(page.discussion, since.epoch, since.seq);
        },
        [changes, done = std::move(done)](bool is_done) {
            if (is_done && changes->has_value()) return done(to_wire(**changes), false);
            done(nullptr, is_done && changes->error().code == Errc::precondition_too_far);
        });
}

// --- one more window -----------------------------------------------------------------------------

void Client::load_more() {
    Page& page = any_page();
    if (page.state() == nullptr || page.is_reading_again || !page.state()->next()) return;
    read_into(page, {std::nullopt, *page.state()->next(), window_limit_, std::nullopt});
}

void Client::load_replies() {
    Page& page = any_page();
    const std::vector<CommentId> ids = page.visible_ids();
    if (ids.empty() || page.is_reading_again) return;
    read_into(page, {house_.world.random.pick(ids), {}, window_limit_, std::nullopt});
}

void Client::load_around() {
    Page& page = any_page();
    if (page.state() == nullptr || page.is_reading_again) return;
    const History& history = house_.store.history(page.index);
    if (history.order().empty()) return;
    const CommentId id = history.rows[house_.world.random.pick(history.order())].id;
    read_into(page, {std::nullopt, {}, window_limit_, id});
}

void Client::read_into(Page& page, const WindowQuery& query) {
    ClientState* state = page.state();
    const ClientState::ReadingPtr reading = state->begin_reading();
    fetch(page, query, state->position(), [=, this, &page](const WireWindow* window) {
        // By then another state may be shown.
        if (window == nullptr || page.state() != state) return;
        if (window->epoch != state->position().epoch) return reload(page);
        const bool is_outdated = state->is_outdated(*window, reading);
        if (!is_outdated || is_mutated(Mutant::old_window_merged)) {
            return finish_reading(page, state, query, reading, *window, nullptr);
        }
        fetch_changes(
            page, {window->epoch, window->seq},
            [=, this, &page, window = *window](const WireUpdatePtr& changes, bool is_too_far) {
                if (page.state() != state) return;
                if (is_too_far) return reload(page);
                finish_reading(page, state, query, reading, window, changes);
            });
    });
}

void Client::finish_reading(Page& page, ClientState* state, const WindowQuery& query,
                            const ClientState::ReadingPtr& reading, const WireWindow& window,
                            const WireUpdatePtr& changes) {
    if (page.state() != state) return;
    if (page.recorder != nullptr) {
        const Seq mine = state->position().seq;
        const bool is_sayable = !query.parent && !query.around && query.after == state->next() &&
                                (changes ? changes->seq >= mine : window.seq >= mine);
        if (!is_sayable) page.recorder->give_up();
        page.recorder->window(house_.world.now(), window, changes, true);
    }
    const ClientState::Effect effect = page.take(window, query, reading, changes);
    house_.world.trace([&] {
        return "client " + std::to_string(number_) + " has read a window of " +
               page.discussion.value + " at " + std::to_string(window.seq) + " behind " +
               number_of(query.after) + (query.parent ? " below " + to_string(*query.parent) : "") +
               (query.around ? " around " + to_string(*query.around) : "") +
               (changes ? ", with changes" : "") + (effect.is_refused ? ", refused" : "");
    });
    if (effect.is_refused) return;
    if (++windows_read_ > 1) house_.world.fired(Fault::several_windows);
    if (effect.needs_read) reload(page);
}

// --- all of them again ---------------------------------------------------------------------------

void Client::reload(Page& page) {
    page.is_subscribed = false;
    if (std::exchange(page.is_reading_again, true)) return;
    reread(page);
}

void Client::reread_later(Page& page) {
    house_.world.time.after(moment(retry_min, retry_max), [this, &page] { reread(page); });
}

void Client::reread(Page& page) {
    auto job = std::make_shared<Rereading>();
    std::optional<Position> at_least;
    if (ClientState* old = page.state()) {
        job->reading = old->begin_reading();
        job->wanted = old->entries().size();
        at_least = old->position();
    }
    const WindowQuery query{std::nullopt, {}, window_limit_, std::nullopt};
    fetch(page, query, at_least, [=, this, &page](const WireWindow* window) {
        if (window == nullptr) return reread_later(page);
        job->state = std::make_unique<ClientState>(*window, query);
        job->first = job->state->position();
        job->window = *window;
        reread_more(page, job);
    });
}

void Client::reread_more(Page& page, const std::shared_ptr<Rereading>& job) {
    ClientState& state = *job->state;
    if (state.next() && state.entries().size() < job->wanted && job->windows < reread_windows_max) {
        ++job->windows;
        const WindowQuery query{std::nullopt, *state.next(), window_limit_, std::nullopt};
        const ClientState::ReadingPtr reading = state.begin_reading();
        return fetch(page, query, state.position(), [=, this, &page](const WireWindow* window) {
            const bool is_taken =
                window != nullptr &&
                !job->state->merge_window(*window, query, reading, nullptr).is_refused;
            if (is_taken) reread_more(page, job);
            else reread_later(page);
        });
    }
    ClientState* old = page.state();
    const bool is_outdated = old != nullptr && old->position().epoch == job->first.epoch &&
                             job->first.seq < job->reading->since;
    if (!is_outdated || is_mutated(Mutant::old_window_merged)) {
        return reread_done(page, job, nullptr);
    }
    fetch_changes(page, job->first, [=, this, &page](const WireUpdatePtr& changes, bool) {
        if (changes) reread_done(page, job, changes);
        else reread_later(page);
    });
}

void Client::reread_done(Page& page, const std::shared_ptr<Rereading>& job,
                         const WireUpdatePtr& changes) {
    const ClientState* old = page.state();
    if (old != nullptr && !job->state->succeed(*old, job->reading, changes)) {
        return reread_later(page);
    }
    if (page.recorder != nullptr) {
        // A trace knows no reading that takes time.
        const bool is_behind = old != nullptr && old->position().epoch == job->first.epoch &&
                               job->first.seq < old->position().seq &&
                               (!changes || changes->seq < old->position().seq);
        if (is_behind || job->windows > 1) page.recorder->give_up();
        page.recorder->window(house_.world.now(), job->window, changes, false);
    }
    windows_read_ += job->windows;
    if (job->windows > 1) house_.world.fired(Fault::several_windows);
    page.is_reading_again = false;
    page.show(std::move(job->state));
    house_.world.trace([&] {
        return "client " + std::to_string(number_) + " has read " + page.discussion.value + " at " +
               page.state()->position().epoch.value + ':' +
               std::to_string(page.state()->position().seq);
    });
    subscribe(page);
}

void Client::expect_recorded() {
    Page& page = *pages_.front();
    const History& history = house_.store.history(page.index);
    const WindowQuery all{std::nullopt, {}, std::numeric_limits<std::size_t>::max(), std::nullopt};
    page.recorder->expect(house_.world.now(), *page.state(), history.window(all, history.seq));
}

// --- writing -------------------------------------------------------------------------------------

void Client::post() {
    Page& page = any_page();
    if (page.state() == nullptr) return;
    Command command;
    command.kind = Command::Kind::post;
    command.discussion = page.index;
    command.account = viewer_;
    command.key = std::to_string(number_) + '-' + std::to_string(++posts_);
    command.padding = house_.world.random.chance(0.2) ? house_.world.random.below(800) : 0;
    if (page.recorder == nullptr && house_.world.random.chance(0.01)) {
        house_.world.fired(Fault::change_too_large);
        command.padding = catch_up_bytes_max;
    }
    const std::vector<CommentId> ids = page.visible_ids();
    constexpr std::size_t depth_max = 3;
    if (!ids.empty() && house_.world.random.chance(0.6)) {
        const CommentId parent = house_.world.random.pick(ids);
        if (page.state()->find(parent)->content->key.size() < depth_max) command.target = parent;
    }
    page.begin_post(command.key, command.target);
    send_post(page, command);
}

void Client::send_post(Page& page, const Command& command) {
    auto answer = std::make_shared<Answer>();
    const std::size_t instance = house_.any_instance();
    house_.request(
        instance, [=, this] { *answer = house_.write(instance, command); },
        [=, this, &page](bool is_done) {
            if (is_done) {
                const auto unread =
                    page.end_post(command.key, answer->done ? answer.get() : nullptr);
                if (unread) read_into(page, {std::nullopt, {}, window_limit_, unread});
                return;
            }
            // Nobody knows what became of it: again, under the same key.
            house_.world.time.after(moment(retry_min, retry_max),
                                    [=, this, &page] { send_post(page, command); });
        });
}

void Client::vote() {
    Page& page = any_page();
    const std::vector<CommentId> ids = page.visible_ids();
    if (ids.empty()) return;
    const CommentId id = house_.world.random.pick(ids);
    if (!page.begin_vote(id)) return;
    Command command;
    command.kind = Command::Kind::vote;
    command.discussion = page.index;
    command.account = viewer_;
    command.target = id;
    command.vote = static_cast<int>(house_.world.random.below(3)) - 1;
    auto answer = std::make_shared<Answer>();
    const std::size_t instance = house_.any_instance();
    house_.request(
        instance, [=, this] { *answer = house_.write(instance, command); },
        [=, &page](bool is_done) {
            page.end_vote(id, is_done && answer->done ? answer.get() : nullptr, command.vote);
        });
}

void Client::edit() {
    Page& page = any_page();
    const std::vector<CommentId> ids = page.visible_ids();
    if (ids.empty()) return;
    Command command;
    command.kind = Command::Kind::edit;
    command.discussion = page.index;
    command.target = house_.world.random.pick(ids);
    const std::size_t instance = house_.any_instance();
    house_.request(
        instance, [=, this] { (void)house_.write(instance, command); }, [](bool) {});
}

}  // namespace parley::simulation
