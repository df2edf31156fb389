#include "contract/postgres/postgres_fixture.hpp"

#include <regex>
#include <sstream>

namespace parley::test {
namespace {

// What a batch costs in waits for the server, seen from outside.
class PostgresCost : public PostgresTest {
protected:
    void SetUp() override {
        store = open_store(proxy.url_of(url), StoreAccess::serve).value();
        direct = open().value();
        world = std::make_unique<StoreWorld>(*direct);
        ada = world->person("Ada");
        id = world->open_discussion();
        for (int i = 0; i < 200; ++i) {
            posts.push_back(
                StoreWorld::command(ada, PostComment{id, {}, "text", {}}, world->fresh_key()));
        }
    }
    void TearDown() override {
        world.reset();
        direct.reset();
        store.reset();
        PostgresTest::TearDown();
    }

    PostgresProxy::Counts cost_of(const std::vector<Command>& commands) {
        const PostgresProxy::Counts before = proxy.counts();
        for (const auto& answer : run(*store, commands).answers) {
            EXPECT_TRUE(answer.has_value());
        }
        const PostgresProxy::Counts after = proxy.counts();
        return {after.waits - before.waits, after.statements - before.statements};
    }
    std::vector<Command> some_posts(std::size_t count) {
        const std::vector<Command> some(posts.end() - static_cast<std::ptrdiff_t>(count),
                                        posts.end());
        posts.resize(posts.size() - count);
        return some;
    }

    PostgresProxy proxy{server().port()};
    std::unique_ptr<Store> store;
    std::unique_ptr<Store> direct;
    std::unique_ptr<StoreWorld> world;
    Actor ada;
    DiscussionId id;
    std::vector<Command> posts;
};

TEST_F(PostgresCost, OfPostsIsTheSameForOneAndForMany) {
    const auto one = cost_of(some_posts(1));
    const auto many = cost_of(some_posts(100));
    EXPECT_EQ(one.waits, 3);  // load, save, commit
    EXPECT_EQ(many.waits, one.waits);
    EXPECT_EQ(many.statements, one.statements);
}

TEST_F(PostgresCost, OfVotesIsTheSameForOneAndForMany) {
    std::vector<Command> votes;
    (void)world->run(some_posts(100));
    const Actor ben = world->person("Ben");
    for (const CommentRow& row : world->comments(id)) {
        votes.push_back(StoreWorld::command(ben, CastVote{row.id, 1}, world->fresh_key()));
    }
    const std::vector<Command> first(votes.begin(), votes.begin() + 1);
    const std::vector<Command> rest(votes.begin() + 1, votes.end());
    const auto one = cost_of(first);
    const auto many = cost_of(rest);
    EXPECT_EQ(one.waits, 3);
    EXPECT_EQ(many.waits, one.waits);
    EXPECT_EQ(many.statements, one.statements);
}

// What names further rows takes one more wait, however many there are.
TEST_F(PostgresCost, OfRepeatedKeysIsOneWaitMore) {
    const std::vector<Command> batch = some_posts(100);
    (void)cost_of(batch);
    const auto one = cost_of({batch.front()});
    const auto many = cost_of(batch);
    EXPECT_EQ(one.waits, 3);  // load, load what the keys name, roll back
    EXPECT_EQ(many.waits, one.waits);
    EXPECT_EQ(many.statements, one.statements);
}

// The plans of all statements, as the server tells them. They are made while the tables are empty,
// kept, and must still be good when the tables are large.
class PostgresPlans : public PostgresTest {
protected:
    static constexpr std::size_t comments = 3'000;

    void SetUp() override {
        const std::string name = url.substr(url.rfind('/') + 1);
        RawPostgres super(server().url_of(name, "postgres"));
        for (const char* setting :
             {"session_preload_libraries = 'auto_explain'", "auto_explain.log_min_duration = 0",
              "auto_explain.log_analyze = on", "auto_explain.log_timing = off"}) {
            super.run("ALTER DATABASE " + name + " SET " + setting);
        }
    }

    static void plant(StoreWorld& world, const DiscussionId& id) {
        (void)world.apply(TheOperator{}, ImportAccounts{"s", {{"u", "Ada"}}}).value();
        for (std::size_t first = 0; first < comments; first += changeset_comments_max) {
            ImportComments step{"s", id, {}};
            for (std::size_t i = first; i < first + changeset_comments_max; ++i) {
                ImportComment comment;
                comment.id = std::to_string(i);
                comment.author = "u";
                comment.body = "text";
                step.comments.push_back(std::move(comment));
            }
            (void)world.apply(TheOperator{}, std::move(step)).value();
        }
    }

    // A batch of many people: none of them is looked for among all the others.
    static void write_together(StoreWorld& world, const DiscussionId& id) {
        constexpr int people = 20;
        static int rounds = 0;
        ++rounds;
        std::vector<Command> posts;
        std::vector<Command> votes;
        std::vector<Actor> actors;
        for (int i = 0; i < people; ++i) {
            actors.push_back(world.person("P" + std::to_string(rounds) + "-" + std::to_string(i)));
            posts.push_back(StoreWorld::command(actors.back(), PostComment{id, {}, "text", {}},
                                                world.fresh_key()));
        }
        const auto posted = world.run(posts);
        for (std::size_t i = 0; i < actors.size(); ++i) {
            const CommentId other =
                std::get<CommentOutcome>(*posted[(i + 1) % actors.size()]).comment.id();
            votes.push_back(StoreWorld::command(actors[i], CastVote{other, 1}, world.fresh_key()));
        }
        for (const auto& answer : world.run(votes)) EXPECT_TRUE(answer.has_value());
    }

    // What people do all day, with the changes since before it.
    static void use(StoreWorld& world, const DiscussionId& id, const Actor& ada) {
        write_together(world, id);
        StoreReader& reader = world.reader();
        const Seq seq = reader.positions({&id, 1}).value().front().second.seq;
        const Epoch epoch = world.store().epoch();
        const CommentId root = world.post(ada, id, "words");
        const CommentId reply =
            world.post(ada, id, "reply", root, PostComment::QuoteRequest{root, "words"});
        world.vote(world.person("Voter " + std::to_string(seq)), reply, 1);
        (void)world.apply(ada, EditComment{reply, "other words"}, world.fresh_key()).value();
        (void)world.apply(ada, DeleteComment{root}, world.fresh_key()).value();
        for (const SortOrder sort : {SortOrder::oldest, SortOrder::newest}) {
            const Window window = reader.window({id, sort, {}, 10, {}}).value();
            (void)reader.window({id, sort, window.comments.back().id(), 10, {}}).value();
        }
        (void)reader.changes_since(id, epoch, seq).value();
        (void)reader.discussion(id).value();
        (void)reader.discussions(5, {}).value();
        (void)reader.comment(reply).value();
        (void)reader.votes_of(world.account_id(ada), id).value();
        (void)reader.account_by_name_key("Ada").value();
        (void)reader.session_account(std::get<Digest256>(ada), WallTime()).value();
    }
};

TEST_F(PostgresPlans, ReadNoMoreThanTheyGive) {
    {
        const auto store = open().value();
        StoreWorld world(*store);
        const Actor ada = world.person("Ada");
        const DiscussionId id = world.open_discussion();
        use(world, id, ada);
        plant(world, id);
        const std::size_t before = server().log().size();
        use(world, id, ada);
        std::istringstream plans(server().log().substr(before));
        std::size_t nodes = 0;
        std::string query;
        for (std::string line; std::getline(plans, line);) {
            if (line.find("Query Text") != std::string::npos) query = line;
            SCOPED_TRACE(query);
            EXPECT_EQ(line.find("Seq Scan"), std::string::npos) << line;
            std::smatch found;
            const std::regex rows("actual rows=([0-9]+) loops=([0-9]+)");
            const std::regex removed("Rows Removed by [A-Za-z ]+: ([0-9]+)");
            if (std::regex_search(line, found, rows)) {
                ++nodes;
                EXPECT_LE(std::stol(found[1]) * std::stol(found[2]), 200) << line;
            }
            if (std::regex_search(line, found, removed)) {
                EXPECT_LE(std::stol(found[1]), 200) << line;
            }
        }
        EXPECT_GT(nodes, 200U);
    }
}

}  // namespace
}  // namespace parley::test
