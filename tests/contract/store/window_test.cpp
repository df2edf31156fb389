#include "contract/store/store_contract.hpp"
#include "contract/store/tree_model.hpp"

#include <random>

namespace parley::test {
namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

ImportComment imported(Random& random, std::size_t index, std::optional<std::size_t> parent) {
    ImportComment comment;
    comment.id = std::to_string(index);
    if (parent) comment.parent = std::to_string(*parent);
    comment.author = "author";
    comment.body = "Comment " + std::to_string(index);
    comment.base = static_cast<std::int64_t>(below(random, 21)) - 10;
    const std::size_t kind = below(random, 10);
    if (kind < 2) comment.state = CommentState::removed;
    if (kind == 2) comment.state = CommentState::deleted;
    return comment;
}

// A random tree, some of it taken away: wide, or with long arms, by `arm_percent`.
void plant(StoreWorld& world, const DiscussionId& id, Random& random, std::size_t count,
           std::size_t arm_percent) {
    world.open_discussion(id.value);
    (void)world.apply(TheOperator{}, ImportAccounts{"source", {{"author", "Ada"}}}).value();
    for (std::size_t first = 0; first < count; first += changeset_comments_max) {
        ImportComments step{"source", id, {}};
        for (std::size_t i = first; i < std::min(count, first + changeset_comments_max); ++i) {
            std::optional<std::size_t> parent;
            if (i > 0 && below(random, 100) < arm_percent) parent = i - 1;
            else if (i > 0 && below(random, 4) > 0) parent = below(random, i);
            step.comments.push_back(imported(random, i, parent));
        }
        const Outcome outcome = world.apply(TheOperator{}, std::move(step)).value();
        ASSERT_TRUE(std::get<DoneImport>(outcome).refused.empty());
    }
}

std::vector<CommentId> ids_of(const Window& window) {
    std::vector<CommentId> ids;
    for (const CommentView& view : window.comments) ids.push_back(view.id());
    return ids;
}

std::map<CommentId, std::int64_t> more_of(const Window& window) {
    std::map<CommentId, std::int64_t> more;
    for (const Window::More& one : window.more) {
        EXPECT_EQ(one.after, window.next);
        more[one.parent] = one.replies;
    }
    EXPECT_EQ(more.size(), window.more.size());
    return more;
}

// Reads all windows of one size, one after the other, and compares each.
void expect_windows(StoreReader& reader, const TreeModel& model, WindowRequest request) {
    const std::vector<CommentId> expected = model.shown(request.parent);
    std::size_t at = 0;
    do {
        const Window window = reader.window(request).value();
        const std::size_t size = std::min(request.limit, expected.size() - at);
        ASSERT_EQ(ids_of(window),
                  std::vector(expected.begin() + static_cast<std::ptrdiff_t>(at),
                              expected.begin() + static_cast<std::ptrdiff_t>(at + size)));
        at += size;
        ASSERT_EQ(window.next.has_value(), at < expected.size());
        if (window.next) {
            ASSERT_EQ(more_of(window), model.more(window.comments.back().id(), request.parent));
        } else {
            ASSERT_TRUE(window.more.empty());
        }
        request.after = window.next;
    } while (request.after);
    ASSERT_EQ(at, expected.size());
}

TEST_P(StoreContract, WindowPagesThroughSmallTreesInEveryWay) {
    constexpr std::uint64_t seed = 20260122;
    SCOPED_TRACE(seed_text(seed));
    Random random(seed);
    for (std::size_t tree = 0; tree < 12; ++tree) {
        const DiscussionId id{"tree-" + std::to_string(tree)};
        SCOPED_TRACE(id.value);
        ASSERT_NO_FATAL_FAILURE(plant(*world, id, random, 1 + below(random, 28), tree * 8));
        for (const SortOrder sort : {SortOrder::oldest, SortOrder::newest}) {
            const TreeModel model(world->comments(id), sort);
            const std::size_t count = model.rows().size();
            for (std::size_t limit = 1; limit <= count + 1; ++limit) {
                ASSERT_NO_FATAL_FAILURE(expect_windows(reader(), model, {id, sort, {}, limit, {}}));
            }
            for (const CommentRow& row : model.rows()) {
                for (const std::size_t limit : {std::size_t{1}, std::size_t{3}, count}) {
                    ASSERT_NO_FATAL_FAILURE(
                        expect_windows(reader(), model, {id, sort, row.id, limit, {}}));
                }
            }
        }
    }
}

TEST_P(StoreContract, WindowPagesThroughALargeTree) {
    constexpr std::uint64_t seed = 10'000;
    SCOPED_TRACE(seed_text(seed));
    Random random(seed);
    const DiscussionId id{"large"};
    ASSERT_NO_FATAL_FAILURE(plant(*world, id, random, 10'000, 60));
    for (const SortOrder sort : {SortOrder::oldest, SortOrder::newest}) {
        const TreeModel model(world->comments(id), sort);
        std::size_t deepest = 0;
        for (const CommentRow& row : model.rows()) deepest = std::max(deepest, row.path.size());
        EXPECT_GT(deepest, 10U);
        for (const std::size_t limit : {std::size_t{97}, window_comments_max}) {
            ASSERT_NO_FATAL_FAILURE(expect_windows(reader(), model, {id, sort, {}, limit, {}}));
        }
        const CommentId parent = model.rows().front().id;
        ASSERT_NO_FATAL_FAILURE(expect_windows(reader(), model, {id, sort, parent, 200, {}}));
    }
}

// Both parts of every comment, and tombstones without what was taken away.
TEST_P(StoreContract, WindowShowsThePublicForms) {
    constexpr std::uint64_t seed = 7;
    Random random(seed);
    const DiscussionId id{"forms"};
    ASSERT_NO_FATAL_FAILURE(plant(*world, id, random, 60, 50));
    const TreeModel model(world->comments(id), SortOrder::oldest);
    const Window window = reader().window({id, SortOrder::oldest, {}, 100, {}}).value();
    std::size_t tombstones = 0;
    for (const CommentView& view : window.comments) {
        const CommentRow& row = model.row(view.id());
        const AccountRow author = reader().account(row.author).value().value();
        EXPECT_EQ(*view.content, *public_comment(row, author).content);
        EXPECT_EQ(view.tally, public_tally(row));
        if (row.state == CommentState::visible) continue;
        ++tombstones;
        EXPECT_FALSE(view.content->author.has_value());
        EXPECT_EQ(view.content->body, "");
    }
    EXPECT_GT(tombstones, 0U);
    const auto detail = reader().discussion(id).value().value();
    EXPECT_EQ(window.position, detail.view.position);
    EXPECT_EQ(window.comment_count, detail.view.comment_count);
}

// The tree may grow between two windows: what was seen stays seen, nothing comes twice.
TEST_P(StoreContract, WindowGoesOnWhereItEndedWhenSomethingWasAdded) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    std::vector<CommentId> roots;
    roots.reserve(6);
    for (int i = 0; i < 6; ++i) roots.push_back(world->post(ada, id, "root"));
    const Window first = reader().window({id, SortOrder::newest, {}, 3, {}}).value();
    world->post(ada, id, "a newer root");
    world->post(ada, id, "an answer to one that was shown", roots[5]);
    const Window second = reader().window({id, SortOrder::newest, {}, 3, first.next}).value();
    EXPECT_EQ(ids_of(first), (std::vector{roots[5], roots[4], roots[3]}));
    EXPECT_EQ(ids_of(second), (std::vector{roots[2], roots[1], roots[0]}));
    EXPECT_FALSE(second.next.has_value());
}

TEST_P(StoreContract, WindowRefusesWhatIsNotThere) {
    const Actor ada = world->person("Ada");
    const DiscussionId id = world->open_discussion();
    const DiscussionId other = world->open_discussion("other");
    const CommentId comment = world->post(ada, other, "elsewhere");
    EXPECT_EQ(error_of(reader().window({DiscussionId{"none"}, SortOrder::oldest, {}, 9, {}})).code,
              Errc::unknown_discussion);
    EXPECT_EQ(error_of(reader().window({id, SortOrder::oldest, CommentId{99}, 9, {}})).code,
              Errc::unknown_comment);
    EXPECT_EQ(error_of(reader().window({id, SortOrder::oldest, comment, 9, {}})).code,
              Errc::unknown_comment);
    EXPECT_EQ(error_of(reader().window({id, SortOrder::oldest, {}, 9, "no key"})).code,
              Errc::invalid_field);
    const Window empty = reader().window({id, SortOrder::oldest, {}, 9, {}}).value();
    EXPECT_TRUE(empty.comments.empty());
    EXPECT_FALSE(empty.next.has_value());
}

}  // namespace
}  // namespace parley::test
