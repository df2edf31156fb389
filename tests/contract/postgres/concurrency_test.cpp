#include "contract/postgres/postgres_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

namespace parley::test {
namespace {

// Several instances on one database, each with a store and a thread of its own.
class PostgresConcurrency : public PostgresTest {
protected:
    static constexpr int instances = 4;
    static constexpr int rounds = 40;

    void SetUp() override {
        for (int i = 0; i < instances; ++i) stores.push_back(open().value());
        world = std::make_unique<StoreWorld>(*stores.front());
    }
    void TearDown() override {
        EXPECT_EQ(world->findings(), "");
        world.reset();
        stores.clear();
        PostgresTest::TearDown();
    }

    Store& store(int instance) { return *stores[static_cast<std::size_t>(instance)]; }

    std::vector<std::unique_ptr<Store>> stores;
    std::unique_ptr<StoreWorld> world;
};

// What run_batch() hands on of one discussion.
struct Seen {
    std::mutex mutex;
    std::map<Seq, Seq> seqs;  // seq and what it follows
    std::vector<std::string> numbers;
};

TEST_F(PostgresConcurrency, PostsToOneDiscussionAreNumberedOneByOne) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    Seen seen;
    const CommittedHook note = [&](const auto& changesets) {
        const std::lock_guard lock(seen.mutex);
        for (const auto& changeset : changesets) {
            EXPECT_TRUE(seen.seqs.emplace(changeset->seq, changeset->prev).second);
            for (const CommentView& view : changeset->comments) {
                seen.numbers.push_back(view.content->number);
            }
        }
    };
    in_parallel(instances, [&](int instance) {
        const SystemClock clock;
        for (int round = 0; round < rounds; ++round) {
            const std::string key = std::to_string(instance) + "/" + std::to_string(round);
            const Command command = StoreWorld::command(ada, PostComment{id, {}, "text", {}}, key);
            const auto done = run_batch(store(instance), {&command, 1}, Limits(), clock, note);
            EXPECT_TRUE(done.answers.front().has_value());
        }
    });
    constexpr std::size_t posts = std::size_t{instances} * rounds;
    ASSERT_EQ(seen.seqs.size(), posts);
    for (const auto& [seq, prev] : seen.seqs) EXPECT_EQ(seq, prev + 1);
    EXPECT_EQ(seen.seqs.rbegin()->first, static_cast<Seq>(posts) + 1);
    std::sort(seen.numbers.begin(), seen.numbers.end());
    EXPECT_EQ(std::unique(seen.numbers.begin(), seen.numbers.end()), seen.numbers.end());
    EXPECT_EQ(seen.numbers.size(), posts);
    // Ids rise with the order in which the comments came to be.
    const auto rows = world->comments(id);
    ASSERT_EQ(rows.size(), posts);
    for (std::size_t i = 0; i + 1 < rows.size(); ++i) EXPECT_LT(rows[i].stamp, rows[i + 1].stamp);
}

TEST_F(PostgresConcurrency, OneOfManySignUpsGetsTheName) {
    for (int round = 0; round < rounds; ++round) {
        const std::string name = "Name" + std::to_string(round);
        std::atomic<int> made = 0;
        in_parallel(instances, [&](int instance) {
            const auto answer = run_one(store(instance), NobodyInParticular{},
                                        CreateAccount{name, name, "hash", Role::member});
            if (answer.has_value()) ++made;
            else EXPECT_EQ(answer.error().code, Errc::name_taken);
        });
        EXPECT_EQ(made, 1);
    }
}

TEST_F(PostgresConcurrency, OneOfManyMakesTheDiscussion) {
    for (int round = 0; round < rounds; ++round) {
        const DiscussionId id{"d" + std::to_string(round)};
        std::atomic<int> created = 0;
        in_parallel(instances, [&](int instance) {
            const PutDiscussion put{id, "Title", {}, {}, {}, {}, {}};
            const auto answer = run_one(store(instance), TheOperator{}, put);
            ASSERT_TRUE(answer.has_value());
            if (std::get<DiscussionOutcome>(*answer).created) ++created;
        });
        EXPECT_EQ(created, 1);
    }
}

TEST_F(PostgresConcurrency, VotesOfOneAccountCountOnce) {
    const Actor ada = world->person("Ada");
    const Actor ben = world->person("Ben");
    const DiscussionId id = world->open_discussion();
    const CommentId comment = world->post(ada, id, "text");
    in_parallel(instances, [&](int instance) {
        for (int round = 0; round < rounds; ++round) {
            const int value = (instance + round) % 3 - 1;
            EXPECT_TRUE(run_one(store(instance), ben, CastVote{comment, value}).has_value());
        }
    });
    const CommentRow row = world->comment(comment);
    EXPECT_LE(row.up + row.down, 1);
    EXPECT_LE(world->reader().votes_of(world->account_id(ben), id)->size(), 1U);
}

// The same request on several instances, as a client that retries through a load balancer sends it.
TEST_F(PostgresConcurrency, OneKeyPostsOnce) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    for (int round = 0; round < rounds; ++round) {
        const std::string key = "key " + std::to_string(round);
        std::vector<CommentId> ids(instances);
        in_parallel(instances, [&](int instance) {
            const auto answer = run_one(store(instance), ada, PostComment{id, {}, "once", {}}, key);
            ASSERT_TRUE(answer.has_value());
            ids[static_cast<std::size_t>(instance)] =
                std::get<CommentOutcome>(*answer).comment.id();
        });
        for (const CommentId one : ids) EXPECT_EQ(one, ids.front());
    }
    EXPECT_EQ(world->comments(id).size(), static_cast<std::size_t>(rounds));
}

// The same key for different discussions: nothing that is locked is common to both.
TEST_F(PostgresConcurrency, OneKeyForTwoDiscussionsIsRefusedOnce) {
    const Actor ada = world->person("Ada");
    for (int instance = 0; instance < instances; ++instance) {
        world->open_discussion("d" + std::to_string(instance));
    }
    for (int round = 0; round < rounds; ++round) {
        const std::string key = "key " + std::to_string(round);
        std::atomic<int> done = 0;
        in_parallel(instances, [&](int instance) {
            const DiscussionId id{"d" + std::to_string(instance)};
            const std::string request = "request for " + id.value;
            const Command command =
                StoreWorld::command(ada, PostComment{id, {}, "text", {}}, key, request);
            const auto answer = run(store(instance), {command}).answers.front();
            if (answer.has_value()) ++done;
            else EXPECT_EQ(answer.error().code, Errc::key_reused);
        });
        EXPECT_EQ(done, 1);
    }
}

// Batches over the same discussions in opposite orders: whoever locks in the order of the commands
// waits for the other.
TEST_F(PostgresConcurrency, CrossingBatchesDoNotWaitForEachOther) {
    const Actor ada = world->person("Ada");
    std::vector<DiscussionId> ids;
    for (int i = 0; i < 6; ++i) ids.push_back(world->open_discussion("d" + std::to_string(i)));
    RawPostgres watcher(url);
    in_parallel(instances, [&](int instance) {
        for (int round = 0; round < rounds; ++round) {
            std::vector<Command> batch;
            for (std::size_t i = 0; i < ids.size(); ++i) {
                const DiscussionId& id = ids[instance % 2 == 0 ? i : ids.size() - 1 - i];
                batch.push_back(StoreWorld::command(
                    ada, PostComment{id, {}, "text", {}},
                    std::to_string(instance) + "/" + std::to_string(round) + "/" + id.value));
            }
            for (const auto& answer : run(store(instance), batch).answers) {
                EXPECT_TRUE(answer.has_value());
            }
        }
    });
    EXPECT_EQ(watcher.run("SELECT pg_stat_force_next_flush();"
                          "SELECT deadlocks FROM pg_stat_database"
                          " WHERE datname = current_database()"),
              "0");
    for (const DiscussionId& id : ids) {
        EXPECT_EQ(world->comments(id).size(), std::size_t{instances} * rounds);
    }
}

// A password is changed while somebody signs in with the old one: no session of it may stay.
TEST_F(PostgresConcurrency, NoSessionOutlivesItsPassword) {
    const Actor ada = world->person("Ada");
    const AccountId account = world->account_id(ada);
    for (int round = 0; round < rounds; ++round) {
        const std::string before = round == 0 ? "hash of Ada" : "hash " + std::to_string(round - 1);
        const std::string after = "hash " + std::to_string(round);
        in_parallel(instances, [&](int instance) {
            if (instance == 0) {
                EXPECT_TRUE(
                    run_one(store(0), TheOperator{}, SetPassword{account, after}).has_value());
                return;
            }
            const Digest256 token = StoreWorld::digest(after + "/" + std::to_string(instance));
            const auto answer = run_one(store(instance), NobodyInParticular{},
                                        CreateSession{account, before, token});
            if (answer.has_error()) {
                EXPECT_EQ(answer.error().code, Errc::bad_credentials);
            }
        });
        Needs needs;
        needs.sessions_of.insert(account);
        EXPECT_TRUE(world->load(needs).sessions.empty());
    }
}

// Two imports of the same source at the same time.
TEST_F(PostgresConcurrency, ImportedIdsAreGivenOnce) {
    const DiscussionId id = world->open_discussion();
    (void)world->apply(TheOperator{}, ImportAccounts{"s", {{"u", "Ada"}}}).value();
    std::atomic<std::size_t> added = 0;
    in_parallel(instances, [&](int instance) {
        for (int round = 0; round < rounds; ++round) {
            ImportComment comment;
            comment.id = std::to_string(round);
            comment.author = "u";
            comment.body = "text";
            const std::string name = "account " + std::to_string(round);
            const auto accounts =
                run_one(store(instance), TheOperator{}, ImportAccounts{"s", {{name, "Name"}}});
            const auto comments =
                run_one(store(instance), TheOperator{}, ImportComments{"s", id, {comment}});
            ASSERT_TRUE(accounts.has_value() && comments.has_value());
            added += std::get<DoneImport>(*accounts).added + std::get<DoneImport>(*comments).added;
        }
    });
    EXPECT_EQ(added, std::size_t{rounds} * 2);
    EXPECT_EQ(world->comments(id).size(), static_cast<std::size_t>(rounds));
}

// What is over is taken away by whoever comes first; the others do not wait for it.
TEST_F(PostgresConcurrency, ExpiredRowsAreTakenAwayByAnybody) {
    const Actor ada = world->person("Ada");
    State state;
    state.now = world->load({}).now;
    constexpr int over = 300;
    for (int i = 0; i < over; ++i) {
        Tracked<SessionRow> old;
        old.fresh = true;
        old.row.token = StoreWorld::digest("old " + std::to_string(i));
        old.row.account = world->account_id(ada);
        old.row.expires_at = state.now + std::chrono::hours(1);
        state.sessions.emplace(old.row.token, old);
    }
    world->save(state);
    RawPostgres(url).run(
        "UPDATE sessions SET expires_at = 1 WHERE expires_at < " +
        std::to_string((state.now + std::chrono::hours(2)).time_since_epoch().count()));
    in_parallel(instances, [&](int instance) {
        for (int round = 0; round < 4; ++round) {
            const DiscussionId id{"d" + std::to_string(instance) + "-" + std::to_string(round)};
            EXPECT_TRUE(run_one(store(instance), TheOperator{},
                                PutDiscussion{id, "Title", {}, {}, {}, {}, {}})
                            .has_value());
        }
    });
    EXPECT_EQ(RawPostgres(url).run("SELECT count(*) FROM sessions"), "1");
}

}  // namespace
}  // namespace parley::test
