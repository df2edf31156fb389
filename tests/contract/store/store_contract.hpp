#pragma once

#include "store/store.hpp"
#include "support/store_world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace parley::test {

// Where an implementation under test keeps its data. Made new and empty for each test.
class StorePlace {
public:
    virtual ~StorePlace() = default;
    [[nodiscard]] virtual result<std::unique_ptr<Store>> open() = 0;
};

struct StoreKind {
    std::string name;
    std::function<std::unique_ptr<StorePlace>()> make_place;
};

// A test for every implementation. What it leaves behind must pass the store's own check.
class StoreContract : public testing::TestWithParam<StoreKind> {
private:
    std::unique_ptr<StorePlace> place_ = GetParam().make_place();

public:
    std::unique_ptr<Store> store;
    std::unique_ptr<StoreWorld> world;

protected:
    void SetUp() override { open(); }
    void TearDown() override {
        if (!world) return;
        EXPECT_EQ(world->findings(), "");
    }

    void open() {
        auto opened = place_->open();
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        store = std::move(*opened);
        world = std::make_unique<StoreWorld>(*store);
    }
    void close() {
        world.reset();
        store.reset();
    }
    [[nodiscard]] StoreReader& reader() { return world->reader(); }

    static Error error_of(const auto& answer) {
        return answer.has_error() ? answer.error() : Error{Errc::internal, "no error", {}, {}};
    }
};

// With two discussions in which comments wait for a moderator.
class WaitingStoreContract : public StoreContract {
protected:
    void SetUp() override {
        StoreContract::SetUp();
        for (const char* name : {"tram", "bus"}) {
            world->open_discussion(name);
            const PutDiscussion put{{name}, {}, {}, {}, {}, DiscussionState::premoderated, {}};
            ASSERT_TRUE(world->apply(TheOperator{}, put).has_value());
        }
        ada = world->person("Ada");
        bo = world->person("Bo");
        moderator = world->person("Mo", Role::moderator);
    }
    std::vector<std::string> bodies(const PendingQuery& query) {
        std::vector<std::string> found;
        for (const PendingComment& one : reader().pending(query).value()) {
            found.push_back(one.discussion.value + ": " + one.comment.content->body);
        }
        return found;
    }

    const DiscussionId tram{"tram"};
    const DiscussionId bus{"bus"};
    Actor ada;
    Actor bo;
    Actor moderator;
};

// For those whose data outlives the store.
class DurableStoreContract : public StoreContract {
protected:
    void reopen() {
        close();
        open();
    }
};

// For SCOPED_TRACE: a failure shows the seed.
[[nodiscard]] inline std::string seed_text(std::uint64_t seed) {
    return "seed " + std::to_string(seed);
}

}  // namespace parley::test
