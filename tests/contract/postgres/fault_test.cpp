#include "contract/postgres/postgres_fixture.hpp"

namespace parley::test {
namespace {

// A server of its own, that the tests may stop, kill and pause.
class PostgresFaults : public testing::Test {
protected:
    static PostgresServer& server() {
        static PostgresServer own(PARLEY_SOURCE_DIR, {});
        return own;
    }
    void SetUp() override {
        store = open_store(url, StoreAccess::serve).value();
        world = std::make_unique<StoreWorld>(*store);
        ada = world->person("Ada");
        id = world->open_discussion();
    }
    void TearDown() override {
        world = std::make_unique<StoreWorld>(*open_store(url, StoreAccess::serve).value());
        world.reset();
        store.reset();
        server().drop(url);
    }

    result<Outcome> post(Store& to, const std::string& key) {
        static const SystemClock clock;
        const Command command = StoreWorld::command(ada, PostComment{id, {}, "text", {}}, key);
        return run_batch(to, {&command, 1}, Limits(), clock, {}).answers.front();
    }
    // Until it is done, as a client does.
    void post_in_the_end(const std::string& key) {
        for (;;) {
            const auto answer = post(*store, key);
            if (answer.has_value()) return;
            ASSERT_TRUE(is_retryable(answer.error().code)) << answer.error().message;
        }
    }
    [[nodiscard]] std::string posts() {
        return RawPostgres(url).run("SELECT count(*) FROM comments");
    }

    std::string url = server().fresh_database();
    std::unique_ptr<Store> store;
    std::unique_ptr<StoreWorld> world;
    Actor ada;
    DiscussionId id;
};

Errc code_of(const auto& answer) {
    return answer.has_error() ? answer.error().code : Errc::not_found;
}

// The answer to COMMIT is lost: the batch is run again and finds its key.
TEST_F(PostgresFaults, ALostCommitAnswerPostsOnce) {
    PostgresProxy proxy(server().port());
    const auto through = open_store(proxy.url_of(url), StoreAccess::serve).value();
    for (int round = 0; round < 20; ++round) {
        proxy.lose_commit_answer();
        EXPECT_TRUE(post(*through, "answer " + std::to_string(round)).has_value());
        EXPECT_TRUE(proxy.has_lost_it());
        proxy.lose_commit();
        EXPECT_TRUE(post(*through, "request " + std::to_string(round)).has_value());
        EXPECT_TRUE(proxy.has_lost_it());
    }
    EXPECT_EQ(posts(), "40");
    EXPECT_EQ(world->findings(), "");
}

TEST_F(PostgresFaults, ARestartBetweenTransactionsGoesUnnoticed) {
    for (int round = 0; round < 3; ++round) {
        server().command("restart");
        EXPECT_TRUE(post(*store, "key " + std::to_string(round)).has_value());
        EXPECT_EQ(world->reader().discussion(id).value()->view.comment_count, round + 1);
    }
}

TEST_F(PostgresFaults, WhatIsKilledComesBack) {
    post_in_the_end("before");
    server().command("kill");
    EXPECT_EQ(code_of(post(*store, "while it is away")), Errc::unavailable);
    EXPECT_EQ(code_of(world->reader().discussion(id)), Errc::unavailable);
    // Whoever asks for nothing asks whether there is a database.
    EXPECT_EQ(code_of(world->reader().positions({})), Errc::unavailable);
    EXPECT_EQ(code_of(open_store(url, StoreAccess::serve)), Errc::unavailable);
    server().command("start");
    post_in_the_end("while it is away");
    EXPECT_EQ(posts(), "2");
    EXPECT_EQ(world->findings(), "");
}

// A server that does not answer keeps nobody waiting longer than the bounds say.
TEST_F(PostgresFaults, WhatIsPausedIsUnavailable) {
    auto transaction = store->begin().value();
    Needs needs;
    needs.discussions.insert(id);
    State state;
    transaction->load(needs, state).value();
    const auto reader = store->open_reader().value();
    server().command("pause");
    EXPECT_EQ(code_of(transaction->commit()), Errc::unavailable);
    transaction.reset();
    EXPECT_EQ(code_of(reader->discussion(id)), Errc::unavailable);
    EXPECT_EQ(code_of(post(*store, "key")), Errc::unavailable);
    server().command("resume");
    post_in_the_end("key");
    EXPECT_EQ(posts(), "1");
}

TEST_F(PostgresFaults, ALockThatIsHeldIsBusy) {
    RawPostgres other(url);
    other.run("BEGIN; SELECT FROM discussion_seqs FOR UPDATE");
    EXPECT_EQ(code_of(post(*store, "key")), Errc::busy);
    other.run("COMMIT");
    EXPECT_TRUE(post(*store, "key").has_value());
}

TEST_F(PostgresFaults, AStatementThatTakesTooLongIsBusy) {
    RawPostgres super(server().url_of(url.substr(url.rfind('/') + 1), "postgres"));
    super.run(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;"
        "CREATE TRIGGER slow BEFORE INSERT ON comments FOR EACH ROW EXECUTE FUNCTION slow()");
    EXPECT_EQ(code_of(post(*store, "key")), Errc::busy);
    super.run("DROP TRIGGER slow ON comments");
    EXPECT_TRUE(post(*store, "key").has_value());
    EXPECT_EQ(posts(), "1");
}

TEST_F(PostgresFaults, ConnectionsThatAreEndedAreMadeAgain) {
    RawPostgres super(server().url_of("postgres", "postgres"));
    for (int round = 0; round < 5; ++round) {
        super.run(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE usename = 'parley'");
        EXPECT_TRUE(post(*store, "key " + std::to_string(round)).has_value());
        EXPECT_TRUE(world->reader().discussion(id).has_value());
    }
    EXPECT_EQ(posts(), "5");
}

// The server would call it committed although no standby has it.
TEST_F(PostgresFaults, ACommitThatNoStandbyHasIsNotAcknowledged) {
    RawPostgres super(server().url_of("postgres", "postgres"));
    super.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    super.run("SELECT pg_reload_conf()");
    const auto answer = post(*store, "key");
    EXPECT_TRUE(code_of(answer) == Errc::unavailable || code_of(answer) == Errc::busy);
    // The first transaction still waits, and whoever repeats the request waits for it.
    Errc again = Errc::unavailable;
    while (again == Errc::unavailable) again = code_of(post(*store, "key"));
    EXPECT_EQ(again, Errc::busy);
    super.run("ALTER SYSTEM RESET synchronous_standby_names");
    super.run("SELECT pg_reload_conf()");
    post_in_the_end("key");
    EXPECT_EQ(posts(), "1");
}

// The primary is lost and its standby promoted: the store finds it among its hosts, and says that
// this is another history, since the last writes may be missing in it.
TEST_F(PostgresFaults, APromotedStandbyIsAnotherHistory) {
    PostgresServer primary(PARLEY_SOURCE_DIR, {"fsync=off"});
    PostgresServer standby(PARLEY_SOURCE_DIR,
                           {"fsync=off", "standby_of=" + std::to_string(primary.port())});
    // Nothing is acknowledged that the standby does not have.
    RawPostgres super(primary.url_of("postgres", "postgres"));
    super.run("ALTER SYSTEM SET synchronous_standby_names = '*'");
    super.run("SELECT pg_reload_conf()");
    const std::string both = "postgresql://parley@127.0.0.1:" + std::to_string(standby.port()) +
                             ",127.0.0.1:" + std::to_string(primary.port()) + "/parley";
    const auto alone = open_store(standby.url(), StoreAccess::serve);
    ASSERT_TRUE(alone.has_error());
    EXPECT_NE(alone.error().message.find("standby"), std::string::npos) << alone.error().message;

    const auto store_of_both = open_store(both, StoreAccess::serve).value();
    StoreWorld people(*store_of_both);
    const Actor ben = people.person("Ben");
    const DiscussionId place = people.open_discussion();
    people.post(ben, place, "before");
    const Epoch before = store_of_both->epoch();
    primary.command("kill");
    standby.command("promote");
    static const SystemClock clock;
    const Command after =
        StoreWorld::command(ben, PostComment{place, {}, "after", {}}, "key after");
    for (bool done = false; !done;) {
        const auto answer = run_batch(*store_of_both, {&after, 1}, Limits(), clock, {});
        done = answer.answers.front().has_value();
        if (!done) {
            ASSERT_TRUE(is_retryable(answer.answers.front().error().code));
        }
    }
    EXPECT_NE(store_of_both->epoch(), before);
    EXPECT_EQ(people.comments(place).size(), 2U);
    EXPECT_EQ(people.findings(), "");
}

// Text that PostgreSQL cannot hold is refused as data.
TEST_F(PostgresFaults, BytesThatAreNoTextAreRefused) {
    State state;
    Tracked<AccountRow> account;
    account.fresh = true;
    account.row.id = AccountId{99};
    account.row.name = std::string("a\0b", 3);
    state.accounts.emplace(account.row.id, account);
    EXPECT_EQ(code_of(store->begin().value()->save(state)), Errc::invalid_field);
    EXPECT_TRUE(post(*store, "key").has_value());
}

}  // namespace
}  // namespace parley::test
