#pragma once

#include "bench/shared/schedule.hpp"
#include "store/writer.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace parley::bench {

// People, discussions and comments in the server's real store, written through its real writer.
class World {
public:
    World(Writer& writer, Store& store);

    // A new discussion of its own; the writer and the voters are the same for all.
    DiscussionId open_discussion();
    [[nodiscard]] Position position_of(const DiscussionId& discussion);

    // Durable when it returns. Each body begins with the time it was handed over.
    void post(const DiscussionId& discussion, int count, int body_bytes);

    struct Traffic {
        double posts_per_s = 0;
        int votes_per_post = 0;  // at the same moment, over the discussion's comments in turn
        double seconds = 1;
        int body_bytes = 204;
    };
    // Open loop; returns when all of it is durable.
    void write(const DiscussionId& discussion, const Traffic& traffic);

    [[nodiscard]] const Schedule& schedule() const { return schedule_; }

private:
    Outcome run(Command command);
    Digest256 sign_up(const std::string& name);
    void submit(Command command);
    void submit_post(const DiscussionId& discussion, int body_bytes);
    void submit_vote(CommentId comment);
    void wait_for_answers();

    Writer& writer_;
    std::unique_ptr<StoreReader> reader_;
    Digest256 author_{};
    Digest256 voter_{};
    int discussions_ = 0;
    std::int64_t keys_ = 0;
    std::int64_t votes_ = 0;
    Schedule schedule_;

    std::mutex mutex_;
    std::condition_variable answered_;
    int open_answers_ = 0;  // protected by mutex_
    std::string refusal_;   // protected by mutex_; the last one
};

}  // namespace parley::bench
