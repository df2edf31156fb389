#pragma once

#include "client_page.hpp"
#include "house.hpp"

#include <memory>
#include <string>
#include <vector>

namespace parley::simulation {

// A browser: one connection, the pages that follow discussions over it, a viewer who writes. Reads
// windows and changes and resumes as the web client does.
class Client {
public:
    Client(House& house, std::size_t number, std::size_t pages_count);

    void start();
    // --- what may happen to it, or what its viewer does ---
    void leave();  // closes the page's connection for now
    void come_back();
    void reconnect(bool elsewhere);
    void resubscribe();
    void resume_without_epoch();
    void load_more();
    void load_replies();
    void load_around();
    void post();
    void vote();
    void edit();
    void take_slowly(std::size_t bytes_per_turn, Duration pause);
    void take_quickly() { take_slowly(0, Duration{0}); }
    void ping();
    // Asks for a discussion that is not there, or takes that back.
    void ask_for_nothing();

    void check_claims() const;
    void check_settled() const;
    // From now on what the first page is told is written down.
    void record(TraceRecorder& recorder) { pages_.front()->recorder = &recorder; }
    void expect_recorded();
    [[nodiscard]] AccountId viewer() const { return viewer_; }
    [[nodiscard]] std::size_t windows_read() const { return windows_read_; }

private:
    struct Rereading;
    using WindowDone = std::function<void(const WireWindow*)>;
    // Null and true: read all again. Null and false: try later.
    using ChangesDone = std::function<void(const WireUpdatePtr&, bool is_too_far)>;

    void connect();
    void on_bytes(const std::string& bytes);
    void on_message(const Message& message, std::uint64_t begins_at);
    void on_update(Page& page, const WireUpdate& update);
    void on_lost();
    void subscribe(Page& page, bool with_epoch = true);
    [[nodiscard]] Page* page_of(const std::string& topic);
    [[nodiscard]] Page& any_page() { return *pages_[house_.world.random.below(pages_.size())]; }

    void fetch(const Page& page, const WindowQuery& query, const std::optional<Position>& at_least,
               WindowDone done);
    void fetch_changes(const Page& page, const Position& since, ChangesDone done);
    void read_into(Page& page, const WindowQuery& query);
    void finish_reading(Page& page, ClientState* state, const WindowQuery& query,
                        const ClientState::ReadingPtr& reading, const WireWindow& window,
                        const WireUpdatePtr& changes);
    void reload(Page& page);
    void reread(Page& page);
    void reread_more(Page& page, const std::shared_ptr<Rereading>& job);
    void reread_done(Page& page, const std::shared_ptr<Rereading>& job,
                     const WireUpdatePtr& changes);
    void reread_later(Page& page);
    void send_post(Page& page, const Command& command);
    [[nodiscard]] Duration moment(Duration low, Duration high) {
        return house_.world.random.between(low, high);
    }

    House& house_;
    std::size_t number_;
    AccountId viewer_;
    std::vector<std::unique_ptr<Page>> pages_;
    bool is_away_ = false;
    std::size_t instance_ = 0;
    LinkPtr link_;
    LinkPtr asked_for_nothing_;  // by this one, which is not answered yet
    std::unique_ptr<StreamReader> stream_;
    std::size_t bytes_per_turn_ = 0;
    Duration pause_{0};
    std::size_t window_limit_;
    std::size_t windows_read_ = 0;
    std::uint64_t posts_ = 0;
};

}  // namespace parley::simulation
